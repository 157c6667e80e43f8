"""The bot's own labels for what was understood: the only words of a question that are ever shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.parsed import Parsed
from knowledge.answer import Line, NotCovered
from knowledge.base import KnowledgeBase
from knowledge.question import Question, Renal
from knowledge.terms import Intent, Mechanism, RenalMeasure, Site
from knowledge.wording import number

_INTENTS = {
    Intent.DOSE: "dose",
    Intent.DURATION: "duration",
    Intent.INFECTION_CONTROL: "infection control",
    Intent.EVIDENCE: "evidence",
    Intent.COMBINATION: "one drug or two",
}
_DIALYSIS = {RenalMeasure.HD: "haemodialysis", RenalMeasure.CRRT: "CRRT", RenalMeasure.PD: "peritoneal dialysis"}


@dataclass(frozen=True, slots=True)
class Names:
    """Labels of the vocabulary, and what each mechanism implies: a trainee's "why"."""

    mechanisms: Mapping[Mechanism, str]
    sites: Mapping[Site, str]
    antimicrobials: Mapping[str, str]
    why: Mapping[Mechanism, tuple[Line, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, knowledge: KnowledgeBase) -> Names:
        """The labels of one edition."""
        return cls(
            knowledge.mechanism_names,
            knowledge.site_names,
            knowledge.antimicrobial_names,
            {mechanism: _implied(knowledge, mechanism) for mechanism in Mechanism},
        )


def _implied(knowledge: KnowledgeBase, mechanism: Mechanism) -> tuple[Line, ...]:
    """What a mechanism implies is what the knowledge says where the site is not known."""
    gap = knowledge.answer(Question(mechanisms=(mechanism,), sites=(Site.UNKNOWN,)))
    return gap.implications if isinstance(gap, NotCovered) else ()


def understood(parsed: Parsed, names: Names) -> str:
    """What was understood, in our labels: "KPC · Bloodstream infection · CrCl 25 mL/min"."""
    q = parsed.question
    parts = [names.mechanisms[m] for m in q.mechanisms] + [names.sites[s] for s in q.sites]
    if q.renal:
        parts.append(renal_label(q.renal))
    if q.organism:
        parts.append(q.organism)
    parts += _reported(q, names)
    if q.allergies:
        parts.append("allergy: " + ", ".join(a.value.replace("_", "-") for a in q.allergies))
    parts += [c.value for c in q.comedications]
    if q.intent in _INTENTS:
        parts.append("asked: " + _INTENTS[q.intent])
    if q.antimicrobials:
        parts.append("named: " + ", ".join(names.antimicrobials[a] for a in q.antimicrobials))
    if parsed.negated:
        parts.append("reported negative: " + ", ".join(names.mechanisms[m] for m in parsed.negated))
    if parsed.suspected:
        parts.append("not taken as found: " + ", ".join(names.mechanisms[m] for m in parsed.suspected))
    if parsed.kept:
        parts.append(f"kept from this thread: {', '.join(parsed.kept)}")
    return " · ".join(parts) if parts else "nothing that I know"


def renal_label(renal: Renal) -> str:
    """Kidney function as given."""
    if renal.value is not None:
        return f"{'CrCl' if renal.measure is RenalMeasure.CRCL else 'eGFR'} {number(renal.value)} mL/min"
    effluent = f", effluent {number(renal.effluent_l_per_h)} L/h" if renal.effluent_l_per_h is not None else ""
    return _DIALYSIS[renal.measure] + effluent


def _reported(question: Question, names: Names) -> list[str]:
    parts = []
    if question.resistant:
        parts.append("reported R: " + ", ".join(names.antimicrobials[a] for a in question.resistant))
    if question.susceptible:
        parts.append("reported S: " + ", ".join(names.antimicrobials[a] for a in question.susceptible))
    return parts

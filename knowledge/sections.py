"""The parts of an answer beside its regimens, each chosen by what the question names."""

from __future__ import annotations

from collections.abc import Iterable, Set

from knowledge.answer import Line
from knowledge.article import Statement
from knowledge.citing import Library
from knowledge.comparing import Comparing
from knowledge.content import Content
from knowledge.provenance import Fact
from knowledge.question import Question
from knowledge.relevance import about_named, applies
from knowledge.terms import URINARY_SITES, Comedication, Intent, Mechanism, Site

_DETAIL_TOPICS = {
    Intent.COMBINATION: ("combination",),
    Intent.INFECTION_CONTROL: ("infection_control",),
    Intent.EVIDENCE: ("evidence", "mortality", "epidemiology"),
    Intent.DURATION: ("duration",),
}
_FEW = 3  # studies beside an answer that did not ask for them
_BRIEF = {"combination": 2, "infection_control": 2, "evidence": 0}


class Sections:
    """Chooses the facts that bear on a question."""

    def __init__(self, content: Content, library: Library, comparing: Comparing) -> None:
        self._content = content
        self._library = library
        self._comparing = comparing
        self._controls = {fact.id for fact in content.facts if fact.topic == "infection_control"}
        self._studies: dict[Mechanism, list[Fact]] = {}
        for fact in content.facts:
            for mechanism in fact.mechanisms if fact.topic == "evidence" else ():
                self._studies.setdefault(mechanism, []).append(fact)
        self._disputed = {conflict.id: set(conflict.antimicrobials) for conflict in content.conflicts}

    def infection_control(self, question: Question) -> tuple[Line, ...]:
        """Isolation and precautions: the leading lines, or all of them when asked."""
        return self._topic("infection_control", question, set())

    def combination(self, question: Question) -> tuple[Line, ...]:
        """One antimicrobial or two."""
        if question.intent is Intent.INFECTION_CONTROL:
            return ()
        return self._topic("combination", question, set())

    def duration(self, question: Question, shown: Set[str]) -> tuple[Line, ...]:
        """How long: studies by site, then what the labels of the regimens shown say."""
        if not question.sites and question.intent is not Intent.DURATION:
            return ()
        studies = self._topic("duration", question, shown)
        labels = [
            line.model_copy(update={"text": f"{drug.name}. {line.text}"})
            for drug in self._content.antimicrobials
            if drug.id in shown
            for fact in drug.facts
            if fact.topic == "duration" and applies(fact, question, shown)
            for line in (self._library.line(fact),)
        ]
        article = [s for s in self._content.article.statements if s.id == "article-09"]
        told = [
            self._library.line(s).model_copy(update={"text": f"{self._content.article.label}: {s.text}"})
            for s in article
        ]
        return (*studies, *labels, *told)

    def management(self, question: Question) -> tuple[Line, ...]:
        """Source control, oral step-down, tetracyclines and cultures where they bear on the question."""
        if question.intent in (Intent.INFECTION_CONTROL, Intent.EVIDENCE) or not question.sites:
            return ()
        topics = ["source_control", "oral_step_down", "tetracyclines", "repeat_cultures"]
        return tuple(line for topic in topics for line in self._topic(topic, question, set()))

    def evidence(self, question: Question, shown: Set[str]) -> tuple[Line, ...]:
        """Studies: all of them when asked for, beside regimens a short list for the mechanism."""
        if question.intent is Intent.TREATMENT:
            wanted = {fact.id: fact for one in question.mechanisms for fact in self._studies.get(one, ())}
            return tuple(self._library.line(fact) for fact in wanted.values() if applies(fact, question, shown))[:_FEW]
        if question.intent is not Intent.EVIDENCE:
            return ()
        named = set(question.antimicrobials) | set(shown)
        of_named = [
            self._library.line(fact)
            for drug in self._content.antimicrobials
            if drug.id in question.antimicrobials
            for fact in drug.facts
            if fact.topic == "evidence" and applies(fact, question, named)
        ]
        topics = ("evidence", "mortality", "epidemiology")
        lines = [line for topic in topics for line in self._topic(topic, question, named)]
        return tuple(dict.fromkeys((*of_named, *lines)))

    def mechanism_facts(self, mechanisms: Iterable[Mechanism]) -> tuple[Line, ...]:
        """What the mechanism implies, where no regimen can be shown."""
        wanted = set(mechanisms)
        return tuple(
            self._library.line(fact) for info in self._content.mechanisms if info.id in wanted for fact in info.facts
        )

    def conditional(self, question: Question) -> tuple[Line, ...]:
        """The urinary lists for an unknown mechanism: as conditional text, never as regimens."""
        if question.mechanisms != (Mechanism.UNKNOWN,):
            return ()
        lines = []
        sites = set(question.sites)
        if Site.UTI in sites:
            sites |= {Site.CYSTITIS, Site.CUTI}
        for row in self._content.rows:
            if row.source != self._content.edition.guidance or not sites & set(row.sites) & URINARY_SITES:
                continue
            if Mechanism.UNKNOWN in row.mechanisms:
                lines += [Line(text=t, citations=self._library.cite(row), caveat=row.caveat) for t in row.conditions]
            elif len(row.mechanisms) > 1 and row.preferred:
                where = "cystitis" if Site.CYSTITIS in row.sites else "complicated urinary infection"
                listed = ", ".join(self._comparing.titles(e for e in row.preferred if len(e.antimicrobials) == 1))
                text = f"For {where} the guidance lists for any CRE, only if the isolate tests susceptible: {listed}"
                lines.append(Line(text=text, citations=self._library.cite(row), caveat=row.caveat))
        return tuple(lines)

    def article(self, question: Question) -> tuple[Line, ...]:
        """The educational article's statements that bear on the question, as its own."""
        return tuple(
            self._library.line(statement)
            for statement in self._content.article.statements
            if applies(statement, question, set()) and self._answers(statement, question)
        )

    def _answers(self, statement: Statement, question: Question) -> bool:
        """Asked for a dose or for infection control, the article's other statements are noise."""
        if question.intent is Intent.INFECTION_CONTROL:
            return bool(self._controls & set(statement.agrees_with))
        if question.intent is Intent.DOSE and not question.mechanisms:
            return any(self._disputed[one] & set(question.antimicrobials) for one in statement.conflicts)
        return True

    def notes(self, question: Question) -> tuple[Line, ...]:
        """What was not considered or depends on the organism; valproate where it is named (rule-06)."""
        lines = []
        if Comedication.VALPROATE in question.comedications:
            facts = [
                f for d in self._content.antimicrobials for f in d.facts if Comedication.VALPROATE in f.comedication
            ]
            names = sorted({d.name for d in self._content.antimicrobials if set(d.facts) & set(facts)})
            text = (
                f"Valproate reported: {', '.join(names)} interact with it (loss of seizure control, or to be avoided). "
                "Discuss with pharmacy before use"
            )
            caveats = [f.caveat for f in facts if f.caveat]
            caveat = caveats[0] if caveats else None
            lines.append(Line(text=text, citations=self._library.cite_all(facts), caveat=caveat))
        if question.organism:
            of_mechanism = [f for i in self._content.mechanisms if i.id in question.mechanisms for f in i.facts]
            facts = [f for f in (*of_mechanism, *self._content.facts) if question.organism in f.organisms]
            lines += [self._library.line(fact) for fact in facts]
        lines += [
            line.model_copy(update={"text": f"{drug.name} reported resistant: {line.text}"})
            for drug in self._content.antimicrobials
            if drug.id in question.resistant
            for fact in drug.facts
            if fact.topic == "resistance" and set(fact.mechanisms) & set(question.mechanisms)
            for line in (self._library.line(fact),)
        ]
        return tuple(lines)

    def _topic(self, topic: str, question: Question, shown: Set[str]) -> tuple[Line, ...]:
        facts = [
            f
            for f in self._content.facts
            if f.topic == topic and applies(f, question, shown) and about_named(f, question)
        ]
        if topic not in _DETAIL_TOPICS.get(question.intent, ()) and topic in _BRIEF:
            facts = facts[: _BRIEF[topic]]
        return tuple(self._library.line(fact) for fact in facts)

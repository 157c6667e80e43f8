"""`Parsed`: everything the conversation knows of a message after reading it, and never its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from knowledge.question import Question
from knowledge.terms import BETA_LACTAM_CLASSES, Intent, Mechanism, RenalMeasure, Site


class ScopeReason(StrEnum):
    """Why a message is out of scope."""

    OTHER_ORGANISM = "other_organism"
    NOT_CARBAPENEM_RESISTANT = "not_carbapenem_resistant"
    CHILD = "child"
    PREGNANCY = "pregnancy"
    ANIMAL = "animal"
    NOT_CLINICAL = "not_clinical"


class DoubtKind(StrEnum):
    """Why the bot would rather ask than answer, beyond a missing mechanism or site."""

    CONTRADICTION = "contradiction"  # the same finding said to be present and absent
    UNSETTLED = "unsettled"  # a mechanism named, and not plainly said to be found
    DID_YOU_MEAN = "did_you_mean"  # a word near a mechanism or antimicrobial name; candidates are ids
    AMBIGUOUS_NAME = "ambiguous_name"  # a name that can mean several antimicrobials ("levo", "CAZ")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt with the ids it could be resolved to."""

    kind: DoubtKind
    field: Literal["mechanism", "site", "antimicrobial"]
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of the normalised text led to a field: offsets only, the words stay with the caller."""

    start: int
    end: int
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a thread has settled so far: ids only. `kept` is its last question, for all the rest of it."""

    mechanisms: tuple[Mechanism, ...] = ()
    sites: tuple[Site, ...] = ()
    kept: Question | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message as understood. `question` is already merged with the thread."""

    question: Question
    must_ask: tuple[Literal["mechanism", "site"], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    scope_reason: ScopeReason | None = None
    corrected: tuple[str, ...] = ()  # site or organism ids that a typo was corrected to
    negated: tuple[Mechanism, ...] = ()  # reported negative
    suspected: tuple[Mechanism, ...] = ()  # thought of, guessed or asked for: named, and not as found
    renal_denied: bool = False  # dialysis is mentioned, but denied ("not on dialysis")
    identifiers: tuple[tuple[str, int], ...] = ()  # kinds and counts of patient identifiers seen
    unknown_tokens: int = 0
    length: int = 0
    kept: tuple[str, ...] = ()  # fields taken from the thread, in our words
    too_long: bool = False  # over the limit after normalising: nothing was read
    spans: tuple[Span, ...] = field(default=(), compare=False)

    def flat(self) -> dict[str, Any]:
        """The nine flat fields of the labelled query set: a projection of the question."""
        q = self.question
        if q.intent in (Intent.HELP, Intent.OUT_OF_SCOPE):
            return {
                "mechanisms": [],
                "sites": [],
                "renal": None,
                "resistant": [],
                "susceptible": [],
                "allergy": False,
                "organism": None,
                "intent": q.intent.value,
                "must_ask": [],
            }
        renal: dict[str, Any] | None = None
        if q.renal is not None:
            if q.renal.value is not None:
                value = q.renal.value
                renal = {q.renal.measure.value: int(value) if value == int(value) else float(value)}
            elif q.renal.measure in (RenalMeasure.HD, RenalMeasure.CRRT):
                renal = {"dialysis": q.renal.measure.value}
        return {
            "mechanisms": [m.value for m in q.mechanisms],
            "sites": [s.value for s in q.sites],
            "renal": renal,
            "resistant": [a for a in q.resistant if a in FLAT_ANTIMICROBIALS],
            "susceptible": [a for a in q.susceptible if a in FLAT_ANTIMICROBIALS],
            "allergy": any(a in BETA_LACTAM_CLASSES for a in q.allergies),
            "organism": q.organism,
            "intent": q.intent.value,
            "must_ask": list(self.must_ask),
        }


FLAT_ANTIMICROBIALS = frozenset(
    [
        "ceftazidime-avibactam",
        "meropenem-vaborbactam",
        "imipenem-relebactam",
        "cefiderocol",
        "aztreonam",
        "aztreonam-avibactam",
        "colistin",
        "polymyxin-b",
        "tigecycline",
        "eravacycline",
        "plazomicin",
        "amikacin",
        "gentamicin",
        "fosfomycin",
        "nitrofurantoin",
        "tmp-smx",
        "ciprofloxacin",
        "levofloxacin",
        "meropenem",
        "ertapenem",
        "imipenem",
    ]
)
"""The antimicrobials of the flat fields; the question itself knows every one of the data."""

"""What a follow-up changes of its thread, and what has still to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from handlers.understanding.lexicon import Match, Reading
from knowledge.terms import Intent, Mechanism, Site
from knowledge.vocabulary import Kind

_Value = TypeVar("_Value", bound=Mechanism | Site)
_SHORT_ANSWER = 11
_METALLO = (Mechanism.NDM, Mechanism.VIM, Mechanism.IMP)


def merge(
    new: tuple[_Value, ...], known: tuple[_Value, ...], withdrawn: tuple[_Value, ...], added: bool
) -> tuple[_Value, ...]:
    """A new value replaces the thread's; said to come on top, it is added; one said to be wrong goes."""
    if not new:
        return tuple(value for value in known if value not in withdrawn)
    if not added or new[0].value == "unknown":
        return new if not (added and new[0].value == "unknown" and known) else known
    return tuple(dict.fromkeys((*(v for v in known if v.value != "unknown" and v not in withdrawn), *new)))


def says_it_is_not_known(reading: Reading) -> bool:
    """A short answer that only says "pending", "no idea", "not sure yet"."""
    return len(reading.words) <= _SHORT_ANSWER and reading.has(Kind.CUE, "unknown", "pending")


def without_redundant(mechanisms: tuple[Mechanism, ...]) -> tuple[Mechanism, ...]:
    """A named enzyme says more than its class."""
    if any(m in _METALLO for m in mechanisms):
        return tuple(m for m in mechanisms if m is not Mechanism.MBL)
    return mechanisms


def without_bare_urinary(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """A urinary infection with detail says more than one without."""
    if Site.CUTI in sites or Site.CYSTITIS in sites:
        return tuple(s for s in sites if s is not Site.UTI)
    return sites


def comes_on_top(reading: Reading, matches: Sequence[Match]) -> bool:
    """Whether an "also", "too" or "as well" stands in the sentence of one of these findings."""
    added = {reading.sentences[cue.first] for cue in reading.of(Kind.CUE) if cue.id == "also"}
    if any(reading.sentences[match.first] in added for match in matches):
        return True
    return any(_opens_with_plus(reading, reading.sentences[match.first]) for match in matches)


def _opens_with_plus(reading: Reading, number: int) -> bool:
    """ "Plus osteo", "hello, as well as NDM": the sentence goes on from what was said before."""
    for cue in reading.at[number : number + 5]:
        if cue is not None and (cue.kind is not Kind.INTENT or cue.id != "greeting"):
            return reading.phrase(cue) in ("plus", "as well as", "along with")
    return False


def must_ask(
    intent: Intent, mechanisms: tuple[Mechanism, ...], sites: tuple[Site, ...], names_antimicrobial: bool
) -> tuple[Literal["mechanism", "site"], ...]:
    """What to ask back for, by the labelling rules."""
    missing: tuple[Literal["mechanism", "site"], ...] = (
        *(("mechanism",) if not mechanisms else ()),
        *(("site",) if not sites else ()),
    )
    if intent in (Intent.TREATMENT, Intent.COMBINATION):
        return missing
    if intent is Intent.DOSE:
        return () if names_antimicrobial else missing
    if intent is Intent.DURATION and not sites:
        return ("site",)
    return ()

"""Susceptibilities that are no report of this isolate: supposed, asked about, predicted, or somebody else's."""

from __future__ import annotations

from itertools import pairwise

from handlers.understanding.lexicon import HARD, Match, Reading
from knowledge.vocabulary import Kind

_CONDITIONS = frozenset({"if", "unless", "whether", "when", "once", "until", "till", "cannot", "cant"})
_SUPPOSING = frozenset(
    [
        *("assuming", "assume", "presume", "presumably", "presumed", "expect", "expected", "expecting", "hopefully"),
        *("suppose", "hypothetically", "probably", "likely", "hoping", "doubt"),
    ]
)
_GENERAL = frozenset(
    [
        *("mean", "means", "predict", "predicts", "imply", "implies", "breakpoint", "breakpoints", "literature"),
        *("wife", "husband", "roommate", "mother", "father", "brother", "sister", "neighbour"),
        *("neighbor", "donor"),
    ]
)
_LOCAL = frozenset({"hospital", "local", "unit", "ward", "our", "annual"})
_ASKS = frozenset(
    {"is", "does", "do", "was", "are", "did", "has", "will", "would", "can", "presume", "s", "r", "you", "any"}
)
_NONE_OF = frozenset({"report", "reports", "sign", "evidence", "hint", "of", "documented", "known"})
_CASES = (Kind.MECHANISM, Kind.SITE, Kind.ORGANISM, Kind.CRE, Kind.INTENT)
_REACH = 8
_FAR = 20  # words of a sentence looked at on each side


def is_supposed(reading: Reading, group: list[Match]) -> bool:
    """Whether the sentence of a list of antimicrobials says that its report is none."""
    first = group[0].first
    start = max(reading.sentences[first], first - _FAR)
    end = group[-1].last + 1
    last = min(len(reading.words), end + _FAR)
    while end < last and reading.codes[end] != HARD:
        end += 1
    words = reading.words
    near = words[max(start, first - _REACH) : first]
    if not _SUPPOSING.isdisjoint(near) or not _GENERAL.isdisjoint(words[start:end]) or near[-2:] == ["in", "case"]:
        return True
    if any(pair == ("should", "be") for pair in pairwise(near)):
        return True
    if "antibiogram" in words[start:end] and not _LOCAL.isdisjoint(words[start:end]):
        return True
    number = first - 1
    while number >= start and first - number <= _REACH and not reading.stops[number + 1]:
        if words[number] in _CONDITIONS or words[number : number + 2] == ["in", "case"]:
            return True
        number -= 1
    if _is_denied(reading, first):
        return True
    asked = words[start] in _ASKS and end < len(reading.gaps) and reading.gaps[end].startswith("?")
    return asked and not any(m is not None and m.kind in _CASES for m in reading.at[start:end])


def _is_denied(reading: Reading, first: int) -> bool:
    """ "No report of tige resistance"."""
    number = first - 1
    while number >= 0 and reading.words[number] in _NONE_OF and not reading.stops[number + 1]:
        number -= 1
    cue = reading.at[number] if 0 <= number < first - 1 else None
    return cue is not None and cue.kind is Kind.CUE and cue.id in ("no", "not")

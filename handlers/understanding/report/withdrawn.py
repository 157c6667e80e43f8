"""Reports taken back, denied or only asked for: "gent S was a typo", "no caz-avi resistance", "gent S?"."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS
from knowledge.vocabulary import Kind

_TAKEN_BACK = frozenset(
    [
        *("typo", "mistake", "error", "wrong", "incorrect", "incorrectly", "erroneous", "erroneously"),
        *("retracted", "withdrawn", "suppressed", "cancelled", "canceled", "misread", "mislabelled"),
        *("mislabeled", "invalid", "expected", "anticipated", "presumably", "hopefully", "probably"),
        *("unreliable", "misreported", "rescinded", "voided"),
    ]
)
_SAMPLES = frozenset(
    [
        *("sample", "patient", "patients", "pt", "isolate", "tube", "specimen", "bottle", "report", "label"),
        *("call", "result", "plate", "organism", "strain"),
    ]
)
_TAKING_BACK = frozenset(
    [
        *("ignore", "disregard", "retract", "retracted", "withdrew", "withdrawn", "scrap", "cancel"),
        *("cancelled", "forget", "suppressed", "removed", "rescinded", "retracting", "withdrawing"),
    ]
)
_WISHED = frozenset({"need", "needs", "want", "wants", "require", "wish"})
_NEVER = frozenset({"never", "hasnt", "havent", "hadnt"})
_NOUNS = frozenset({"resistance", "resistances"})
_CASES = frozenset({Kind.MECHANISM, Kind.SITE, Kind.ORGANISM, Kind.CRE, Kind.INTENT})
_REACH = 8
_NEAR = 4
_FEW = 3


def is_withdrawn(reading: Reading, group: list[Match]) -> bool:
    """Whether the words beside a list of antimicrobials say that its report does not stand."""
    return _is_taken_back(reading, group) or _is_denied(reading, group) or _is_asked(reading, group)


def _is_taken_back(reading: Reading, group: list[Match]) -> bool:
    first, after = group[0].first, group[-1].last + 1
    if reading.words[after : after + 1] == ["pending"] and reading.codes[after] == PLAIN < reading.codes[after + 1]:
        return True  # "susceptibility reported to gent pending"
    before = reading.words[_clause(reading, first, _NEAR) : first]
    if not _TAKING_BACK.isdisjoint(before):
        return True
    for number in range(after, min(after + _REACH, len(reading.words))):
        match = reading.at[number]
        if reading.codes[number] == HARD or (match is not None and match.kind in ANTIMICROBIALS):
            return False
        if reading.stops[number] and reading.words[number] not in _TAKEN_BACK:
            return False
        if reading.words[number] in _TAKEN_BACK:
            return reading.words[number - 1] not in ("not", "as") and (
                reading.words[number] != "wrong" or _is_mixed_up(reading, number)
            )
    return False


def _is_mixed_up(reading: Reading, number: int) -> bool:
    """ "Wrong sample", "that was wrong.", but not "wrong dose given"."""
    return reading.codes[number + 1] > PLAIN or reading.words[number + 1] in _SAMPLES


def _is_denied(reading: Reading, group: list[Match]) -> bool:
    """ "No caz-avi resistance", "never been R to gent", "need S to colistin"."""
    first, last = group[0].first, group[-1].last
    cue = reading.at[first - 1] if first and reading.codes[first] == PLAIN else None
    noun = not _NOUNS.isdisjoint(reading.words[last + 1 : last + 2])
    if reading.words[last + 1 : last + 3] == ["had", "been"]:
        return True  # of an earlier time
    if noun and cue is not None and cue.kind is Kind.CUE and cue.id in ("no", "not"):
        return True
    near = reading.words[_clause(reading, first, _NEAR) : first]
    return not _NEVER.isdisjoint(near) or not _WISHED.isdisjoint(near[-_FEW:])


def _is_asked(reading: Reading, group: list[Match]) -> bool:
    """ "Gent S?", "surely R to mero?": a question of a few words, and nothing in it but the report."""
    first = group[0].first
    start = _clause(reading, first, 2 * _REACH)
    end = group[-1].last + 1
    while end < len(reading.words) and reading.codes[end] != HARD and end - first < 2 * _REACH:
        if reading.stops[end]:
            return False
        end += 1
    if not reading.gaps[end].startswith("?"):
        return False
    if "that" in reading.words[start:first]:
        return False  # "is it odd that erta is R?"
    within = reading.at[start:end]
    if any(match is not None and match.kind in _CASES for match in within):
        return False
    last = within[-1]
    if last is None or (last.kind is not Kind.REPORT and last is not group[-1]):
        return False
    reports = {match.first for match in within if match is not None and match.kind is Kind.REPORT}
    if len(reports) != 1 or any(
        m is not None and m.kind in ANTIMICROBIALS for m in reading.at[group[-1].last + 1 : end]
    ):
        return False
    others = [word for word, match in zip(reading.words[start:end], within, strict=True) if match is None]
    return len(others) <= _FEW


def _clause(reading: Reading, first: int, reach: int) -> int:
    """The first word of the clause, or the farthest one looked at."""
    start = first
    while start > reading.sentences[first] and first - start < reach and not reading.stops[start]:
        start -= 1
    return start

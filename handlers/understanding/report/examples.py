"""Lists that give the members of a class or of everything: "R to all carbapenems (mero)", "… including colistin"."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, SOFT, Match, Reading
from handlers.understanding.report.listing import closes_item
from handlers.understanding.report.verdicts import ANTIMICROBIALS, TO
from knowledge.vocabulary import Kind

_NAMING = (("including",), ("incl",), ("includes",), ("i", "e"), ("ie",), ("namely",), ("even",), ("inc",))
_ALL_RESISTANT = frozenset(
    [
        *("resistant to everything", "r to everything", "resistant to all", "r to all", "everything r", "all r"),
        *("everything resistant", "resistant to most"),
    ]
)
_EXCEPTING = frozenset({"except", "bar", "but", "apart", "not", "other", "excluding", "aside", "without"})
_CARBAPENEMS = frozenset({"meropenem", "ertapenem", "imipenem"})
_CLASSES = frozenset({Kind.OTHER_ANTIMICROBIAL})
_REACH = 10
_FEWEST_BEHIND_DASH = 3


def find_example(reading: Reading, group: list[Match]) -> str | None:
    """The report of the class or of everything that a list gives the members of."""
    first = group[0].first
    gap = reading.gaps[first]
    opens = _opening(reading, first)
    if opens is None or not _is_closed(reading, group, gap):
        return None
    for number in range(opens, max(-1, opens - _REACH), -1):
        if (reading.codes[number + 1] == HARD and number != opens) or (reading.stops[number + 1] and number != opens):
            return None
        match = reading.at[number]
        if reading.words[number] in _EXCEPTING:
            return None
        if match is None:
            continue
        if match.kind is Kind.REPORT:
            if match.id in TO:
                denied = reading.at[match.first - 1] if match.first else None
                is_denied = denied is not None and denied.kind is Kind.CUE and denied.id in ("no", "not")
                return None if is_denied else TO[match.id]
            return "R" if match.id == "class" and reading.phrase(match) in _ALL_RESISTANT else None
        if match.kind is Kind.CRE and "carbapenem" in reading.phrase(match) and number == opens:
            return "R" if all(one.id in _CARBAPENEMS for one in group) else None
        if match.kind in ANTIMICROBIALS and match.kind not in _CLASSES:
            return None
    return None


def _opening(reading: Reading, first: int) -> int | None:
    """The last word before what opens the list: a bracket, a colon, a dash, "including"."""
    for naming in _NAMING:
        start = first - len(naming)
        if (
            start > 0
            and tuple(reading.words[start:first]) == naming
            and (reading.codes[first] < HARD or naming in (("i", "e"), ("incl",)))
        ):
            return start - 1
    gap = reading.gaps[first]
    if first and reading.codes[first] == SOFT and ("(" in gap or ":" in gap or " - " in gap):
        return first - 1
    return None


def _is_closed(reading: Reading, group: list[Match], gap: str) -> bool:
    """Whether the list ends as it began, so that nothing else is said of its last item."""
    after = reading.gaps[group[-1].last + 1]
    if "?" in after:
        return False
    if "(" in gap:
        return ")" in after or closes_item(reading, group[-1])
    closed = reading.codes[group[-1].last + 1] >= SOFT or group[-1].last + 1 >= len(reading.words)
    if " - " in gap:
        return closed and len(group) >= _FEWEST_BEHIND_DASH
    following = reading.at[group[-1].last + 1] if group[-1].last + 1 < len(reading.words) else None
    return closed or (following is not None and following.kind in (Kind.CUE, Kind.REPORT) and following.id != "pending")

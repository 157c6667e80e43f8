"""Whose isolate a report speaks of: the patient's present one, or another person's, an earlier one, another organism.

What is said of another reaches to the end of its sentence, or to the clause where the patient's own isolate begins.
"""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, Reading
from handlers.understanding.report.origins import (
    EARLIER_ADVERBS,
    NAMES_OF_ISOLATES,
    SPECIMENS,
    TELLING,
    TELLING_KINDS,
    Whose,
    find_origin,
    is_theirs,
    is_time,
    looks_back,
)
from handlers.understanding.report.verdicts import ANTIMICROBIALS, BARE
from knowledge.vocabulary import Kind

_AT_ONCE = frozenset({"now", "current", "currently", "todays"})  # wherever they stand, they end an earlier time
_OPENING = frozenset(
    [
        *("ours", "mine", "our", "my", "this", "these", "new", "today", "latest", "repeat", "present", "here", "pt"),
        *("patient", "patients", "pts", "she", "he", "her", "his", "index", "recent"),
    ]
)
_TURNS = frozenset({"but", "and", "while", "whereas", "however", "yet", "vs", "versus", "then", "whilst"})
_CARRIED = frozenset(
    {"it", "its", "they", "theyre", "that", "thats", "was", "were", "which", "both", "all", "also", "and"}
)
_REACH = 3
_CHANGING = frozenset({*TELLING, *SPECIMENS, "grew"})
_TURNING = _CHANGING | _AT_ONCE | _OPENING  # without a stop before it no other word changes anything
_CHANGING_KINDS = frozenset({*TELLING_KINDS, *NAMES_OF_ISOLATES})


def find_isolates(reading: Reading) -> list[Whose]:
    """For each word: whose isolate is spoken of there."""
    found: list[Whose] = []
    whose = Whose.OWN
    firm = heads = clause_names = False  # firm: named by more than an adverb; heads: over all that follows
    opens = 0
    for number, word in enumerate(reading.words):
        match = reading.at[number]
        quiet = match is None or (match.kind is Kind.CUE and match.id != "past_after")
        if quiet and word not in _TURNING and reading.gaps[number] == " ":
            found.append(whose)  # most words: a long note has hundreds
            continue
        hard = reading.codes[number] == HARD
        if not whose and word not in _CHANGING and (match is None or match.kind not in _CHANGING_KINDS):
            if hard or reading.stops[number]:
                opens, clause_names = number, False
            found.append(whose)
            continue
        gap = reading.gaps[number]
        starts = hard or reading.stops[number] or "(" in gap or ")" in gap or ":" in gap
        goes_on = word in _CARRIED or (
            match is not None and (match.kind in ANTIMICROBIALS or match.kind is Kind.REPORT) and (heads or not hard)
        )
        if hard and not goes_on and ":" not in gap:
            whose, heads = Whose.OWN, False
        elif whose is Whose.EARLIER and reading.stops[number] and not heads and not (goes_on and firm):
            whose = Whose.OWN
        if hard or reading.stops[number]:
            opens, clause_names = number, False
        heads |= whose is not Whose.OWN and ":" in gap
        turned = starts or reading.words[number - 1] in _TURNS
        if whose and _is_own(reading, number, whose, turned):
            whose, heads = Whose.OWN, False
        said = find_origin(reading, number, opens, clause_names)
        if said is not None and said is not whose:
            whose = said
            firm = word not in EARLIER_ADVERBS
            heads = False
        if whose is Whose.EARLIER and match is not None and match.kind is Kind.REPORT:
            firm = True
        clause_names |= word in SPECIMENS or word == "grew" or (match is not None and match.kind in NAMES_OF_ISOLATES)
        found.append(whose)
    return found


def _is_own(reading: Reading, number: int, whose: Whose, turned: bool) -> bool:
    """Whether the patient's own isolate begins with this word."""
    word, match = reading.words[number], reading.at[number]
    if whose is Whose.EARLIER and word in _AT_ONCE and reading.words[number - 1] not in ("until", "till", "by", "to"):
        return True
    named = match is not None and match.first == number and match.kind in (Kind.ORGANISM, Kind.CRE, Kind.MECHANISM)
    if whose is Whose.BESIDE and named:
        return True  # of another ESBL the next step says so again
    if not turned:
        return False
    if word in _AT_ONCE or (word in _OPENING and not looks_back(reading, number + 1)):
        return True
    return (
        match is not None and match.kind is Kind.BEARER and match.id in ("own", "corrected") and match.first == number
    )


def is_foreign_after(reading: Reading, last: int) -> bool:
    """ "Gent S last admission", "cipro S in her roommate": what follows in the clause says whose it is."""
    reported = False  # the report of the list itself may stand first
    for number in range(last + 1, min(last + 1 + 3 * _REACH, len(reading.words))):
        if reading.codes[number] == HARD or reading.stops[number]:
            return False
        match, word = reading.at[number], reading.words[number]
        if word in _AT_ONCE:
            return False
        if match is not None:
            if match.kind in ANTIMICROBIALS or (match.kind is Kind.REPORT and match.id in BARE and reported):
                return False
            reported |= match.kind is Kind.REPORT and match.last == number
            if is_theirs(match, word) or (match.kind is Kind.BEARER and match.id == "other_after"):
                return True
            if match.kind is Kind.CUE and match.id == "past_after" and is_time(reading, match):
                return True
            if match.kind is Kind.OUTSIDER and reading.words[number - 1] in ("the", "of", "in", "for"):
                return True
        if looks_back(reading, number) or word in ("previously", "initially", "originally"):
            return True
    return False

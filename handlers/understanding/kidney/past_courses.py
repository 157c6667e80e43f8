"""Dialysis of another time: "had one session in 2021", "on HD till last month", "needed CVVH in June, off since"."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, Match, Reading

_RECEIVED = frozenset(
    {
        "brief",
        "briefly",
        "temporary",
        "transient",
        "was",
        "had",
        "needed",
        "required",
        "received",
        "underwent",
        "got",
        "requiring",
        "needing",
        "needs",
    }
)
_STARTED = frozenset({"started", "commenced", "initiated", "put", "placed", "begun", "switched", "moved"})
_STILL = frozenset(
    {
        *("still", "remains", "continues", "ongoing", "today", "now", "yesterday", "tonight", "continuing"),
    }
)
_MONTHS = frozenset(
    {
        *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
        *("november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov"),
        *(
            "dec",
            "spring",
            "summer",
            "autumn",
            "winter",
        ),
    }
)
_SPANS = frozenset(
    {
        *("week", "month", "year", "summer", "winter", "spring", "autumn", "admission", "time", "fall"),
    }
)
_SINCE = frozenset({"off", "nothing", "none", "not", "recovered", "stopped", "never"})
_UNTIL = frozenset(
    {
        *("last", "yesterday", "recently", "ago", "transplant", "graft", "monday", "tuesday", "wednesday", "thursday"),
        *("friday", "saturday", "sunday", "recovered", "recovery", "stopped", "today", "this"),
    }
)
_REACH_AFTER = 16


def is_past(reading: Reading, match: Match, words_before: list[str]) -> bool:
    """ "Had one HD session in 2021", "needed CVVH for 4 days in June, off since"."""
    words = reading.words
    before = words_before[:4]
    if not _STARTED.isdisjoint(before):
        return False
    if _RECEIVED.isdisjoint(before) and words[match.last] not in ("dialysed", "dialyzed"):
        return False
    past = False
    for number in range(match.last + 1, min(match.last + 1 + _REACH_AFTER, len(words))):
        if reading.codes[number] == HARD:
            break
        word, following = words[number], words[number + 1 : number + 2]
        if word in ("again", "still"):
            return False
        if word in _STILL:
            return past
        past |= _dates(word, following[0] if following else "")
    return past


def is_until(reading: Reading, match: Match) -> bool:
    """ "On HD till last month", "CRRT until yesterday"."""
    words, number = reading.words, match.last + 1
    if words[number : number + 1] == ["from"] and not reading.stops[number]:
        ended = any(word in ("to", "until", "till") for word in words[number + 2 : number + 4])
        return ended and words[number + 1] in _MONTHS and not _MONTHS.isdisjoint(words[number + 3 : number + 5])
    if words[number : number + 1] not in (["until"], ["till"], ["til"]) or reading.stops[number]:
        return False
    near = words[number + 1 : number + 5]
    return not (_UNTIL | _MONTHS).isdisjoint(near) or any(_is_year(word) for word in near)


def _dates(word: str, following: str) -> bool:
    """ "In 2021", "last month", "ago", "off since", "since recovered"."""
    if word in ("in", "back"):
        return _is_year(following) or following in _MONTHS
    if word == "last":
        return following in _SPANS
    if word == "since":
        return following in ("recovered", "stopped", "off", "weaned", "resolved")
    if word == "stopped":
        return following == "in"
    return word in ("ago", "previously", "initially", "recovered") or (word in _SINCE and following == "since")


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.startswith(("19", "20"))

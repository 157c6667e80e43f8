"""A mechanism that is asked for, awaited or only thought of: a name to be found out, not a finding."""

from __future__ import annotations

from handlers.understanding.lexicon import PLAIN, Match, Reading
from knowledge.vocabulary import Kind

_AWAITING = frozenset({"until", "till", "til", "once", "when", "before", "whether", "depends", "hinges", "unless"})
_THINKING = frozenset(
    [
        *("perhaps", "conceivably", "guess", "hunch", "wonder", "wondering", "possibility", "chance", "odds", "may"),
        *("potential", "suspicion", "differential", "conflicting", "insufficient", "belongs", "belonged", "wrong"),
        *("mixed", "incorrect", "refuted", "outstanding", "silent", "blank", "inhibited", "might", "could"),
        *("worried", "concerned", "suspicious", "thinks", "mentioned", "fit", "fits", "hopefully", "would", "vs"),
    ]
)
_OBJECT_OF = frozenset({"for", "about", "re", "regarding", "concerning", "on", "at", "around", "of"})
_WANTED = frozenset(
    [
        *("something", "anything", "meds", "antibiotics", "go", "good", "best", "line", "what", "and", "how", "same"),
        "question",
    ]
)
_ASKS = frozenset(
    [
        *("is", "was", "were", "has", "have", "did", "does", "do", "any", "anyone", "when", "what", "whats", "hows"),
        *("can", "could", "whose", "where", "wheres"),
    ]
)
_BEING_ASKED = frozenset({"does", "did", "has", "is", "was", "were"})
_RESULTS = frozenset(
    [
        *("run", "ran", "checked", "check", "back", "result", "results", "status", "done", "tested", "know", "show"),
        *("look", "looked", "chase", "come", "came", "reported", "got", "get", "ever", "whether", "add", "sent"),
        *("swab", "swabs", "screen", "test", "tests", "testing", "report", "reports", "isolate", "confirm", "say"),
    ]
)
_SHORT = 4  # words of a question that only asks which one it is
_KNOWING = frozenset({"know", "tell", "see", "confirm", "clarify", "check", "ask", "say", "sure", "idea", "unclear"})
_TO_COME = frozenset({"result", "results", "test", "testing", "status", "pcr"})
ARTICLES = frozenset({"the", "a", "an", "any", "this", "that", "his", "her", "our"})
_REACH = 9
_NEAR = 3


def is_questioned(reading: Reading, match: Match, first: int, end: int) -> bool:
    """Whether the sentence from word `first` up to `end` asks for a mechanism, waits for it or guesses it."""
    doubted = (
        _is_object(reading, match, first)
        or _is_asked_for(reading, match, first, end)
        or not _THINKING.isdisjoint(_clause(reading, match, first, end))
        or not _AWAITING.isdisjoint(reading.words[max(first, match.first - 4) : match.first])
        or _is_to_be_known(reading.words[first : match.first])
    )
    return doubted and not _asks_what_to_do(reading, first, end)


def is_queried(reading: Reading, match: Match) -> bool:
    """ "?KPC", and "need the KPC result": a name to be found out."""
    gap = reading.gaps[match.first]
    if gap.endswith("?") or (gap.strip() == "?" and (not match.first or gap.startswith(" "))):
        return True
    following = reading.words[match.last + 1 : match.last + 2]
    return bool(following) and following[0] in _TO_COME and reading.codes[match.last + 1] == PLAIN


def _asks_what_to_do(reading: Reading, first: int, end: int) -> bool:
    """ "What about KPC?", "caz-avi for KPC", and every question about precautions."""
    if any(m is not None and m.kind in (Kind.INTENT, Kind.ANTIMICROBIAL) for m in reading.at[first:end]):
        return True
    return any(m.id == "infection_control" for m in reading.of(Kind.INTENT))


def _is_to_be_known(words: list[str]) -> bool:
    """ "The lab will tell us if it has KPC"."""
    if "if" not in words[-_REACH:]:
        return False
    return not _KNOWING.isdisjoint(words[: len(words) - words[::-1].index("if")])


def _clause(reading: Reading, match: Match, first: int, end: int) -> list[str]:
    """The words before a mechanism from the last comma on, and the three after it."""
    start = match.first
    while start > first and not reading.stops[start] and match.first - start < _REACH:
        start -= 1
    last = match.last + 1
    while last < end and not reading.stops[last] and last - match.last <= _NEAR:
        last += 1
    return reading.words[start : match.first] + reading.words[match.last + 1 : last]


def _is_object(reading: Reading, match: Match, first: int) -> bool:
    """ "No news on KPC", "insufficient sample for KPC": what is asked for, not what is there."""
    number = match.first - 1
    if number > first and reading.words[number] in ARTICLES:
        number -= 1
    if number <= first or reading.words[number] not in _OBJECT_OF:
        return False
    if reading.at[number - 1] is not None:
        return reading.words[number - 1] in _RESULTS and reading.words[number] != "of"
    return reading.words[number - 1] not in _WANTED


def _is_asked_for(reading: Reading, match: Match, first: int, end: int) -> bool:
    """ "Did they run KPC on this?"."""
    if reading.words[first] not in _ASKS or first >= match.first or not reading.gaps[end].startswith("?"):
        return False
    return (
        reading.words[first] in _BEING_ASKED
        or end - first <= _SHORT
        or not _RESULTS.isdisjoint(reading.words[first:end])
    )

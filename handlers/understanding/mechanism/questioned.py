"""A mechanism that is asked for, awaited or only thought of: a name to be found out, not a finding."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from knowledge.vocabulary import Kind

_AWAITING = frozenset({"until", "till", "til", "once", "when", "before", "whether", "depends", "hinges", "unless"})
_THINKING = frozenset(
    [
        *("perhaps", "conceivably", "guess", "hunch", "wonder", "wondering", "possibility", "chance", "odds", "may"),
        *("potential", "suspicion", "differential", "conflicting", "insufficient", "belongs", "belonged", "wrong"),
        *("mixed", "incorrect", "refuted", "outstanding", "silent", "blank", "inhibited", "might", "could"),
        *("worried", "concerned", "suspicious", "thinks", "mentioned", "fit", "fits", "hopefully", "would", "vs"),
        *("fear", "fears", "feared", "fearing", "dread", "gut", "instinct", "suspects", "suspect", "suspecting"),
        *("possibilities", "faint", "speculating", "speculate", "presume", "presumes", "guesses"),
        *("guessing", "theory", "hypothesis", "provisional", "provisionally", "betting", "reckon", "reckons"),
        *("assumption", "allegedly", "supposedly", "purportedly", "rumoured", "rumored"),
    ]
)
_OBJECT_OF = frozenset({"for", "about", "re", "regarding", "concerning", "on", "at", "around", "of"})
_TOPIC = frozenset({"about", "re", "regarding", "concerning"})
_ASKED = frozenset({"asked", "asking", "emailed", "rang", "phoned", "messaged"})
_UNHEARD = frozenset(
    [
        "havent",
        "hasnt",
        "dont",
        "didnt",
        "doesnt",
        "no",
        "nothing",
        "anything",
        "heard",
        "chasing",
        "news",
        "word",
        "nobody",
        "noone",
        "none",
    ]
)
_REQUESTED = frozenset(
    [
        *("send", "sent", "add", "adding", "request", "requested", "order", "chase", "check", "rule", "process"),
        *("repeat", "rerun", "run", "perform", "exclude", "confirm", "verify", "set", "requesting", "ordering"),
        *("sending", "running", "checking", "chasing", "repeating", "ordered", "asking", "processing", "excluding"),
        *("confirming", "verifying", "query", "querying"),
    ]
)
_KNOWN = frozenset(
    [
        *("known", "back", "resulted", "result", "results", "resulting", "available", "confirmed", "final", "typed"),
        *("through", "comes", "came", "reported", "in", "know", "hear", "told"),
    ]
)
_TESTING = frozenset(
    [
        *("test", "tests", "testing", "tested", "check", "checks", "checking", "checked", "screen", "screens"),
        *("screening", "screened", "look", "looks", "looking", "looked", "sent", "send", "sending", "submitted"),
    ]
)
_UNTIL = frozenset({"until", "till", "til", "once", "before", "when"})
_SOON = frozenset({"in", "this", "by", "later", "tonight", "tomorrow", "due"})
_TIMES = frozenset(
    [
        *("hour", "hours", "hr", "hrs", "morning", "afternoon", "evening", "tonight", "tomorrow", "later", "today"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "mon", "tues", "weds", "thurs", "fri", "noon"),
    ]
)
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
        *("lab", "labs", "turnaround", "requested", "ordered", "chance", "processed"),
        *("swab", "swabs", "screen", "test", "tests", "testing", "report", "reports", "isolate", "confirm", "say"),
    ]
)
_OPENING = frozenset({"what", "whats", "how", "hows", "which", "about", "and"})
_ANSWERING = frozenset({"about", "and", "with", "for", "so", "then", "or", "if"})
_WH = frozenset(
    {"where", "when", "why", "who", "should", "can", "could", "do", "does", "would", "will", "which", "what"}
)
_YES = frozenset({"yes", "yep", "yeah", "correct", "confirmed", "positive", "pos", "yup", "yea", "aye"})
_GIVEN = (Kind.INTENT, Kind.ANTIMICROBIAL, Kind.SITE, Kind.ORGANISM, Kind.OUTSIDER, Kind.KIDNEY, Kind.DIALYSIS)
_TALK = frozenset({"greeting", "help", "evidence_mention", "positive"})
_ADDED_ON = [["on", word] for word in ("requested", "sent", "pending", "ordered", "asked", "test", "today")]
_SHORT = 4  # words of a question that only asks which one it is
_KNOWING = frozenset({"know", "tell", "see", "confirm", "clarify", "check", "ask", "say", "sure", "idea", "unclear"})
_TO_COME = frozenset({"result", "results", "test", "testing", "status", "pcr", "confirmation", "assay", "workup"})
ARTICLES = frozenset({"the", "a", "an", "any", "this", "that", "his", "her", "our"})
_REACH = 9
_NEAR = 3
_NEAR_AFTER = 5


def is_questioned(reading: Reading, match: Match, first: int, end: int) -> bool:
    """Whether the sentence from word `first` up to `end` asks for a mechanism, waits for it or guesses it."""
    if any(m.id == "infection_control" for m in reading.of(Kind.INTENT)):
        return False
    if end < len(reading.words) and reading.words[end] in _YES and reading.gaps[end].startswith("?"):
        return False  # "Is it KPC? Yes, by PCR"
    if _is_requested(reading, match) or _is_tested_for(reading, match) or _is_awaited(reading, match, end):
        return True
    if "whether" in reading.words[max(first, match.first - _REACH) : match.first]:
        return True
    doubted = (
        is_supposed(reading, match, first)
        or only_asks(reading, match)
        or _is_object(reading, match, first)
        or _is_asked_for(reading, match, first, end)
        or not _THINKING.isdisjoint(_clause(reading, match, first, end))
        or not _AWAITING.isdisjoint(reading.words[max(first, match.first - 4) : match.first])
        or _is_to_be_known(reading.words[first : match.first])
    )
    return doubted and not _asks_what_to_do(reading, first, end)


def is_queried(reading: Reading, match: Match) -> bool:
    """ "?KPC", and "need the KPC result": a name to be found out."""
    gap = reading.gaps[match.first]
    mark = gap.find("?")
    if gap.endswith("?") or (mark >= (1 if match.first else 0) and gap[mark:].strip(" ?") == ""):
        return True
    following = reading.words[match.last + 1 : match.last + 2]
    if following == ["add"] and reading.words[match.last + 2 : match.last + 4] in _ADDED_ON:
        return True
    if following == ["anyone"]:
        return True
    if reading.words[match.last + 1 : match.last + 3] == ["add", "on"] and reading.gaps[match.last + 2] == "-":
        return True  # "requesting KPC add-on"
    if following in (["specific"], ["gene"]):
        following = reading.words[match.last + 2 : match.last + 3]
    if reading.words[match.last + 1 : match.last + 3] in (["or", "something"], ["or", "sth"], ["or", "other"]):
        return True
    return bool(following) and following[0] in _TO_COME and reading.codes[match.last + 1] == PLAIN


def is_supposed(reading: Reading, match: Match, first: int) -> bool:
    """ "It hinges on whether KPC is there", "I'd not be surprised if KPC came back": under a condition."""
    for number in range(match.first - 1, max(first, match.first - _REACH) - 1, -1):
        if reading.stops[number + 1]:
            return False
        cue = reading.at[number]
        if cue is not None and cue.kind is Kind.CUE and cue.id == "hypothetical":
            if reading.words[cue.first] == "whether":
                return True
            before = reading.words[cue.first - 1] if cue.first > first else ""
            return before not in _OPENING and before not in _ANSWERING  # "what if it's KPC?"
    return False


def only_asks(reading: Reading, match: Match) -> bool:
    """ "KPC?", "looks a bit like KPC?": a question, and nothing in it but which one it is."""
    first, end = reading.sentence(match)
    number = match.last + 1
    if any(m is not None and m.kind is Kind.INTENT and m.id not in _TALK for m in reading.at[end : end + _SHORT]):
        return False  # "NDM-5?? what do I use"
    if not reading.gaps[end].lstrip(" \"'").startswith("?") or not _OPENING.isdisjoint(
        reading.words[first : match.first]
    ):
        return False
    if match.first > first and reading.words[match.first - 1] in _ANSWERING:
        return False
    if not _WH.isdisjoint(reading.words[match.last + 1 : end]):
        return False  # "it's NDM but where from?"
    if number < end and (reading.at[number] is None or any(reading.stops[number:end])):
        return False
    return not any(m is not None and m.kind in _GIVEN for m in reading.at[first:end])


def _is_requested(reading: Reading, match: Match) -> bool:
    """ "Pls add on KPC", "lab forgot to set up KPC", "trying to rule KPC in": a test to be done."""
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    if following is not None and following.kind in (Kind.INTENT, Kind.ANTIMICROBIAL) and following.id not in _TALK:
        return False
    number = match.first - 1
    while number > 0 and (reading.words[number] in ARTICLES or reading.words[number] in ("on", "up", "off")):
        number -= 1
    if number < 0 or reading.stops[number + 1] or reading.codes[number + 1] == HARD:
        return False
    if reading.words[number] == "for" and number and reading.words[number - 1] in _ASKED:
        return True
    if reading.words[number] in ("do", "doing"):
        return number > 0 and reading.words[number - 1] in ("to", "can", "pls", "please", "are", "is")
    return reading.words[number] in _REQUESTED


def _is_tested_for(reading: Reading, match: Match) -> bool:
    """ "Do you want us to test this E. cloacae for KPC": no result of it is told."""
    number = match.first - 1
    if number < 1 or reading.words[number] != "for" or reading.codes[match.first] != PLAIN:
        return False
    for before in range(number - 1, max(-1, number - 1 - _REACH), -1):
        if reading.stops[before + 1] or reading.codes[before + 1] == HARD:
            return False
        if reading.words[before] in _TESTING:
            return True
        cue = reading.at[before]
        if cue is not None and cue.kind in (Kind.ANTIMICROBIAL, Kind.INTENT):
            return False
    return False


def _is_awaited(reading: Reading, match: Match, end: int) -> bool:
    """ "Before KPC is back", "once KPC resulted", "KPC in an hour"."""
    behind = reading.words[match.last + 1 : min(end, match.last + 1 + _NEAR)]
    near = reading.words[max(reading.sentences[match.first], match.first - 4) : match.first]
    if not _UNTIL.isdisjoint(near) and not _KNOWN.isdisjoint([*behind, *near]):
        return True
    return bool(behind) and behind[0] in _SOON and not _TIMES.isdisjoint(behind)


def _asks_what_to_do(reading: Reading, first: int, end: int) -> bool:
    """ "What about KPC?", "caz-avi for KPC"."""
    for number in range(first, end):
        cue = reading.at[number]
        if cue is None or (cue.kind is not Kind.INTENT and cue.kind is not Kind.ANTIMICROBIAL) or cue.id in _TALK:
            continue
        following = reading.at[cue.last + 1] if cue.last + 1 < len(reading.words) else None
        if following is None or following.kind is not Kind.REPORT:  # "CAZ-AVI R, so wondering about KPC"
            return True
    return False


def _is_to_be_known(words: list[str]) -> bool:
    """ "The lab will tell us if it has KPC"."""
    if "if" not in words[-_REACH:]:
        return False
    return not _KNOWING.isdisjoint(words[: len(words) - words[::-1].index("if")])


def _clause(reading: Reading, match: Match, first: int, end: int) -> list[str]:
    """The words before a mechanism from the last comma on, and the three after it."""
    start = match.first
    while start > first and not reading.stops[start] and match.first - start < _REACH:
        if reading.words[start - 1] == "but":
            break
        start -= 1
    last = match.last + 1
    while last < end and not reading.stops[last] and last - match.last <= _NEAR_AFTER:
        last += 1
    return reading.words[start : match.first] + reading.words[match.last + 1 : last]


def _is_object(reading: Reading, match: Match, first: int) -> bool:
    """ "No news on KPC", "insufficient sample for KPC": what is asked for, not what is there."""
    number = match.first - 1
    if number > first and reading.words[number] in ARTICLES:
        number -= 1
    if number <= first or reading.words[number] not in _OBJECT_OF:
        return False
    if is_unheard_of(reading, match, first):
        return True
    if not _ASKED.isdisjoint(reading.words[first:number]):
        return True
    if reading.words[match.last + 1 : match.last + 2] in (["isolate"], ["strain"]):
        return False  # "susceptibility of our KPC isolate"
    if reading.at[number - 1] is not None:
        return reading.words[number - 1] in _RESULTS and reading.words[number] != "of"
    return reading.words[number - 1] not in _WANTED


def is_unheard_of(reading: Reading, match: Match, first: int) -> bool:
    """ "Nobody has told me about KPC", "the report doesn't say anything re KPC"."""
    number = match.first - 1
    if number > first and reading.words[number] in ARTICLES:
        number -= 1
    if number <= first or reading.words[number] not in _TOPIC:
        return False
    return not _UNHEARD.isdisjoint(reading.words[max(first, number - _REACH) : number])


def _is_asked_for(reading: Reading, match: Match, first: int, end: int) -> bool:
    """ "Did they run KPC on this?"."""
    opens = match.first
    while opens > first and not reading.stops[opens]:
        opens -= 1
    first = opens if reading.words[first] not in _ASKS else first
    if reading.words[first] not in _ASKS or first >= match.first:
        return False
    if not reading.gaps[end].startswith("?"):
        return reading.words[first] in ("was", "were", "did") and not _RESULTS.isdisjoint(reading.words[first:end])
    return (
        reading.words[first] in _BEING_ASKED
        or end - first <= _SHORT
        or not _RESULTS.isdisjoint(reading.words[first:end])
    )

"""A negation or a doubt near a mechanism that belongs to nothing else: nobody can say that the mechanism is there.

Whether a name is reported, denied or only talked about is settled elsewhere by words that are known. What stands here
is for the ways of saying it that no list holds: when in doubt, the bot asks.
"""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, JOINED, PLAIN, Lexicon, Match, Reading
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_DENYING = frozenset({"no", "not", "negative", "contaminant"})
_CUES = _DENYING | {"pending", "unknown"}
_WORDS = frozenset(
    [
        *("nope", "nah", "none", "nothing", "nowhere", "nada", "never", "isnt", "wasnt", "arent", "werent", "didnt"),
        *("doesnt", "hasnt", "havent", "failed", "unconfirmed", "wrong", "false", "incorrect", "doubt", "doubtful"),
        *("disproved", "disproven", "refuted", "retracted", "revoked", "removed", "mistaken", "absence", "gone"),
        *("free", "off", "due", "expected", "delayed", "conflicting", "belongs", "belonged", "blank", "missing"),
    ]
)
_BEFORE_CUES = frozenset({"no", "not", "negative_for", "negative"})
_BEFORE_WORDS = frozenset(
    [
        *("doubt", "looking", "testing", "tested", "ruled", "unconfirmed", "nothing", "none", "neither", "never"),
        *("couldnt", "cant", "cannot", "unable", "fails", "failed", "didnt", "doesnt", "hasnt", "isnt", "wasnt"),
        *("nope", "chasing", "chase", "exclude", "awaiting", "clear", "uncertain", "unsure", "wrong"),
    ]
)
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
_ARTICLES = frozenset({"the", "a", "an", "any", "this", "that", "his", "her", "our"})
_WANTED = frozenset(
    {
        "something",
        "anything",
        "meds",
        "antibiotics",
        "go",
        "good",
        "best",
        "line",
        "what",
        "and",
        "how",
        "same",
        "question",
    }
)
_BEARING = frozenset(
    [
        *("carry", "carries", "carried", "have", "has", "had", "show", "shows", "showed", "detect", "find", "identify"),
        *("harbour", "harbours", "harbor", "make", "makes", "produce", "produces", "contain", "contains", "include"),
        *("includes", "grow", "grown", "grew", "demonstrate", "see", "seen", "were", "was", "to", "by", "up"),
    ]
)
_ASKS = frozenset(
    [
        *("is", "was", "were", "has", "have", "did", "does", "do", "any", "anyone", "when", "what", "whats", "hows"),
        *("can", "could", "whose", "where", "wheres"),
    ]
)
_RESULTS = frozenset(
    [
        *("run", "ran", "checked", "check", "back", "result", "results", "status", "done", "tested", "know", "show"),
        *("look", "looked", "chase", "come", "came", "reported", "got", "get", "ever", "whether", "add", "sent"),
    ]
)
_SHORT = 4  # words of a question that only asks which one it is
_PASSED = frozenset({"bridge", "also", "join", "contrast", "positive", "positive_for"})
_PATIENTS = (Kind.SITE, Kind.ORGANISM, Kind.CRE)
_SPECIMENS = frozenset({"bcid", "pcr", "panel"})
_REACH = 9
_NEAR = 3


def is_left_open(reading: Reading, lexicon: Lexicon, match: Match) -> bool:
    """Whether a word of negation or doubt stands near a mechanism and is said of nothing else.

    For mechanisms that no result makes present or absent. Findings of other kinds end the search: what stands behind
    them is said of them.
    """
    if _after(reading, lexicon, match) or _before(reading, lexicon, match) or _is_closed_by_result(reading, match):
        return True
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    if following is not None and following.kind in _PATIENTS and reading.codes[following.first] == PLAIN:
        return False  # "KPC bacteraemia": the patient's own
    first, end = _sentence(reading, match)
    if any(m is not None and (m.kind in (Kind.INTENT, Kind.ANTIMICROBIAL)) for m in reading.at[first:end]):
        return False  # "what about KPC?", "caz-avi for KPC"
    if any(m.id == "infection_control" for m in reading.of(Kind.INTENT)):
        return False
    return (
        _is_object(reading, match, first)
        or _is_asked_for(reading, match, first, end)
        or not _THINKING.isdisjoint(_clause(reading, match, first, end))
        or not _AWAITING.isdisjoint(reading.words[max(first, match.first - 4) : match.first])
    )


def _clause(reading: Reading, match: Match, first: int, end: int) -> list[str]:
    """The words before a mechanism from the last comma on, and the three after it."""
    start = match.first
    while start > first and not reading.stops[start] and match.first - start < _REACH:
        start -= 1
    last = match.last + 1
    while last < end and not reading.stops[last] and last - match.last <= _NEAR:
        last += 1
    return reading.words[start : match.first] + reading.words[match.last + 1 : last]


def _sentence(reading: Reading, match: Match) -> tuple[int, int]:
    end = match.last + 1
    while end < len(reading.words) and reading.codes[end] != HARD:
        end += 1
    return reading.sentences[match.first], end


def _after(reading: Reading, lexicon: Lexicon, match: Match) -> bool:
    cues = _DENYING if match.id == Mechanism.MBL else _CUES  # "MBL, they can't say which"
    number = match.last + 1
    asked = number < len(reading.words) and reading.gaps[number].startswith("?")
    for _ in range(_REACH):
        if number >= len(reading.words):
            return False
        if reading.codes[number] == HARD:
            if not asked:
                return False
            asked = False  # "KPC? lab says no"
        cue = reading.at[number]
        word = reading.words[number]
        if word in _WORDS or (cue is not None and cue.kind is Kind.CUE and cue.id in cues):
            last = number if cue is None else cue.last
            return not _belongs_to_next(reading, lexicon, last)
        if word == "included" and _negative_before(reading, match):
            return True
        if cue is not None and not _is_passed(cue, word):
            return False
        number += 1
    return False


def _before(reading: Reading, lexicon: Lexicon, match: Match) -> bool:
    number = match.first - 1
    bears = number >= 0 and reading.words[number - (reading.words[number] in _ARTICLES)] in _BEARING
    for _ in range(_REACH):
        edge = number + 1
        if number < 0 or reading.codes[edge] == HARD or reading.stops[edge]:
            return False
        cue, word = reading.at[number], reading.words[number]
        if cue is not None and cue.id == "not_only":
            return False  # "no doubt it's KPC"
        if word in _BEFORE_WORDS or (cue is not None and cue.kind is Kind.CUE and cue.id in _BEFORE_CUES):
            return True
        if cue is not None and not _is_passed(cue, word) and not (bears and cue.kind in _PATIENTS):
            return False
        if cue is None and (word in lexicon.clinical or word[0].isdigit()):
            return False  # "no fever KPC bacteraemia": said of the fever
        number -= 1
    return False


def _is_closed_by_result(reading: Reading, match: Match) -> bool:
    """ "The KPC PCR from the blood isolate is negative", "KPC, like the others, was negative"."""
    _, end = _sentence(reading, match)
    cue = reading.at[end - 1]
    if cue is None or cue.kind is not Kind.CUE or cue.id != "negative" or cue.first <= match.last:
        return False
    tested = any(
        m is not None and m.kind is Kind.TEST and m.id != "rest" for m in reading.at[match.last + 1 : cue.first]
    )
    verb = cue.first - 1
    while verb > match.last and not reading.stops[verb]:
        verb -= 1
    return tested or (verb > match.last and reading.words[verb] in ("is", "was", "and", "came", "turned"))


def _is_object(reading: Reading, match: Match, first: int) -> bool:
    """ "No news on KPC", "insufficient sample for KPC": what is asked for, not what is there."""
    number = match.first - 1
    if number > first and reading.words[number] in _ARTICLES:
        number -= 1
    if number <= first or reading.words[number] not in _OBJECT_OF or reading.at[number - 1] is not None:
        return False
    return reading.words[number - 1] not in _WANTED


def _is_asked_for(reading: Reading, match: Match, first: int, end: int) -> bool:
    """ "Did they run KPC on this?"."""
    if reading.words[first] not in _ASKS or first >= match.first or not reading.gaps[end].startswith("?"):
        return False
    return end - first <= _SHORT or not _RESULTS.isdisjoint(reading.words[first:end])


def _is_passed(cue: Match, word: str) -> bool:
    if cue.kind is Kind.CUE:
        return cue.id in _PASSED
    if cue.kind is Kind.TEST:
        return cue.id != "rest"  # "KPC, the rest negative"
    return cue.kind is Kind.BEARER or (cue.kind is Kind.SITE and word in _SPECIMENS)


def _belongs_to_next(reading: Reading, lexicon: Lexicon, last: int) -> bool:
    """ "KPC, not on dialysis", "KPC not febrile": said of what follows."""
    for number in range(last + 1, min(last + 1 + _NEAR, len(reading.words))):
        if reading.codes[number] == HARD:
            return False
        cue, word = reading.at[number], reading.words[number]
        if cue is None:
            return word in lexicon.clinical or word[0].isdigit()
        if word.startswith("infect"):
            return True
        if cue.kind is Kind.CUE and cue.id in _PASSED:
            continue
        if cue.kind is Kind.CUE:
            return False
        return reading.codes[number] <= JOINED or cue.kind not in (Kind.MECHANISM, Kind.BYSTANDER, Kind.TEST)
    return False


def _negative_before(reading: Reading, match: Match) -> bool:
    """ "All negative, KPC included"."""
    first = reading.sentences[match.first]
    cues = (reading.at[number] for number in range(max(first, match.first - _REACH), match.first))
    return any(cue is not None and cue.kind is Kind.CUE and cue.id == "negative" for cue in cues)

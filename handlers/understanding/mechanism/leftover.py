"""A negation or a doubt near a mechanism that belongs to nothing else: nobody can say that the mechanism is there.

Whether a name is reported, denied or only talked about is settled elsewhere by words that are known. What stands here
is for the ways of saying it that no list holds: when in doubt, the bot asks.
"""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, JOINED, PLAIN, SOFT, Lexicon, Match, Reading
from handlers.understanding.mechanism.contradicted import PASSED, is_passed, is_weighed
from handlers.understanding.mechanism.questioned import ARTICLES, is_queried, is_questioned, is_unheard_of
from handlers.understanding.mechanism.retracted import is_of_somebody, is_retracted, is_superseded
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_DENYING = frozenset({"no", "not", "negative", "contaminant"})
_CUES = _DENYING | {"pending", "unknown"}
_WORDS = frozenset(
    [
        *("nope", "nah", "none", "nothing", "nowhere", "nada", "never", "isnt", "wasnt", "arent", "werent", "didnt"),
        *("doesnt", "hasnt", "havent", "failed", "unconfirmed", "wrong", "false", "incorrect", "doubt", "doubtful"),
        *("disproved", "disproven", "refuted", "retracted", "revoked", "removed", "mistaken", "absence", "gone"),
        *(
            "mistake",
            "error",
            "erroneous",
            "erroneously",
            "typo",
            "misprint",
            "mislabelled",
            "mislabeled",
            "artefact",
            "artifact",
        ),
        *("free", "off", "due", "expected", "delayed", "conflicting", "belongs", "belonged", "blank", "missing"),
        "undecided",
        "overturned",
        "hunch",
        "guess",
        "guesswork",
        "speculation",
        "rumour",
        "rumor",
    ]
)
_BEFORE_CUES = frozenset({"no", "not", "negative_for", "negative"})
_BEFORE_WORDS = frozenset(
    [
        *("dont", "doubt", "looking", "testing", "tested", "ruled", "unconfirmed", "nothing", "none", "neither"),
        *("never", "havent"),
        *("couldnt", "cant", "cannot", "unable", "fails", "failed", "didnt", "doesnt", "hasnt", "isnt", "wasnt"),
        *("nope", "chasing", "chase", "exclude", "wont", "awaiting", "clear", "uncertain", "unsure", "wrong"),
    ]
)
_BEARING = frozenset(
    [
        *("carry", "carries", "carried", "have", "has", "had", "show", "shows", "showed", "detect", "find", "identify"),
        *("harbour", "harbours", "harbor", "make", "makes", "produce", "produces", "contain", "contains", "include"),
        *("includes", "grow", "grown", "grew", "demonstrate", "see", "seen", "were", "was", "to", "by", "up"),
    ]
)
_BEING = frozenset({"is", "was", "came", "back", "definitely", "be", "turned"})
_ELSEWHERE = frozenset({"mixed", "mixup", "belongs", "belonged", "elses"})
_BACK = frozenset(
    {"it", "its", "this", "that", "thats", "ours", "our", "isolate", "but", "micro", "lab", "they", "he", "she", "hes"}
)
_SUBJECTS = frozenset({Kind.SITE, Kind.ORGANISM, Kind.CRE, Kind.INTENT})
_PATIENTS = (Kind.SITE, Kind.ORGANISM, Kind.CRE)
_REACH = 9
_REACH_AFTER = 12
_INCLUDING = frozenset({"include", "includes", "including"})
_ASSAYS = frozenset({"wgs", "sequencing", "pcr", "molecular", "genotyping", "typing"})
_OF_THINGS = frozenset({"removed", "off", "failed", "clean", "clear", "negative", "neg", "normal"})
_UNDER_WAY = frozenset(
    ["collected", "sent", "eta", "due", "ordered", "requested", "submitted", "taken", "running", "booked", "tomorrow"]
)
_NEAR = 3


def is_left_open(reading: Reading, lexicon: Lexicon, match: Match) -> bool:
    """Whether a word of negation or doubt stands near a mechanism and is said of nothing else.

    For mechanisms that no result makes present or absent. Findings of other kinds end the search: what stands behind
    them is said of them.
    """
    if is_queried(reading, match) or _after(reading, lexicon, match) or _before(reading, lexicon, match):
        return True
    if (
        is_weighed(reading, match)
        or _is_of_test(reading, match)
        or is_of_somebody(reading, match)
        or is_superseded(reading, match)
    ):
        return True
    first, end = reading.sentence(match)
    if _is_closed_by_result(reading, match, end) or is_retracted(reading, match, first, end):
        return True
    if _is_named(reading, match):
        return False
    if not _ELSEWHERE.isdisjoint(reading.words[first:end]) or _is_taken_back(reading, lexicon, end):
        return True
    return is_questioned(reading, match, first, end)


def is_taken_up_and_denied(reading: Reading, lexicon: Lexicon, match: Match) -> bool:
    """Whether a name that was only talked about is taken back ("handover said KPC, that's incorrect")."""
    if is_queried(reading, match) or _after(reading, lexicon, match, awaited=False):
        return True
    if is_unheard_of(reading, match, reading.sentences[match.first]):
        return True
    return reading.words[match.first - 1] in _INCLUDING and _negative_before(reading, match)


def _is_named(reading: Reading, match: Match) -> bool:
    """ "KPC bacteraemia", "KPC Klebsiella": the patient's own."""
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return following is not None and following.kind in _PATIENTS and reading.codes[following.first] == PLAIN


def _is_taken_back(reading: Reading, lexicon: Lexicon, end: int) -> bool:
    """ "…; this one does not.", "… It isn't.": a short sentence behind it that only says no."""
    if end >= len(reading.words) or reading.words[end] not in _BACK:
        return False
    for number in range(end, min(end + _REACH, len(reading.words))):
        if number > end and reading.codes[number] == HARD:
            return False
        cue, word = reading.at[number], reading.words[number]
        if word in _WORDS or word == "clear" or (cue is not None and cue.kind is Kind.CUE and cue.id in _DENYING):
            return not _belongs_to_next(reading, lexicon, number if cue is None else cue.last)
        if cue is not None and not is_passed(cue, word) and cue.kind is not Kind.ORGANISM:
            return False
    return False


def _after(reading: Reading, lexicon: Lexicon, match: Match, *, awaited: bool = True) -> bool:
    cues = _CUES if awaited else _CUES - {"pending"}
    cues = _DENYING if match.id == Mechanism.MBL else cues  # "MBL, they can't say which"
    number = match.last + 1
    asked = number < len(reading.words) and reading.gaps[number].startswith("?")
    for _ in range(_REACH_AFTER):
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
            if word in _OF_THINGS and reading.at[number - 1] is None and reading.words[number - 1] in lexicon.clinical:
                return False  # ", port removed", ", TTE clean"
            if reading.stops[number] and cue is not None and cue.id in ("no", "not") and _starts_anew(reading, last):
                return False
            return not _belongs_to_next(reading, lexicon, last)
        if word == "included" and _negative_before(reading, match):
            return True
        if cue is not None and not is_passed(cue, word) and word != "i":
            return False
        number += 1
    return False


def _starts_anew(reading: Reading, last: int) -> bool:
    """ ", not keen on surgery": a thought of its own behind the comma."""
    number = last + 1
    return number < len(reading.words) and reading.at[number] is None and reading.codes[number] == PLAIN


def _before(reading: Reading, lexicon: Lexicon, match: Match) -> bool:
    number = match.first - 1
    bears = number >= 0 and reading.words[number - (reading.words[number] in ARTICLES)] in _BEARING
    includes = number >= 0 and reading.words[number] in _INCLUDING
    for _ in range(_REACH):
        edge = number + 1
        if number < 0 or reading.codes[edge] == HARD or (reading.stops[edge] and not includes):
            return False
        cue, word = reading.at[number], reading.words[number]
        if cue is not None and cue.id == "not_only":
            return False  # "no doubt it's KPC"
        if cue is not None and cue.id == "untyped" and reading.codes[edge] == PLAIN and edge == match.first:
            return True  # "we don't test KPC here"
        if bears and cue is not None and cue.id == "past_before" and reading.words[cue.first] == "no":
            return True  # "no longer carries KPC"
        if (
            word in _BEFORE_WORDS
            or word in ("awaiting", "await", "awaited")
            or (cue is not None and cue.kind is Kind.CUE and cue.id in _BEFORE_CUES and word != "clean")
        ):
            return True
        if cue is not None and cue.id == "help":
            cue = None  # "awaiting manual confirm and KPC"
        if cue is not None and not is_passed(cue, word) and not (bears and cue.kind in _SUBJECTS):
            return False
        if cue is None and (word in lexicon.clinical or word[0].isdigit()):
            return False  # "no fever KPC bacteraemia": said of the fever
        number -= 1
    return False


def _is_of_test(reading: Reading, match: Match) -> bool:
    """ "Carbapenemase panel (KPC etc) resulted negative", "PCR panel (KPC, IMP) ordered", "WGS for KPC takes days"."""
    number = match.first - 1
    opened = False
    for _ in range(_REACH):
        if number < 0 or reading.codes[number + 1] == HARD or ")" in reading.gaps[number + 1]:
            return False
        opened |= "(" in reading.gaps[number + 1]
        cue, word = reading.at[number], reading.words[number]
        if cue is not None and cue.kind is Kind.TEST and cue.id != "rest":
            if not opened:
                return word in _ASSAYS and reading.words[match.first - 1] == "for"
            return _is_unresulted(reading, match)
        if opened and word in ("panel", "screen", "assay", "test"):
            return _is_unresulted(reading, match)
        if cue is None or cue.kind not in (Kind.CUE, Kind.MECHANISM, Kind.BYSTANDER):
            return False
        number = cue.first - 1
    return False


def _is_unresulted(reading: Reading, match: Match) -> bool:
    closed = False
    for number in range(match.last + 1, min(match.last + 1 + _REACH, len(reading.words))):
        if reading.codes[number] == HARD:
            return False
        closed |= ")" in reading.gaps[number]
        cue = reading.at[number]
        if closed and reading.words[number] in _UNDER_WAY:
            return True
        if closed and cue is not None and cue.kind is Kind.CUE:
            if cue.id in _CUES:
                return True
            if cue.id == "positive":
                return False
    return False


def _is_closed_by_result(reading: Reading, match: Match, end: int) -> bool:
    """ "The KPC PCR from the blood isolate is negative", "KPC, like the others, was negative"."""
    for number in range(match.last + 1, end):
        cue = reading.at[number]
        closes = cue is not None and cue.kind is Kind.CUE and cue.id == "negative" and cue.first == number
        if cue is None or not closes or not (reading.codes[cue.last + 1] == HARD or reading.stops[cue.last + 1]):
            continue
        edge = cue.first
        while edge > match.last + 1 and reading.codes[edge] < SOFT:
            edge -= 1
        tested = any(m is not None and m.kind is Kind.TEST for m in reading.at[edge : cue.first])
        if edge == match.last + 1:
            return tested or (reading.words[cue.first - 1] in _BEING and not _is_named(reading, match))
        if edge == cue.first:
            return ":" in reading.gaps[edge] and not _is_named(reading, match)
        return not tested and reading.words[edge] in ("is", "was", "and", "came", "turned")
    return False


def _belongs_to_next(reading: Reading, lexicon: Lexicon, last: int) -> bool:
    """ "KPC, not on dialysis", "KPC not febrile": said of what follows."""
    for number in range(last + 1, min(last + 1 + _NEAR, len(reading.words))):
        if reading.codes[number] == HARD or (reading.stops[number] and number == last + 1):
            return False
        cue, word = reading.at[number], reading.words[number]
        if cue is None:
            return word in lexicon.clinical or word[0].isdigit()
        if word.startswith("infect"):
            return True
        if cue.id == "rest":
            return True
        if cue.kind in (Kind.TEST, Kind.BEARER) or (cue.kind is Kind.CUE and cue.id in PASSED):
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

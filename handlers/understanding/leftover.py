"""A negation or a doubt in the clause of a mechanism that belongs to nothing else: nobody can say that it is there."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, JOINED, Lexicon, Match, Reading
from handlers.understanding.standing import FAMILY
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_DENYING = frozenset({"no", "not", "negative", "contaminant"})
_CUES = _DENYING | {"pending", "unknown"}
_WORDS = frozenset(
    [
        *("nope", "nah", "none", "nothing", "nowhere", "nada", "never", "isnt", "wasnt", "arent", "werent", "didnt"),
        *("doesnt", "hasnt", "havent", "failed", "unconfirmed", "wrong", "false", "incorrect", "doubt", "doubtful"),
        *("disproved", "disproven", "retracted", "revoked", "removed", "mistaken", "absence", "gone", "free", "off"),
    ]
)
_BEFORE_CUES = frozenset({"no", "not", "negative_for", "negative"})
_BEFORE_WORDS = frozenset({"doubt", "looking", "testing", "tested", "ruled", "unconfirmed", "nothing", "none"})
_PASSED = frozenset({"bridge", "also", "join", "contrast", "positive", "positive_for"})
_SPECIMENS = frozenset({"bcid", "pcr", "panel"})
_REACH = 9
_NEAR = 3


def is_left_open(reading: Reading, lexicon: Lexicon, match: Match) -> bool:
    """Whether a word of negation or doubt stands near a mechanism and is said of nothing else.

    For mechanisms that no result makes present or absent. Findings of other kinds end the search: what stands behind
    them is said of them.
    """
    return _after(reading, lexicon, match) or _before(reading, lexicon, match)


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
    for _ in range(_REACH):
        edge = number + 1
        if number < 0 or reading.codes[edge] == HARD or reading.stops[edge]:
            return False
        cue, word = reading.at[number], reading.words[number]
        if word in _BEFORE_WORDS or (cue is not None and cue.kind is Kind.CUE and cue.id in _BEFORE_CUES):
            return True
        if cue is not None and not _is_passed(cue, word):
            return False
        if cue is None and (word in lexicon.words or word[0].isdigit()):
            return False  # "no fever KPC bacteraemia": said of the fever
        number -= 1
    return False


def _is_passed(cue: Match, word: str) -> bool:
    if cue.kind is Kind.CUE:
        return cue.id in _PASSED
    return (
        (cue.kind is Kind.TEST and cue.id != "rest")
        or cue.kind is Kind.BEARER
        or (cue.kind is Kind.SITE and word in _SPECIMENS)
    )


def _belongs_to_next(reading: Reading, lexicon: Lexicon, last: int) -> bool:
    """ "KPC, not on dialysis", "KPC not febrile": said of what follows."""
    for number in range(last + 1, min(last + 1 + _NEAR, len(reading.words))):
        if reading.codes[number] == HARD:
            return False
        cue, word = reading.at[number], reading.words[number]
        if cue is None:
            return word in lexicon.clinical or word[0].isdigit()
        if cue.kind is Kind.CUE and cue.id in _PASSED:
            continue
        if cue.kind is Kind.CUE:
            return False
        return reading.codes[number] <= JOINED or FAMILY.get(cue.kind) is None
    return False


def _negative_before(reading: Reading, match: Match) -> bool:
    """ "All negative, KPC included"."""
    first = reading.sentences[match.first]
    cues = (reading.at[number] for number in range(max(first, match.first - _REACH), match.first))
    return any(cue is not None and cue.kind is Kind.CUE and cue.id == "negative" for cue in cues)

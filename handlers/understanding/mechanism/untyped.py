"""The writer says in words of his own that the mechanism is not known yet ("PCR gone to the reference lab")."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, Reading
from knowledge.vocabulary import Kind

_TYPED = frozenset(
    [
        *("gene", "genes", "type", "typing", "pcr", "enzyme", "carbapenemase", "mechanism", "genotype", "carba"),
        *("xpert", "genexpert", "biofire", "panel", "strip", "strips", "molecular"),
    ]
)
_OPEN = frozenset(
    [
        *("yet", "down", "broken", "gone", "away", "later", "tomorrow", "tmrw", "tmr", "tonight", "ref", "reference"),
        *("idea", "clue", "nobody", "noone", "offline", "weekend", "monday", "tuesday", "wednesday", "thursday"),
        *("friday", "saturday", "sunday", "still", "promise", "promised", "promises"),
    ]
)
_TOLD = frozenset(
    [
        *("told", "tell", "given", "give", "said", "say", "done", "do", "available", "stocked", "run", "know"),
        *(
            "running",
            "known",
            "sent",
            "released",
            "out",
            "ready",
            "performed",
            "offered",
            "provided",
            "phoned",
            "called",
        ),
    ]
)
_NOT = frozenset(
    [
        *("not", "havent", "hasnt", "dont", "doesnt", "didnt", "cant", "cannot", "wont", "never", "arent", "isnt"),
        *("werent", "wasnt", "nor"),
    ]
)
_OPEN_CUES = frozenset({"pending", "unknown"})
_ISOLATES = (Kind.CRE, Kind.ORGANISM, Kind.GRAM_NEGATIVE, Kind.SITE)
_PASSED = (None, Kind.CUE, Kind.TEST, Kind.INTENT, Kind.NEUTRAL, Kind.BEARER)
_REACH = 6


def is_said_untyped(reading: Reading) -> bool:
    """Whether a word for the gene and a word for what is still open stand close together, of an isolate named.

    For messages that name no mechanism at all: whoever says that the type is awaited is not asked for it.
    """
    if not any(kind in reading.kinds for kind in _ISOLATES):
        return False
    typed = (number for number, word in enumerate(reading.words) if word in _TYPED)
    return any(_opens(reading, number, step) for number in typed for step in (1, -1))


def _opens(reading: Reading, number: int, step: int) -> bool:
    for _ in range(_REACH):
        edge = number + 1 if step > 0 else number
        number += step
        if not 0 <= number < len(reading.words) or reading.codes[edge] == HARD:
            return False
        match, word = reading.at[number], reading.words[number]
        if word in _OPEN or (match is not None and match.id in _OPEN_CUES):
            return True
        if word in _TOLD and not _NOT.isdisjoint(reading.words[max(0, number - 3) : number]):
            return True
        if (match.kind if match else None) not in _PASSED:
            return False
    return False

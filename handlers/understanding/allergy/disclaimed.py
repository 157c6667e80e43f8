"""Allergies that are not the patient's: of a relative or neighbour, or taken back by a correction."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, Reading
from knowledge.vocabulary import Kind

_KIN = frozenset({
    "mother", "mum", "mom", "father", "dad", "wife", "husband", "brother", "sister", "son", "daughter", "aunt", "uncle",
    "cousin", "partner", "roommate", "neighbour", "neighbor", "grandmother", "grandfather", "parents", "siblings",
    "spouse", "twin", "hubby", "grandma", "grandpa", "nan", "gran", "fiance", "girlfriend", "boyfriend", "niece",
    "nephew",
})  # fmt: skip
_KINS = frozenset(f"{word}s" for word in _KIN)
_LINKS = frozenset({"is", "was", "has", "had", "s", "being", "also", "are", "have", "apparently", "who"})
_TOLD = frozenset({
    "says", "said", "say", "reports", "reported", "states", "stated", "told", "tells", "thinks", "confirms",
    "confirmed", "recalls", "mentions", "mentioned", "insists", "claims", "reckons", "believes", "remembers", "adds",
    "gives", "gave", "describes", "that", "documents", "certain", "sure", "adamant",
})  # fmt: skip
_PATIENT = frozenset({
    "he", "she", "hes", "shes", "him", "pt", "patient", "himself", "herself", "both", "patients", "and", "they",
})  # fmt: skip
_SOURCES = frozenset({"per", "from", "via", "by", "according", "with", "and"})
_CORRECTING = frozenset(
    {"corrected", "correction", "actually", "amended", "updated", "really", "truly", "himself", "herself"}
)
_ELSE = frozenset({"otherwise", "other", "else", "apart", "except", "besides"})
_REACH = 9


def is_of_another(reading: Reading, first: int, last: int) -> bool:
    """Whether the words of an allergy stand after a relative it belongs to ("his brother is allergic")."""
    words = reading.words
    start = max(reading.sentences[first], first - _REACH)
    for place in range(start, first):
        word = words[place]
        if word in _KINS and not _is_told(words, place, first):
            return True
        if word in _KIN and _bears(words, place, first):
            return True
        pair = words[place : place + 2]
        if pair in (["next", "bed"], ["next", "door"], ["other", "pt"], ["other", "patient"], ["different", "patient"]):
            return True
        if pair in (["family", "hx"], ["family", "history"]) or word in ("fhx", "fh"):
            return not _is_told(words, place, first)
    after = words[last + 1 : last + 5]
    if after[:2] == ["is", "bed"] and reading.codes[last + 1] != HARD:
        return True  # "the PCN allergy is bed 4's"
    linked = after[:1] in (["is"], ["was"], ["belongs"], ["of"], ["in"]) and reading.codes[last + 1] != HARD
    return linked and any(w in _KINS or (w in _KIN and after[0] in ("of", "in")) for w in after[1:4])


def corrected_at(reading: Reading) -> int:
    """The word before which every allergy is taken back ("Corrected: NKDA"), or -1."""
    for match in reversed(reading.of(Kind.ALLERGY_CUE)):
        if match.id != "none" or not _ELSE.isdisjoint(reading.words[match.last + 1 : match.last + 3]):
            continue
        before = reading.words[max(0, match.first - 4) : match.first]
        if not _CORRECTING.isdisjoint(before) and _ELSE.isdisjoint(before):
            return match.first
    return -1


def _bears(words: list[str], place: int, first: int) -> bool:
    """Whether the relative at a place has what begins at `first`; "mum told her she …" only tells of it."""
    if place and words[place - 1] in _SOURCES:
        return False
    if _is_told(words, place, first):
        return False
    return place + 1 == first or words[place + 1] in _LINKS


def _is_told(words: list[str], place: int, first: int) -> bool:
    between = words[place + 1 : first]
    return not _TOLD.isdisjoint(between) or not _PATIENT.isdisjoint(between)

"""Animals: whether the patient is one, or only bit, kicked or lives with the patient."""

from __future__ import annotations

from handlers.understanding.lexicon import PLAIN, Match, Reading
from handlers.understanding.whom.adults import is_adult
from knowledge.vocabulary import Kind

_OLDEST_PET = 31
_PETS = frozenset({"cat", "dog", "pony"})
_TOUCHED = frozenset({
    "by", "off", "from", "bitten", "kicked", "fell", "exposed", "contact", "keeps", "owns", "rides", "lives",
    "trampled", "gored", "scratched", "breeds", "slaughtered", "butchered", "with", "has", "had", "handles",
    "licked", "riding",
})  # fmt: skip
_BESIDE = frozenset({
    "bite", "bites", "bitten", "scratch", "scratches", "kick", "pen", "farm", "farmer", "breeder", "owner",
    "keeper", "handler", "trainer", "exposure", "contact", "hair", "dander", "meat", "market", "shed", "allergy",
    "trailer", "crush", "rider", "trampling", "riding", "yard", "stable", "truck", "food", "valve", "graft", "mesh",
    "heparin", "insulin", "thrombin", "collagen", "fall", "nurse", "surgeon", "student", "licked", "saliva",
})  # fmt: skip
_PEOPLE = frozenset({"man", "woman", "lady", "gentleman", "mr", "mrs", "husband", "wife", "farmer"})


def is_animal(reading: Reading) -> bool:
    """Whether the question is about an animal."""
    if any(m.id == "animal" and not _is_beside(reading, m) for m in reading.of(Kind.SCOPE)):
        return True
    return not _PETS.isdisjoint(reading.words) and any(
        word in _PETS and _is_patient(reading, number) for number, word in enumerate(reading.words)
    )


def _is_beside(reading: Reading, match: Match) -> bool:
    """ "Fell in cattle pen", "kicked by a horse", "veterinary nurse, 34F": a person is the patient."""
    words = reading.words
    if words[match.first] == "my":
        return False
    if not is_adult(reading, _OLDEST_PET, months=False) and not _is_person(reading):
        return False
    if words[match.first].startswith("veterin") and is_adult(reading, months=False):
        return True  # "veterinarian, 51F, dog bite": who treats them
    before = words[max(reading.sentences[match.first], match.first - 4) : match.first]
    after = words[match.last + 1 : match.last + 3]
    return bool(_TOUCHED.intersection(before) or _BESIDE.intersection(after))


def _is_person(reading: Reading) -> bool:
    words = reading.words
    if not _PEOPLE.isdisjoint(words):
        return True
    return any(
        word in ("m", "f") and number and reading.gaps[number] == "" and len(words[number - 1]) == 2
        and words[number - 1].isdigit() and int(words[number - 1]) >= 18
        for number, word in enumerate(words)
    )  # fmt: skip


def _is_patient(reading: Reading, number: int) -> bool:
    """ "Cat, 4.1 kg", "12 yo dog": the animal is introduced as a patient is."""
    if reading.at[number] is not None:
        return False
    words = reading.words
    before = words[number - 1] if number else ""
    if before in ("yo", "neutered", "spayed", "fn", "mn", "fs", "mc"):
        return True
    if not reading.sentence_starts(number) or number + 1 >= len(words):
        return False
    if "," in reading.gaps[number + 1] or "(" in reading.gaps[number + 1]:
        return words[number + 1][0].isdigit()
    return reading.codes[number + 1] == PLAIN and words[number + 1] in ("with", "w", "has", "c")

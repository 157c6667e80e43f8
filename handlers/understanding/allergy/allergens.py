"""What an allergy is to, and the words that say one: typed wrong, in one word, or an abbreviation too.

A typing error is read here, unlike elsewhere: an allergy taken by mistake makes the answer more careful, no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from handlers.understanding.lexicon import PLAIN, SOFT, Reading
from knowledge.terms import AllergyClass
from knowledge.vocabulary import Kind

SUBSTANCES = frozenset({Kind.ANTIMICROBIAL, Kind.OTHER_ANTIMICROBIAL, Kind.AMBIGUOUS})
_NEAR = 10  # words from an allergy within which an unknown word may be a name
_SHORTEST = 6
_LONGEST = 26
_ENDINGS = (
    ("cillin", AllergyClass.PENICILLIN),
    ("cillina", AllergyClass.PENICILLIN),
    ("penem", AllergyClass.CARBAPENEM),
)
_BETA_LACTAM = re.compile(r"la[ct]t?[ct]?am")
_NAMES = (
    ("penicillin", AllergyClass.PENICILLIN), ("penicillins", AllergyClass.PENICILLIN),
    ("augmentin", AllergyClass.PENICILLIN), ("cephalosporin", AllergyClass.CEPHALOSPORIN),
    ("cephalosporins", AllergyClass.CEPHALOSPORIN), ("cephalexin", AllergyClass.CEPHALOSPORIN),
    ("ceftriaxone", AllergyClass.CEPHALOSPORIN), ("rocephin", AllergyClass.CEPHALOSPORIN),
    ("carbapenem", AllergyClass.CARBAPENEM), ("meropenem", AllergyClass.CARBAPENEM),
)  # fmt: skip
_SAID = (
    "allergy", "allergic", "allergies", "anaphylaxis", "anaphylactic", "anaphylaxed", "urticaria", "angioedema",
    "hypersensitivity", "angioedema",
)  # fmt: skip
_COMPOUND = re.compile(r"([a-z]{3,})(?:allergie|allergien|allergy|allergic|anaphylaxie)\Z")
ABBREVIATED = frozenset({"ten", "dress", "hsr", "hsrs"})
_TOWARDS = frozenset({
    "to", "on", "with", "from", "after", "w", "due", "secondary", "by", "following", "2", "post", "caused", "via",
})  # fmt: skip
_COUNTING = frozenset({
    "days", "day", "weeks", "twelve", "fourteen", "fifteen", "twenty", "eleven", "mg", "times", "hours", "of",
})  # fmt: skip
_OPENS_TEN = frozenset({
    "had", "hx", "history", "previous", "prior", "developed", "sjs", "suffered", "severe", "got", "w", "has", "induced",
})  # fmt: skip
_DRESSED = frozenset({
    "to", "the", "we", "you", "and", "can", "re", "how", "nurses", "should", "they", "please", "pls", "i", "wounds",
})  # fmt: skip


@dataclass(slots=True, frozen=True)
class Place:
    """Words `first` to `last` that say that there is an allergy."""

    first: int
    last: int


@dataclass(slots=True, frozen=True)
class Allergen:
    """Words `first` to `last` that name what an allergy may be to."""

    first: int
    last: int
    allergy: AllergyClass
    kind: Kind


def find_substances(reading: Reading) -> list[Allergen]:
    """The antimicrobials of a message, each with its class, in the order of the text."""
    found: list[Allergen] = []
    for match in reading.matches:
        if match.kind not in SUBSTANCES:
            continue
        allergy = match.term.allergy
        if allergy is None and match.term.candidates == ("ceftazidime-avibactam",):
            allergy = AllergyClass.CEPHALOSPORIN  # "ceftaz": alone or with avibactam
        if allergy is not None:
            found.append(Allergen(match.first, match.last, allergy, match.kind))
    return found


def find_reactions(reading: Reading, substances: list[Allergen]) -> list[Place]:
    """The words that say that there is an allergy."""
    found = [Place(m.first, m.last) for m in reading.of(Kind.ALLERGY_CUE) if m.id == "allergy"]
    firsts = {s.first for s in substances}
    lasts = {s.last for s in substances}
    said: dict[str, bool] = {}
    for number, word in enumerate(reading.words):
        if word in ABBREVIATED:
            if reading.at[number] is None and _is_abbreviation(reading, number, firsts, lasts):
                found.append(Place(number, number))
        elif reading.at[number] is None and word[0] in "ahun":
            if word not in said:
                said[word] = _says(word)
            if said[word]:
                found.append(Place(number, number))
    return sorted(found, key=lambda place: place.first)


def find_misspelt(reading: Reading, reactions: list[Place]) -> list[Allergen]:
    """Names nobody knows near an allergy, by the ending or beginning all names of a class share."""
    found: dict[int, Allergen] = {}
    classes: dict[str, AllergyClass | None] = {}
    for place in reactions:
        for number in range(max(0, place.first - _NEAR), min(len(reading.words), place.last + 1 + _NEAR)):
            if reading.at[number] is None and number not in found:
                word = reading.words[number]
                if word not in classes:
                    classes[word] = class_of(word)
                allergy = classes[word]
                if allergy is not None:
                    found[number] = Allergen(number, number, allergy, Kind.OTHER_ANTIMICROBIAL)
    return list(found.values())


def compounds(reading: Reading) -> list[tuple[int, AllergyClass]]:
    """ "Penicillinallergie": substance and allergy in one word."""
    found = []
    for number, word in enumerate(reading.words):
        joined = _COMPOUND.match(word) if 11 < len(word) <= _LONGEST and "ll" in word else None
        allergy = class_of(joined[1]) if joined is not None else None
        if allergy is not None:
            found.append((number, allergy))
    return found


def class_of(word: str) -> AllergyClass | None:
    """The class a name belongs to by its form, a typing error allowed: none for words that only look like one."""
    if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
        return None
    if _BETA_LACTAM.search(word) and not word.startswith("lac"):
        return AllergyClass.BETA_LACTAM
    for name, allergy in _NAMES:
        if abs(len(word) - len(name)) <= 2 and word[0] == name[0] and OSA.distance(word, name) <= 2:
            return allergy
    for ending, allergy in _ENDINGS:
        for length in (len(ending) - 1, len(ending), len(ending) + 1):
            if OSA.distance(word[-length:], ending) <= 1:
                return allergy
    if word.startswith(("cef", "cepha", "cephe", "cephr", "cepho", "cephu", "cefa")) and not word.startswith("cephali"):
        return AllergyClass.CEPHALOSPORIN
    if word.startswith(("peni", "penic")) and word[4:5] == "c":
        return AllergyClass.PENICILLIN
    return AllergyClass.CARBAPENEM if "penem" in word else None


def _says(word: str) -> bool:
    """ "Alergey", "anaphlaxis", "urticarial": a word for an allergy, typed wrong."""
    if not _SHORTEST <= len(word) <= 18 or word[0] not in "ahun":
        return False
    most = 1 if len(word) < 9 else 2
    return any(abs(len(word) - len(name)) <= most and OSA.distance(word, name) <= most for name in _SAID)


def _is_abbreviation(reading: Reading, number: int, firsts: set[int], lasts: set[int]) -> bool:
    """ "DRESS on meropenem", "TEN to amoxicillin", "cefuroxime HSR"; not "ten days", "dress the wound"."""
    words = reading.words
    word, before = words[number], words[number - 1] if number else ""
    opens = number == 0 or reading.codes[number] >= SOFT or before in _OPENS_TEN
    if word == "ten" and not (opens or (before == "of" and words[max(0, number - 2)] in ("hx", "history"))):
        return False
    if word == "dress" and before in _DRESSED:
        return False
    following = words[number + 1] if number + 1 < len(words) else ""
    if following in _TOWARDS or (following == "reaction" and word != "ten"):
        for place in range(number + 2, min(len(words), number + 6)):
            if place in firsts or class_of(words[place]) is not None:
                return True
            if (words[place][0].isdigit() and words[place] != "2") or words[place] in _COUNTING:
                return False
        return False
    gap = reading.gaps[number + 1]
    if number + 1 in firsts and (":" in gap or "(" in gap or (word != "ten" and "," in gap)):
        return True
    given = reading.at[number - 3] if number > 2 and words[number - 2] in ("gave", "caused", "gives") else None
    if given is not None and given.last in lasts and before in ("him", "her", "them", "me", "pt"):
        return True  # "meropenem gave him DRESS"
    induced = before == "induced" and number - 2 in lasts
    return induced or (word != "ten" and number - 1 in lasts and reading.codes[number] == PLAIN)

"""Ages: whether the patient is a child, in words or in numbers; things have ages too and count for nothing."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from knowledge.vocabulary import Kind

_ADULT = 18
_OLD = frozenset({
    "yo", "yro", "yoa", "jahriger", "jahrige", "anos", "ans",
})  # fmt: skip
_YEARS = frozenset({
    "y", "yr", "yrs", "year", "years",
})  # fmt: skip
_MONTHS = frozenset({
    "mo", "mos", "mth", "mths", "month", "months", "week", "weeks", "wk", "wks", "day", "days",
})  # fmt: skip
_INFANT_UNITS = frozenset({
    "mo", "mos", "mth", "mths", "month", "months",
})  # fmt: skip
_SEXES = frozenset({
    "m", "f", "male", "female", "boy", "girl",
})  # fmt: skip
_BEARERS = frozenset({
    "with", "w", "c", "p", "who", "admitted", "presenting", "presents", "has", "had", "here", "in", "on",
})  # fmt: skip
_SPELLED = frozenset({
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen",
})  # fmt: skip
_SUBJECTS = frozenset({"hes", "shes", "he", "she", "patient", "pt"})
_ADVERBS = frozenset({"is", "were", "was", "actually", "only", "just", "in", "fact"})
_WELL = frozenset({"fine", "well", "ok", "okay", "healthy", "unaffected", "home", "good"})
_PARENTS = frozenset({"mother", "mom", "mum", "father", "dad", "parent", "breastfeeding", "delivered", "nursing"})
_TENS = frozenset({
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
})  # fmt: skip
_THINGS = frozenset({
    "line", "catheter", "cvc", "picc", "graft", "wound", "hip", "knee", "joint", "prosthesis", "abscess",
    "transplant", "culture", "cultures", "drain", "result", "results", "stent", "shunt", "surgery", "swab",
    "isolate", "antibiogram", "valve", "fracture", "burn", "history", "foley", "pigtail", "ulcer", "device",
    "pacemaker", "implant", "hardware", "tube", "plate", "tear", "evd", "liver", "kidney", "pump", "port",
    "admission",
})  # fmt: skip
_IMPLANTS = frozenset({
    "graft", "hip", "knee", "joint", "prosthesis", "stent", "shunt", "valve", "pacemaker", "implant", "hardware",
    "device", "foley", "picc", "catheter", "transplant",
})  # fmt: skip


def is_child(reading: Reading) -> bool:
    """Whether the patient is under 18, as far as the message says."""
    if any(m.id == "child" and not is_denied(reading, m) and not _is_other(reading, m) for m in _said(reading)):
        return True
    words = reading.words
    for number, word in enumerate(words[:-1]):
        if word[0].isdigit():
            if (
                word.isdigit()
                and len(word) <= 3
                and _is_young(reading, number, int(word))
                and not _is_then(reading, number)
            ):
                return True
        elif word in _SUBJECTS:
            if _is_bare_age(reading, number):
                return True
        elif word in ("age", "aged"):
            earlier = number and words[number - 1] in ("since", "at", "from", "until", "before", "by")
            if not earlier and _is_age_stated(words, number) and not _is_then(reading, number):
                return True
        elif word in _SPELLED:
            if _is_spelled_age(words, number):
                return True
        elif word == "dol" or (word == "weeker" and number and words[number - 1].isdigit()):
            return True
    return words[-1:] == ["weeker"]


def is_denied(reading: Reading, match: Match) -> bool:
    """ "Not pregnant", "paeds: no"."""
    cue = reading.at[match.first - 1] if match.first else None
    if (
        cue is not None
        and cue.kind is Kind.CUE
        and cue.id in ("no", "not", "negative_for")
        and reading.codes[match.first] == PLAIN
    ):
        return True
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return following is not None and following.kind is Kind.CUE and following.id == "negative"


def _is_then(reading: Reading, number: int) -> bool:
    """ "Rash at age 5", "hives when 6 yo": the age at which something happened."""
    if not number or reading.codes[number] == HARD or not reading.has(Kind.ALLERGY_CUE):
        return False
    cue = reading.at[number - 1]
    word = reading.words[number - 1]
    return (cue is not None and cue.kind is Kind.ALLERGY_CUE) or word in (
        "at",
        "when",
        "as",
        "since",
        "rash",
        "hives",
        "age",
    )


def _said(reading: Reading) -> list[Match]:
    return reading.of(Kind.SCOPE)


def _is_bare_age(reading: Reading, number: int) -> bool:
    """ "He's actually 16.", "she is only 12": an age without a unit that ends the sentence."""
    words = reading.words
    if number and words[number - 1] in ("when", "since", "until", "till"):
        return False  # "a rash when she was 6"
    number += 1
    while number < len(words) and words[number] in _ADVERBS and reading.codes[number] == PLAIN:
        number += 1
    if number >= len(words) or not words[number].isdigit() or reading.codes[number] != PLAIN:
        return False
    return 0 < int(words[number]) < _ADULT and reading.codes[number + 1] == HARD


def _is_spelled_age(words: list[str], number: int) -> bool:
    """ "Seven year old", not "thirty seven year old", not "two year old graft"."""
    if number and words[number - 1] in _TENS:
        return False
    old = words[number + 1 : number + 3] in (["year", "old"], ["yr", "old"], ["month", "old"], ["week", "old"])
    return old and not _THINGS.intersection(words[number + 3 : number + 5])


def _is_age_stated(words: list[str], number: int) -> bool:
    value = words[number + 1]
    if not value.isdigit() or len(value) > 2 or int(value) >= _ADULT:
        return False
    return words[number + 2 : number + 3] != ["decades"]


def _is_young(reading: Reading, number: int, value: int) -> bool:
    words = reading.words
    unit = words[number + 1]
    rest = words[number + 2 : number + 5]
    if value < _ADULT:
        if unit in _OLD:
            return True
        if unit in _YEARS and _is_years(reading, number, rest):
            return True
        if unit in ("m", "f") and reading.gaps[number + 1] == "" and reading.sentence_starts(number):
            bears = bool(rest) and (rest[0] in _BEARERS or "," in reading.gaps[number + 2])
            if bears and rest[0] not in _THINGS:
                return True
    if value >= _ADULT * 12 or unit not in _MONTHS:
        return False
    if rest[:1] == ["old"]:
        around = (*rest[1:], *words[max(0, number - 1) : number])
        return not _THINGS.intersection(around)
    if unit in _INFANT_UNITS and rest[:1] and rest[0] in _SEXES - {"m", "f"}:
        return True
    return unit in ("mo", "m") and reading.gaps[number + 1] == "" and rest[:1] in (["m"], ["f"], ["o"])


def _is_years(reading: Reading, number: int, rest: list[str]) -> bool:
    """ "8 y/o", "8-year-old", "8 years of age", "8yr M"; not "3 y ago", not "5 year old graft"."""
    if rest[:1] in (["old"], ["o"]):
        before = reading.words[max(0, number - 2) : number] if reading.codes[number] == PLAIN else []
        return not _THINGS.intersection(rest[1:2]) and not _IMPLANTS.intersection(before)
    if rest[:2] == ["of", "age"]:
        return True
    return rest[:1] != [] and rest[0] in _SEXES and reading.codes[number + 2] == PLAIN


def _is_other(reading: Reading, match: Match) -> bool:
    """ "Her baby is fine", "mother of a newborn": a child, but not the patient."""
    well = reading.words[match.last + 1 : match.last + 4]
    linked = well[:1] in (["is"], ["was"], ["doing"])
    if _WELL.intersection(well[1:] if linked else well[:1]):
        return True
    before = reading.words[max(0, match.first - 3) : match.first]
    return bool(_PARENTS.intersection(before)) or _is_of_a_thing(reading, match)


def _is_of_a_thing(reading: Reading, match: Match) -> bool:
    """ "Weeks old" of a line or graft."""
    if reading.phrase(match) not in ("weeks old", "months old"):
        return False
    around = reading.words[max(0, match.first - 4) : match.last + 3]
    return any(word in _THINGS for word in around)

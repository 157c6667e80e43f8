"""Adults: an age of 18 or more that is said of the patient, and of nobody beside the bed."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Reading

ADULT = 18
OLDEST = 110
OLD = frozenset({
    "yo", "yro", "yoa", "yearold", "yearsold", "yrold", "jahrig", "jahriger", "jahrige", "jahriges", "jahrigen",
    "jahrigem",
})  # fmt: skip
YEARS = frozenset({"y", "yr", "yrs", "year", "years"})
LAPSING = frozenset({"anos", "ano", "ans", "anni", "jahre"})  # ages as well as spans of time
GAUGED = frozenset({
    "catheter", "foley", "drain", "tube", "sheath", "cannula", "line", "french", "pigtail", "stent", "chest",
    "silicone", "suprapubic", "picc", "ngt", "peg", "icd", "port", "scope", "needle", "urinary", "nephrostomy",
    "councill",
})  # fmt: skip
RELATIVES = frozenset({
    "mother", "mothers", "mom", "moms", "mum", "mums", "father", "dad", "parent", "parents", "maternal",
    "grandmother", "grandfather", "husband", "wife", "partner", "sister", "brother", "aunt", "uncle", "carer",
    "madre", "mere", "mutter", "mae", "madrina", "padre", "pere", "vater",
})  # fmt: skip
_LAPSE_BEFORE = frozenset({
    "hace", "desde", "depuis", "a", "ha", "da", "seit", "vor", "fa", "por", "durante", "pendant", "cada", "for",
    "nach", "dans", "en", "in", "apres", "tras", "per", "uber", "after", "since", "last", "past", "over", "every",
    "x", "at", "los", "les", "letzten", "ultimos", "ultimi",
})  # fmt: skip
_LAPSE_AFTER = frozenset({
    "fa", "atras", "ago", "antes", "avant", "apres", "post", "prima", "spater", "lang", "nach", "after", "since",
    "later", "devolution", "dopo", "despues", "tras", "before", "prior", "earlier", "of", "into", "on", "course",
    "back", "from", "out", "duration",
})  # fmt: skip
_PERSONS = frozenset({"male", "female", "man", "woman", "lady", "gentleman", "gent", "boy", "girl", "guy", "chap"})
_UNITS = frozenset({
    "kg", "mg", "g", "ml", "cm", "mm", "h", "hr", "hrs", "d", "day", "days", "week", "weeks", "wk", "wks", "month",
    "months", "mo", "kilos", "pct", "percent", "bpm", "w",
})  # fmt: skip
_OWN = frozenset({"the", "this", "pt", "patient", "our", "baby", "child"})
_FEVER = range(96, 109)
_MONTHS_UNTIL = 36


def is_adult(reading: Reading, least: int = ADULT, months: bool = True) -> bool:
    """Whether an adult age of the patient is stated. `months`: where children lie, "20M" may be an age in months."""
    spoken_of = "adult" in reading.words and _is_said_adult(reading)
    months = months and "adult" not in reading.words
    return spoken_of or any(
        reading.words[number].isdigit()
        and least <= int(reading.words[number][:4]) <= OLDEST
        and _is_age(reading, number, int(reading.words[number][:4]), months)
        and not _is_of_a_relative(reading, number)
        for number in reading.numbers
    )


def is_lapse(reading: Reading, number: int, last: int) -> bool:
    """ "Hace 5 años", "5 anni fa", "2y3m post transplant": a span of time, no age."""
    before = reading.words[number - 1] if number and reading.codes[number] == PLAIN else ""
    after = reading.words[last + 1] if last + 1 < len(reading.words) and reading.codes[last + 1] == PLAIN else ""
    return before in _LAPSE_BEFORE or after in _LAPSE_AFTER


def _is_said_adult(reading: Reading) -> bool:
    """ "Adult patient", "in an adult"; not "adult dosing"."""
    words = reading.words
    for number, word in enumerate(words):
        if word != "adult" or (number and words[number - 1] in ("no", "not", "for", "as", "like", "non")):
            continue
        if words[number + 1 : number + 2] in (["patient"], ["pt"], ["male"], ["female"], ["man"], ["woman"], ["lady"]):
            return True
        if number and words[number - 1] == "an" and reading.codes[number + 1] >= SOFT and "like" not in words:
            return True
    return False


def _is_age(reading: Reading, number: int, value: int, months: bool) -> bool:
    words = reading.words
    count = len(words)
    unit = words[number + 1] if number + 1 < count and reading.codes[number + 1] != HARD else ""
    rest = words[number + 2 : number + 4]
    gap = reading.gaps[number + 1]
    before = words[number - 1] if number else ""
    if unit in ("ish", "something", "odd"):
        unit, rest = rest[0] if rest else "", words[number + 3 : number + 5]
    if unit in OLD or (unit in LAPSING and not is_lapse(reading, number, number + 1)):
        return True
    if unit in YEARS and rest and (rest[0] in ("old", "o", "m", "f") or rest[0] in _PERSONS or rest == ["of", "age"]):
        return True
    if unit in _PERSONS or (unit == "j" and reading.codes[number + 2] >= SOFT):
        return True
    if unit == "f" and gap == "":
        return value not in _FEVER and not GAUGED.intersection(words[number + 2 : number + 5])
    if unit == "m" and gap == "":
        return value > _MONTHS_UNTIL or not months
    if unit in _UNITS and reading.codes[number + 1] == PLAIN:
        return False
    if before in ("m", "f") and reading.gaps[number] == "/":
        return True
    if before in _PERSONS and reading.codes[number] in (PLAIN, SOFT):
        return True
    if before in ("age", "aged", "edad", "alter", "idade"):
        return True
    two = words[number - 2] if number > 1 else ""
    if before == "of" and two in _PERSONS:
        return True
    if reading.codes[number + 1] >= SOFT:
        if before in ("is", "hes", "shes", "now") and (
            two in ("pt", "patient", "he", "she") or before in ("hes", "shes")
        ):
            return True
        return _stands_apart(reading, number)
    return False


def _stands_apart(reading: Reading, number: int) -> bool:
    """ "Farmer, 66, fell": a number between commas, near the beginning of a sentence."""
    if "," not in reading.gaps[number] or "," not in reading.gaps[number + 1]:
        return False
    words = reading.words
    counted = words[number - 1][0].isdigit()
    if counted and (number < 2 or words[number - 2] not in ("bed", "bay", "room", "ward", "cubicle")):
        return False
    return number - reading.sentences[number] <= 8


def _is_of_a_relative(reading: Reading, number: int) -> bool:
    words = reading.words
    start = max(reading.sentences[number], number - 3)
    end = number + 1
    while end < min(len(words), number + 6) and reading.codes[end] < SOFT:
        end += 1
    if words[number - 1 : number] == ["donor"] or "donor" in words[number + 1 : end]:
        return True
    for place in range(start, end):
        if words[place] in RELATIVES:
            of = words[place + 1 : place + 2] == ["of"]
            if not of or not _OWN.isdisjoint(words[place + 2 : place + 3]):
                return True
    return False

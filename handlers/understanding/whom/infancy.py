"""Infancy: ages counted in parts of a year, hours or days of life, a birth just now, a weight no adult has."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Reading
from handlers.understanding.whom.adults import YEARS, is_lapse
from knowledge.vocabulary import Kind

_MONTHS = frozenset({"m", "mo", "mos", "mth", "mths", "month", "months"})
_PARTS = {"7": 90, "12": 36, "52": 104}  # of a week, a year in months, a year in weeks: and the most that is an age
_SEXES = frozenset({"m", "f", "male", "female", "boy", "girl", "baby", "infant"})
_THINGS = frozenset({
    "line", "graft", "wound", "catheter", "culture", "result", "swab", "stent", "drain", "isolate", "antibiogram",
    "cultures", "results", "sample", "valve", "hip", "knee", "transplant", "fracture", "burn", "injury", "abscess",
})  # fmt: skip
_FOREIGN = frozenset({
    "monate", "monat", "wochen", "tage", "meses", "mois", "mesi", "semanas", "semaines", "settimane", "dias",
    "jours", "giorni", "mes", "mese",
})  # fmt: skip
_COUNTED = _FOREIGN | YEARS | {"7", "12", "52", "hours", "hour", "hrs", "hr", "h"}
_ALIVE = (["de", "vida"], ["di", "vita"], ["de", "vie"], ["de", "edad"], ["de", "idade"], ["di", "eta"])
_SOMEONE = frozenset({
    "varon", "mujer", "hombre", "paciente", "patient", "patiente", "garcon", "fille", "paziente", "junge",
    "madchen", "bebe", "maschio", "femmina", "kind", "hija", "hijo",
})  # fmt: skip
_LIVED = frozenset({"hour", "hours", "hrs", "h", "day", "days", "d", "week", "weeks", "wk", "wks", "month", "months"})
_LAST = frozenset({"last", "final", "remaining", "end", "quality", "year", "years"})
_TOLD = frozenset({"life", "born", "schwartz", "wo"})
_NOW = frozenset({"yesterday", "today", "tonight", "prematurely", "premature"})
_LATELY = frozenset({"at term", "this morning", "this week", "last week", "last night"})
_WEIGHED = frozenset({"wt", "weight", "weighs", "weighing", "wgt", "peso", "gewicht", "poids", "bw"})
_KILOGRAMS = frozenset({"kg", "kgs", "kilo", "kilos", "kilograms"})
_PATIENT = frozenset({"pt", "patient", "male", "female"})
_LIGHT = 25.0
_FORMULA = frozenset({"formula", "equation", "estimate", "gfr", "egfr", "crcl", "method"})


def is_infancy(reading: Reading, grown: bool) -> bool:
    """Whether an age is given as one gives those of small children. `grown`: an adult age stands in the message."""
    if any(_is_counted(reading, number) or (not grown and _is_light(reading, number)) for number in reading.numbers):
        return True
    return not _TOLD.isdisjoint(reading.words) and any(
        word in _TOLD and _is_told(reading, number, grown) for number, word in enumerate(reading.words)
    )


def _is_told(reading: Reading, number: int, grown: bool) -> bool:
    word = reading.words[number]
    if word == "life":
        return _is_of_life(reading, number)
    if word == "born":
        return not grown and _is_newly_born(reading, number)
    if word == "schwartz":
        return not grown and _is_formula(reading, number)
    return reading.gaps[number] == "" and number > 0 and reading.words[number - 1].isdigit()  # "6wo"


def _is_counted(reading: Reading, number: int) -> bool:
    words = reading.words
    if not words[number].isdigit() or number + 2 >= len(words):
        return False
    value, unit = int(words[number][:4]), words[number + 1]
    if unit not in _COUNTED:
        return False
    after = words[number + 2 : number + 5]
    before = words[number - 1] if number else ""
    if reading.gaps[number + 1] == "/" and value <= _PARTS.get(unit, 0):
        if after[0] == "old" or after[:2] == ["of", "age"]:
            return not _THINGS.intersection(after[1:])
        return unit != "7" and after[0] in _SEXES and reading.codes[number + 2] == PLAIN
    if unit in YEARS and value < 18 and _is_and_months(reading, number):
        return True
    if unit in ("hours", "hour", "hrs", "hr", "h") and after[0] == "old":
        return not _THINGS.intersection((*after[1:], *words[max(0, number - 4) : number]))
    if unit in _FOREIGN:
        if after[0] in ("alt", "altes", "alter", "alte") or after[:2] in _ALIVE or after[0] == "dage":
            return True
        two = words[number - 2] if number > 1 else ""
        return before in _SOMEONE or (before in ("de", "di") and two in _SOMEONE)
    return False


def _is_and_months(reading: Reading, number: int) -> bool:
    """ "5y3m", "2 yrs 4 months": not "2 years 3 months ago"."""
    words = reading.words
    more = words[number + 2]
    if not more.isdigit() or int(more[:4]) > 11 or reading.codes[number + 2] > PLAIN:
        return False
    unit = words[number + 3] if number + 3 < len(words) else ""
    if unit not in _MONTHS and not (unit == "12" and reading.gaps[number + 3] == "/"):
        return False
    if is_lapse(reading, number, number + 3):
        return False
    return not _THINGS.intersection(words[number + 4 : number + 6])


def _is_light(reading: Reading, number: int) -> bool:
    """ "Wt 9.2 kg", "KPC UTI, 8 kg, dose?": not "lost 8 kg"."""
    words = reading.words
    if words[number + 1 : number + 2] == [] or words[number + 1] not in _KILOGRAMS:
        return False
    if not 0 < float(words[number]) <= _LIGHT:
        return False
    ends = number + 2 >= len(words) or reading.codes[number + 2] >= SOFT
    place = number - 1
    while place >= 0 and number - place <= 3 and words[place] in ("is", "of", "only", "about", "approx", "just"):
        place -= 1
    if place >= 0 and words[place] in _WEIGHED:
        return ends or words[number + 2] not in ("loss", "down", "up", "above", "over", "below", "less", "more", "gain")
    if number + 2 < len(words) and words[number + 2] in _PATIENT and words[number + 1] == "kg":
        return place < 0 or reading.codes[number] >= SOFT or words[place] in ("a", "our", "this", "my", "in", "for")
    return ends and (reading.codes[number] >= SOFT or number == 0) and (place < 0 or not words[place][0].isdigit())


def _is_of_life(reading: Reading, number: int) -> bool:
    """ "Day 3 of life", "36 hours of life", "day of life 3"; not "the last days of life"."""
    words = reading.words
    if number < 2 or words[number - 1] != "of":
        return False
    before = words[max(reading.sentences[number], number - 4) : number - 1]
    after = words[number + 1 : number + 2]
    if not _LAST.isdisjoint(before) or _LIVED.isdisjoint(before):
        return False
    return any(w[0].isdigit() for w in before) or (
        bool(after) and after[0].isdigit() and reading.codes[number + 1] < HARD
    )


def _is_newly_born(reading: Reading, number: int) -> bool:
    """ "Born 3 days ago", "born at 27 weeks", "born this morning"."""
    after = reading.words[number + 1 : number + 5]
    if not after:
        return False
    if after[0] in _NOW or after[:2] in (
        ["at", "term"],
        ["this", "morning"],
        ["this", "week"],
        ["last", "week"],
        ["last", "night"],
    ):
        return True
    if after[0] == "at" and len(after) > 2 and after[1].isdigit():
        return after[2] in ("weeks", "wks", "wk", "w", "week", "40")
    return after[0].isdigit() and len(after) > 2 and after[1] in _LIVED and after[2] in ("ago", "before")


def _is_formula(reading: Reading, number: int) -> bool:
    """ "CrCl (Schwartz) 60": the formula for children; not a colleague of that name."""
    words = reading.words
    around = (*words[max(0, number - 1) : number], *words[number + 1 : number + 2])
    if "bedside" in around or not _FORMULA.isdisjoint(around):
        return True
    before = reading.at[number - 1] if number else None
    return before is not None and before.kind is Kind.KIDNEY

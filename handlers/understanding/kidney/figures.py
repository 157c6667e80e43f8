"""A number behind a clearance: its value, or what else it is: a date, a time, a difference, a dose, an age."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from handlers.understanding.lexicon import HARD, SOFT, Reading

FOREIGN, PASSED, OWN = "foreign", "passed", "own"
_UNITS = frozenset(
    {
        *("mg", "g", "kg", "kgs", "yo", "y", "yr", "yrs", "years", "year", "days", "d", "hours", "h", "hr", "hrs"),
        *("mcg", "ug", "units", "mmol", "umol", "lb", "lbs", "bpm", "q", "bid", "tid", "weeks", "wks", "wk"),
        *("month", "months", "week", "old", "day", "pressors", "times", "l", "cc", "mm", "cm", "minutes"),
        *("isolates", "sets"),
    }
)
_OF_DAY = frozenset({"am", "pm", "oclock"})
_DIFFERENCES = frozenset({"points", "point", "percent", "pts"})
_FORMULA_YEARS = frozenset({"2009", "2021", "2012"})
_GREATEST = 400
_COOL, _HOT = 34, 43
_TENS = {
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_ONES = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the word behind it and its unit. `value` is None for one that is no value."""

    kind: str
    value: Decimal | None
    end: int
    is_range: bool = False
    is_vague: bool = False  # "50s"
    is_bound: bool = False  # "< 30"


def read_figure(reading: Reading, number: int, measure: int) -> Figure | None:
    """What the number at a word is; None when the word is no number. `measure`: the last word of the clearance."""
    words, gaps = reading.words, reading.gaps
    word = words[number]
    if not word[0].isdigit():
        return _spelled(reading, number)
    if word in _FORMULA_YEARS and words[number - 1] in ("epi", "mdrd"):
        return Figure(PASSED, None, number + 1)
    value, end = Decimal(word), number + 1
    following = words[end : end + 1]
    decimals = following and gaps[end] == "," and words[end].isdigit() and len(words[end]) <= 2 and "." not in word
    if decimals and _unit(reading, end + 1) not in _UNITS:
        value, end = Decimal(f"{word}.{words[end]}"), end + 1
    if value > _GREATEST:
        return Figure(FOREIGN, None, end)
    if "%" in gaps[end]:
        return Figure(PASSED, None, end)
    dated = "/" in gaps[end].strip(" ")[:1] and end < len(words) and words[end][0].isdigit()
    if dated:
        kind = PASSED if words[number - 1] in ("on", "from", "of") or number > measure + 2 else FOREIGN
        over = end + 1
        while over < len(words) and gaps[over] == "/" and words[over][0].isdigit():
            over += 1
        return Figure(kind, None, over)
    unit = _unit(reading, end)
    if unit in _OF_DAY and gaps[end] in ("", " ") and words[number - 1] in ("at", "from", "on", "this", "by"):
        return Figure(PASSED, None, end + 1)
    if unit in ("days", "weeks", "months", "d", "wk", "wks", "years", "hours", "hrs", "h") and words[
        end + 1 : end + 2
    ] == ["ago"]:
        return Figure(PASSED, None, end + 1)
    if unit in _DIFFERENCES or (words[number - 1] == "by" and number > measure + 2):
        return Figure(PASSED, None, end + (unit in _DIFFERENCES))
    if (unit in _UNITS and not (unit == "day" and words[end + 1 : end + 2] and words[end + 1][0].isdigit())) or words[
        number - 1
    ] in ("day", "pod", "ckd", "stage", "grade", "bed", "room", "wt", "weight", "aged", "q"):
        return Figure(FOREIGN, None, end)
    if unit in ("m", "f") and gaps[end] == "" and words[end + 1 : end + 2] not in (["2"], ["l"]):
        return Figure(FOREIGN, None, end)
    ranged = _is_range(reading, number, end)
    vague = unit == "s" and gaps[end] == ""
    bound = "<" in gaps[number] or (">" in gaps[number] and "->" not in gaps[number] and ">>" not in gaps[number])
    return Figure(OWN, value, _over_unit(reading, end + vague), ranged, vague, bound)


def is_temperature(figure: Figure) -> bool:
    """ "CrCl 55, now 38.5": degrees, by the decimal."""
    value = figure.value
    return value is not None and value != int(value) and _COOL < value < _HOT


def _unit(reading: Reading, end: int) -> str:
    if end >= len(reading.words) or reading.codes[end] >= SOFT:
        return ""
    return reading.words[end]


def _over_unit(reading: Reading, end: int) -> int:
    """Over "ml/min/1.73 m2"."""
    words, count = reading.words, len(reading.words)
    while end < count and reading.codes[end] != HARD and "," not in reading.gaps[end]:
        if words[end] in ("ml", "mls", "min", "minute", "per") or words[end] in ("1.73", "1.7"):
            end += 1
        elif words[end] == "m" and words[end + 1 : end + 2] == ["2"]:
            end += 2
        elif words[end] == "m" and words[end - 1] in ("1.73", "ml"):
            end += 1
        else:
            break
    return end


def _is_range(reading: Reading, number: int, end: int) -> bool:
    """ "30-40", "30 or 40", "between 30 and 40": which is not said."""
    words, count = reading.words, len(reading.words)
    if words[number - 1] == "between":
        return True
    if end < count and words[end][0].isdigit() and reading.gaps[end].strip() == "-":
        after = words[end + 1] if end + 1 < count and reading.codes[end + 1] < SOFT else ""
        return after not in _UNITS and not (after in ("m", "f") and reading.gaps[end + 1] == "")
    return words[end : end + 1] == ["or"] and end + 1 < count and words[end + 1][0].isdigit()


def _spelled(reading: Reading, number: int) -> Figure | None:
    """ "Thirty", "thirty five", "thirty-five"."""
    words = reading.words
    value = _TENS.get(words[number])
    if value is None:
        return None
    end = number + 1
    if value >= 20 and end < len(words) and words[end] in _ONES and reading.codes[end] < SOFT:
        value, end = value + _ONES[words[end]], end + 1
    unit = _unit(reading, end)
    if unit in _UNITS or unit in ("something", "odd", "plus", "percent", "hundred", "to", "or", "s"):
        return Figure(FOREIGN, None, end)
    return Figure(OWN, Decimal(value), _over_unit(reading, end))

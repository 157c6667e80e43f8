"""Ages under 18, in numbers; things, donors and relatives have ages too and count for nothing."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS
from handlers.understanding.whom.adults import ADULT, GAUGED, LAPSING, OLD, YEARS, is_lapse
from knowledge.vocabulary import Kind

_KIN = frozenset({"son", "daughter", "grandson", "granddaughter", "nephew", "niece", "child", "kid", "kids", "baby"})
_MONTHS_OR_WEEKS = frozenset({"month", "months", "week", "weeks", "day", "days"})
MONTHS = frozenset({
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
SPELLED = frozenset({
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen",
})  # fmt: skip
_AGES = frozenset({"age", "aged", "edad", "idade", "alter"})
_SUBJECTS = frozenset({"hes", "shes", "he", "she", "patient", "pt"})
_TELLING = _SUBJECTS | _AGES | SPELLED | _SEXES | {"dol", "weeker"}
_INTRODUCING = frozenset({
    "pt", "patient", "patientin", "our", "this", "my", "a", "in", "for", "is", "kind", "junge", "madchen", "boy",
    "girl", "paciente", "bambino", "bambina", "nino", "nina", "enfant", "child",
})  # fmt: skip
_ADVERBS = frozenset({"is", "were", "was", "actually", "only", "just", "in", "fact"})
_TENS = frozenset({
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
})  # fmt: skip
THINGS = frozenset({
    "line", "catheter", "cvc", "picc", "graft", "wound", "hip", "knee", "joint", "prosthesis", "abscess",
    "transplant", "culture", "cultures", "drain", "result", "results", "stent", "shunt", "surgery", "swab",
    "isolate", "antibiogram", "valve", "fracture", "burn", "history", "foley", "pigtail", "ulcer", "device",
    "pacemaker", "implant", "hardware", "tube", "plate", "tear", "evd", "liver", "kidney", "pump", "port",
    "admission", "tkr", "thr", "tka", "tha", "tavi", "tavr", "evar", "metalwork", "nail", "screw", "cabg", "mesh",
    "arthroplasty", "replacement", "hemiarthroplasty", "lvad", "icd", "nephrostomy", "sample", "samples", "note",
    "notes", "letter", "report", "colonisation", "colonization", "sore", "collection", "infection", "problem",
    "mic", "broth",
})  # fmt: skip
_IMPLANTS = frozenset({
    "graft", "hip", "knee", "joint", "prosthesis", "stent", "shunt", "valve", "pacemaker", "implant", "hardware",
    "device", "foley", "picc", "catheter", "transplant",
})  # fmt: skip


def is_young(reading: Reading, grown: bool) -> bool:
    """Whether an age under 18 is given. `grown`: an adult age of the patient stands in the message too."""
    words = reading.words
    last = len(words) - 1
    for number in reading.numbers:
        word = words[number]
        if (
            number < last
            and word.isdigit()
            and len(word) <= 3
            and _is_young(reading, number, int(word), grown)
            and not _is_then(reading, number)
            and not (grown and _is_of_another(reading, number))
        ):
            return True
    if any(word in _TELLING and _is_told(reading, number, grown) for number, word in enumerate(words[:-1])):
        return True
    return words[-1:] == ["weeker"] and not grown


def _is_told(reading: Reading, number: int, grown: bool) -> bool:
    word = reading.words[number]
    if word in _SUBJECTS:
        return _is_bare_age(reading, number)
    if word in _AGES:
        return _is_age_stated(reading, number) and not _is_then(reading, number)
    if word in SPELLED:
        return _is_spelled_age(reading.words, number)
    if word in _SEXES:
        return not grown and _is_age_after_sex(reading, number)
    return word == "dol" or (number > 0 and reading.words[number - 1].isdigit() and not grown)  # "27 weeker"


def _is_of_another(reading: Reading, number: int) -> bool:
    """ "From an 8 yo donor", "2 year old TKR", "his 4 yo son": beside an adult age, not the patient's."""
    words = reading.words
    start = max(reading.sentences[number], number - 4)
    after: list[str] = []
    place = number + 1
    while place < min(len(words), number + 6) and reading.codes[place] < SOFT:
        after.append(words[place])
        place += 1
    if "donor" in after or "donor" in words[start:number]:
        return True
    if number and words[number - 1] in _KIN:
        return not {"has", "is", "now", "needs", "with"}.intersection(after)
    if not _KIN.isdisjoint(after):
        theirs = {"his", "her", "their", "with", "of", "has", "lives", "and"}
        return not theirs.isdisjoint(words[start:number]) and not {"has", "is", "now", "needs"}.intersection(after)
    if after[:1] and after[0] in OLD:
        return not THINGS.isdisjoint(after[1:3])
    named = after[2:3] if after[1:2] in (["old"], ["o"]) else []
    return bool(named) and not (named[0] in _SEXES or named[0] in _BEARERS or reading.at[number + 3] is None)


def _is_then(reading: Reading, number: int) -> bool:
    """ "Rash at age 5", "hives when 6 yo": the age at which something happened."""
    if not number or reading.codes[number] == HARD or not reading.has(Kind.ALLERGY_CUE):
        return False
    cue = reading.at[number - 1]
    word = reading.words[number - 1]
    if "aged" in reading.words[number - 1 : number + 1]:  # "hives with amoxicillin aged 5"
        start = max(reading.sentences[number], number - 6)
        return any(m is not None and m.kind is Kind.ALLERGY_CUE for m in reading.at[start : number - 1])
    if cue is not None and cue.kind in ANTIMICROBIALS:  # "rash with amoxicillin age 5"
        start = max(reading.sentences[number], number - 6)
        return any(m is not None and m.kind is Kind.ALLERGY_CUE for m in reading.at[start : number - 1])
    return (cue is not None and cue.kind is Kind.ALLERGY_CUE) or word in (
        "at",
        "when",
        "as",
        "since",
        "rash",
        "hives",
        "age",
    )


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
    if not 0 < int(words[number][:4]) < ADULT:
        return False
    comma = reading.gaps[number + 1].startswith(",") and words[number - 1] in _ADVERBS | {"hes", "shes"}
    return comma or reading.codes[number + 1] == HARD


def _is_spelled_age(words: list[str], number: int) -> bool:
    """ "Seven year old", not "thirty seven year old", not "two year old graft"."""
    if number and words[number - 1] in _TENS:
        return False
    if words[number + 1 : number + 2] in (["yo"], ["yearold"]):
        return True
    old = words[number + 2 : number + 3] == ["old"] and words[number + 1] in YEARS | _MONTHS_OR_WEEKS
    return old and not THINGS.intersection(words[number + 3 : number + 5])


def _is_age_stated(reading: Reading, number: int) -> bool:
    words = reading.words
    before = words[number - 1] if number else ""
    if before in ("since", "at", "from", "until", "before", "by") or before in THINGS:
        return False
    value = words[number + 1]
    if value in SPELLED:
        return words[number + 2 : number + 3] not in (["decades"], ["days"], ["hours"])
    if not value.isdigit() or len(value) > 2 or int(value) >= ADULT:
        return False
    return words[number + 2 : number + 3] != ["decades"]


def _is_age_after_sex(reading: Reading, number: int) -> bool:
    """ "F/12", "Male, 9, KPC": not "M 4 h"."""
    words, gaps = reading.words, reading.gaps
    value = words[number + 1]
    if not value.isdigit() or not 0 < int(value[:4]) < ADULT or not reading.sentence_starts(number):
        return False
    if len(words[number]) == 1 and gaps[number + 1] == "/":
        return True
    return reading.codes[number + 2] >= SOFT and (len(words[number]) > 1 or "," in gaps[number + 2])


def _is_young(reading: Reading, number: int, value: int, grown: bool) -> bool:
    words = reading.words
    unit = words[number + 1]
    rest = words[number + 2 : number + 5]
    if unit == "ish":
        unit, rest = words[number + 2 : number + 3][0] if rest else "", words[number + 3 : number + 6]
    if value < ADULT:
        if unit in OLD:
            return True
        if unit in LAPSING and not grown and not is_lapse(reading, number, number + 1):
            return True
        if unit in YEARS and (_is_years(reading, number, rest) or _is_introduced(reading, number, grown)):
            return True
        if unit == "j" and not grown and _is_introduced(reading, number, grown):
            return True
        if unit in ("m", "f") and reading.gaps[number + 1] == "" and _is_sexed(reading, number, rest):
            return True
    if value >= ADULT * 12 or unit not in MONTHS:
        return False
    if rest[:1] == ["old"]:
        around = (*rest[1:], *words[max(0, number - 1) : number])
        return not THINGS.intersection(around)
    if unit in _INFANT_UNITS and rest[:1] and rest[0] in _SEXES and reading.codes[number + 2] == PLAIN:
        return rest[1:2] not in (["u"], ["up"])  # "22 mo F", not "22 mo f/u"
    return unit in ("mo", "m") and reading.gaps[number + 1] == "" and rest[:1] in (["m"], ["f"], ["o"])


def _is_sexed(reading: Reading, number: int, rest: list[str]) -> bool:
    """ "15F sickle cell", "our 9M with CF"; not "14F Foley", which is a size."""
    if GAUGED.intersection(rest) or (rest and rest[0] in THINGS):
        return False
    if reading.sentence_starts(number):
        return bool(rest)
    before = reading.words[number - 1]
    ends = reading.codes[number + 2] >= SOFT or rest[:1] == [] or rest[0] in _BEARERS
    sized = GAUGED.intersection(reading.words[max(0, number - 6) : number])
    return ends and not sized and before in _INTRODUCING


def _is_introduced(reading: Reading, number: int, grown: bool) -> bool:
    """ "8y, 25 kg", "our patient (9 years, 28 kg)", "Kind, 8 J.": an age that stands by itself."""
    if grown or is_lapse(reading, number, number + 1):
        return False
    words = reading.words
    after = words[number + 2 : number + 5]
    apart = number + 2 >= len(words) or reading.codes[number + 2] >= SOFT or after[:1] in (["with"], ["w"])
    before = words[number - 1] if number else ""
    if before in _INTRODUCING and reading.codes[number + 2] >= SOFT:
        return before not in ("a", "in", "for", "is") or reading.gaps[number + 1] == ""
    weighed = after[1:2] in (["kg"], ["kilos"])
    return apart and (weighed or (len(words[number + 1]) == 1 and reading.sentence_starts(number)))


def _is_years(reading: Reading, number: int, rest: list[str]) -> bool:
    """ "8 y/o", "8-year-old", "8 years of age", "8yr M"; not "3 y ago", not "5 year old graft"."""
    if rest[:1] in (["old"], ["o"]):
        before = reading.words[max(0, number - 2) : number] if reading.codes[number] == PLAIN else []
        return not THINGS.intersection(rest[1:2]) and not _IMPLANTS.intersection(before)
    if rest[:2] == ["of", "age"]:
        return True
    return rest[:1] != [] and (rest[0] in _SEXES or rest[0] in ("patient", "pt")) and reading.codes[number + 2] == PLAIN

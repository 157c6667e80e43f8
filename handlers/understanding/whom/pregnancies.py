"""Pregnancy: said, counted in weeks, or tested for; not one that is denied, over, or somebody else's."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from handlers.understanding.whom.adults import is_adult
from knowledge.vocabulary import Kind

_WOMEN = frozenset(
    {"f", "female", "woman", "lady", "yo", "old", "y", "she", "shes", "mum", "mother", "at", "currently"}
)
_DATED = _WOMEN | {"ega", "ga", "gestation", "now", "is"}
_WARDS = frozenset({
    "obstetric", "obstetric patient", "maternity patient", "antenatal clinic", "antenatal ward", "labour ward",
    "labor ward", "labor and delivery",
})  # fmt: skip
_AFTERWARDS = frozenset({
    "postpartum", "postnatal", "puerperal", "puerpera", "puerperium", "puerperio", "postnatally", "wochenbett",
})  # fmt: skip
_TESTED = frozenset({"preg", "pregnancy", "embarazo", "grossesse", "gravidanza", "schwangerschaft", "pregnent"})
_HORMONES = frozenset({"hcg", "bhcg", "uhcg", "upt", "upreg"})
_TUMOURS = frozenset({
    "tumour", "tumor", "testicular", "germ", "seminoma", "choriocarcinoma", "mole", "molar", "gtn", "miscarriage",
    "falling",
})  # fmt: skip
_FILLERS = frozenset({
    "is", "currently", "known", "to", "be", "been", "the", "esta", "ist", "est", "actually", "at", "present", "any",
    "urine", "serum", "definitely", "now", "a", "chance", "of", "possibility",
})  # fmt: skip
_OTHERS = frozenset({
    "wife", "wifes", "partner", "girlfriend", "fiancee", "spouse", "daughter", "sister", "colleague", "nurse",
    "sho", "registrar", "reg", "resident", "fellow", "doctor", "consultant", "intern", "student", "boss",
    "mujer", "esposa", "frau", "femme", "moglie", "coworker", "contact", "carer",
})  # fmt: skip
_BEING = frozenset({"is", "was", "s", "being", "currently", "who", "also", "ist", "est", "esta", "incinta"})
_NO = frozenset({"no", "n", "nope", "negative", "neg", "not", "nein", "non"})
_WEEKS = frozenset({"weeks", "wks", "wk", "week", "months", "mos", "mo", "mths"})
_SPANS = frozenset({"old", "of", "ago", "into", "on", "post", "course", "after", "since", "out"})
_DETECTABLE = 25  # mIU/ml of hCG, from which a pregnancy test is read as positive


def is_pregnancy(reading: Reading) -> bool:
    """Whether the patient is pregnant, as far as the message says."""
    for match in reading.of(Kind.SCOPE):
        if match.id == "pregnancy_mention" and _is_what_if(reading, match):
            return True
        if match.id != "pregnancy" or _is_denied(reading, match) or _is_anothers(reading, match):
            continue
        if reading.phrase(match) in _WARDS and _is_past(reading):
            continue
        return True
    words = reading.words
    if any(words[n].isdigit() and _is_dated(reading, n, int(words[n][:4])) for n in reading.numbers):
        return True
    if _HORMONES.isdisjoint(words):
        return False
    return any(word in _HORMONES and _is_detected(reading, number) for number, word in enumerate(words))


def _is_what_if(reading: Reading, match: Match) -> bool:
    """ "And if she was pregnant?"."""
    before = reading.words[max(reading.sentences[match.first], match.first - 3) : match.first]
    return "if" in before and reading.gaps[match.last + 1].startswith("?")


def _is_past(reading: Reading) -> bool:
    words = reading.words
    if not _AFTERWARDS.isdisjoint(words):
        return True
    return any(
        word == "post" and words[number + 1 : number + 2] in (["partum"], ["natal"], ["delivery"], ["lscs"], ["cs"])
        for number, word in enumerate(words)
    )


def _is_denied(reading: Reading, match: Match) -> bool:
    """ "Not known to be pregnant", "neg preg test", "pregnant? no", "test de embarazo negativo"."""
    number = match.first - 1
    tested = reading.phrase(match) in _TESTED and _names_test(reading, match)
    for _ in range(5):
        if number < 0 or reading.codes[number + 1] != PLAIN:
            break
        cue = reading.at[number]
        said = cue.id if cue is not None and cue.kind is Kind.CUE else ""
        if said in ("no", "not", "negative_for") or (said == "negative" and tested):
            return True
        if reading.words[number] in ("pas", "nicht", "non", "not", "nao") or (
            reading.words[number] == "neg" and tested
        ):
            return True
        if reading.words[number] not in _FILLERS:
            break
        number -= 1
    place = match.last + 1
    if place >= len(reading.words):
        return False
    following = reading.at[place]
    if following is not None and following.kind is Kind.CUE and following.id == "negative":
        return True
    gap = reading.gaps[place]
    if reading.words[place] in _NO and ("?" in gap or ":" in gap or "=" in gap or "-" in gap):
        return reading.codes[place + 1] != PLAIN
    return tested and _is_tested_negative(reading, place)


def _names_test(reading: Reading, match: Match) -> bool:
    around = reading.words[max(0, match.first - 2) : match.first] + reading.words[match.last + 1 : match.last + 2]
    return not {"test", "tests", "status", "testing", "screen", "urine", "serum"}.isdisjoint(around)


def _is_tested_negative(reading: Reading, number: int) -> bool:
    """Whether the result that follows in the sentence is negative."""
    for place in range(number, min(len(reading.words), number + 7)):
        if reading.codes[place] == HARD:
            return False
        cue = reading.at[place]
        if cue is None or cue.kind is not Kind.CUE:
            continue
        if cue.id.startswith("positive"):
            return False
        if cue.id == "negative":
            return True
    return False


def _is_anothers(reading: Reading, match: Match) -> bool:
    """ "Wife is 30 weeks pregnant" beside "36M"; never the writer's own, nor one without another patient."""
    words = reading.words
    start = max(reading.sentences[match.first], match.first - 7)
    for place in range(start, match.first):
        if words[place] not in _OTHERS or (place and words[place - 1] in ("my", "a", "our")):
            continue
        if words[place + 1] in _BEING or words[place + 1].isdigit():  # "wife 8 months pregnant"
            return is_adult(reading, months=False) or not {"he", "him", "hes"}.isdisjoint(words)
    if (
        words[match.last + 1 : match.last + 2]
        and words[match.last + 1] in _OTHERS
        and reading.codes[match.last + 1] == 0
    ):
        return is_adult(reading, months=False)
    return False


def _is_dated(reading: Reading, number: int, value: int) -> bool:
    """ "28/40", "31+4", "27w2d", "8 months along", "EGA 24"."""
    words, gaps = reading.words, reading.gaps
    following = words[number + 1] if number + 1 < len(words) else ""
    before = words[number - 1] if number else ""
    if not 4 <= value <= 42 or not following:
        return before == "ega"
    starts = reading.sentence_starts(number)
    if following == "40" and gaps[number + 1] == "/":
        return starts or before in _WOMEN
    if following in _WEEKS and words[number + 2 : number + 3] == ["along"]:
        return words[number + 3 : number + 4] != ["with"]
    rest = words[number + 2 : number + 5]
    if following in ("w", "wk", "weeks") and rest[1:2] == ["d"] and rest[0].isdigit() and int(rest[0][:4]) <= 6:
        return gaps[number + 1] == gaps[number + 2] == "" and not _SPANS.intersection(rest[2:])
    if gaps[number + 1] == "+" and following.isdigit() and int(following[:4]) <= 6 and value >= 12:
        return before in _DATED or (starts and words[number + 2 : number + 3] not in (["old"], ["of"]))
    if following == "sa" and before in ("a", "de", "femme"):
        return True
    return before == "ega" or (before == "ga" and following in ("w", "wk", "wks", "weeks"))


def _is_detected(reading: Reading, number: int) -> bool:
    """ "Bhcg came back positive", "hCG 8400"; not "hCG negative", nor a marker of a tumour."""
    match = reading.at[number]
    if match is not None and match.kind is Kind.SCOPE:
        return False
    words = reading.words
    if not _TUMOURS.isdisjoint(words[max(0, number - 6) : number + 8]):
        return False
    for place in range(number + 1, min(len(words), number + 8)):
        if reading.codes[place] == HARD:
            break
        cue = reading.at[place]
        if cue is not None and cue.kind is Kind.CUE and cue.id.startswith("positive"):
            return True
        if cue is not None and cue.kind is Kind.CUE and cue.id == "negative":
            return False
        if words[place].isdigit() and place <= number + 3 and "<" not in reading.gaps[place]:
            return len(words[place]) > 2 or int(words[place]) >= _DETECTABLE
    cue = reading.at[number - 1] if number and reading.codes[number] == PLAIN else None
    return cue is not None and cue.kind is Kind.CUE and cue.id.startswith("positive")

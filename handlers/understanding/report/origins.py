"""Words that say whose an isolate is: a relative's, the next bed's, last year's, another organism's."""

from __future__ import annotations

from enum import IntEnum

from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS
from knowledge.vocabulary import Kind


class Whose(IntEnum):
    """The isolate that a word speaks of."""

    OWN = 0
    THEIRS = 1  # another person's, or another culture's
    EARLIER = 2
    BESIDE = 3  # another organism's


SPECIMENS = frozenset(
    [
        *("isolate", "isolates", "strain", "strains", "culture", "cultures", "cx", "cxs", "urine", "urines"),
        *("blood", "sample", "samples", "specimen", "specimens", "swab", "swabs", "bottle", "bottles"),
        *("organism", "organisms", "bug", "sens", "sensis", "sensitivities", "susceptibilities", "antibiogram"),
        *("ast", "sputum", "bal", "kleb", "result", "results", "report", "reports", "panel", "growth"),
        *("pathogen", "coliform", "mcs", "msu", "csu"),
    ]
)
NAMES_OF_ISOLATES = (Kind.ORGANISM, Kind.CRE, Kind.BYSTANDER)
_EARLIER = frozenset(
    [
        *("previous", "prev", "prior", "earlier", "old", "older", "initial", "original", "first", "historic"),
        *("historical", "former", "past", "baseline", "pretreatment"),
    ]
)
EARLIER_ADVERBS = frozenset({"previously", "formerly", "initially", "originally"})
_LAST = frozenset(
    [
        *("year", "years", "month", "months", "admission", "admissions", "spring", "summer", "autumn"),
        *("winter", "fall", "time", "adm", "stay", "visit", "january", "february", "march", "april", "may"),
        *("june", "july", "august", "september", "october", "november", "december", "episode", "christmas"),
    ]
)
MONTHS = frozenset(
    [
        *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
        *("november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov"),
        *("dec", "spring", "summer", "autumn", "winter", "christmas"),
    ]
)
_IS = frozenset({"is", "was", "just", "only"})
_WAS = frozenset({"was", "were", "had", "grew", "showed"})
_BACK_THEN = frozenset({"ago", "last", "past", "year", "month", "admission", "back", "january"})
_OTHER = frozenset({"other", "another", "second", "separate", "different", "2nd"})
_SHARED = frozenset(
    [
        *("roommate", "roommates", "outbreak", "bay", "contacts", "mums", "moms", "dads", "nans", "grans"),
        *("partners", "partner"),
    ]
)
_ANIMALS = frozenset({"dog", "dogs", "cat", "cats", "horse", "horses"})
_WRONG = frozenset({"patients", "pts", "patient", "pt", "report", "persons", "label", "sample", "specimen"})
_PATIENTS = frozenset({"pt", "patient", "guy", "lady", "man", "woman"})
_PLACES = frozenset({"bed", "room", "bay", "cubicle"})
_A_WHILE = frozenset({"a", "about", "few", "some", "couple", "of", "several"})
_AT_FIRST = frozenset({"first", "initial", "original", "earlier", "baseline"})
_LATER = frozenset(
    [
        *("now", "current", "currently", "this", "repeat", "repeated", "later", "latest", "second", "new"),
        *("then", "bmd", "since", "but", "our", "today", "here", "subsequent", "subsequently", "amended"),
        *("final", "was"),
    ]
)
_SINCE = frozenset({"now", "current", "currently", "this"})
_FAR = 24
_REACH = 3
_YEARS = frozenset(str(year) for year in range(2000, 2100))
TELLING = frozenset(
    [
        *_YEARS,
        *(*_SHARED, *_OTHER, *_ANIMALS, *_PLACES, *EARLIER_ADVERBS, *_AT_FIRST, *_EARLIER, *MONTHS),
        *("there", "wrong", "across", "other", "another", "last", "previous", "prev", "prior", "before"),
    ]
)
TELLING_KINDS = frozenset({Kind.BEARER, Kind.OUTSIDER, Kind.BYSTANDER, Kind.ORGANISM, Kind.CUE})


def find_origin(reading: Reading, number: int, opens: int, clause_names: bool) -> Whose | None:
    """Whose the isolate is that is spoken of from this word on; None when the word says nothing of it."""
    word, match = reading.words[number], reading.at[number]
    if word not in TELLING and (match is None or match.kind not in TELLING_KINDS):
        return None  # most words: a long note has hundreds
    if word in _YEARS and reading.words[number + 1 : number + 2] and reading.words[number + 1] in SPECIMENS:
        return Whose.EARLIER  # "her 2022 isolate"
    if match is not None and match.first == number:
        if is_theirs(match, word):
            return Whose.THEIRS
        if match.kind is Kind.OUTSIDER or _is_esbl(reading, match, opens):
            return Whose.BESIDE
        if match.kind is Kind.CUE and match.id == "past_after" and is_time(reading, match):
            return Whose.EARLIER if clause_names or _opens_with_time(reading, opens, number) else None
    if word in _SHARED or _is_elsewhere(reading, number):
        return Whose.THEIRS
    if word in _OTHER and _names_isolate(reading, number + 1):
        return Whose.THEIRS
    if word == "last" and not _PATIENTS.isdisjoint(reading.words[number + 1 : number + 1 + _REACH]):
        return Whose.THEIRS  # "my last CRE pt was S to nothing but colistin"
    if word in EARLIER_ADVERBS:
        return Whose.EARLIER
    if looks_back(reading, number):
        named = (
            number == opens
            or clause_names
            or word != "last"
            or reading.words[number + 1] == "week"
            or _names_isolate(reading, number + 1)
        )
        return Whose.EARLIER if named else None  # "pneumonia last year"
    behind = reading.words[number + 1 : number + 1 + 3 * _REACH]
    if word == "before" and number == opens and not _WAS.isdisjoint(behind):
        return Whose.EARLIER
    if word in MONTHS and behind and (behind[0] in SPECIMENS or behind[0] in ("admission", "stay")):
        return Whose.EARLIER
    if word in MONTHS and number == opens + 1 and reading.words[opens] in ("in", "last", "during"):
        return Whose.EARLIER if _opens_back_then(reading, number) else None
    if clause_names and word in MONTHS and reading.words[number - 1] in ("from", "in", "last"):
        return Whose.EARLIER if not _WAS.isdisjoint(behind[:_REACH]) else None
    return None


def _opens_back_then(reading: Reading, month: int) -> bool:
    """ "In January her urine CRE was …", "last May the kleb grew …"."""
    named = False
    for number in range(month + 1, min(month + 1 + 3 * _REACH, len(reading.words))):
        match = reading.at[number]
        if reading.codes[number] == HARD:
            break
        if reading.words[number] in _WAS:
            return named
        named |= reading.words[number] in SPECIMENS or (match is not None and match.kind in NAMES_OF_ISOLATES)
    return False


def _is_elsewhere(reading: Reading, number: int) -> bool:
    """ "Bed 12's NDM", "the man across the hall", "wrong patient's report"."""
    word, behind = reading.words[number], reading.words[number + 1 : number + 3]
    if word == "there" and number and reading.words[number - 1] in SPECIMENS:
        return True  # "the strain there was R"
    if word in ("other", "another") and behind[:1] == ["one"]:
        return True
    if word in _OTHER and behind[:1] == ["episode"]:
        return True
    if word == "wrong" and behind and behind[0] in _WRONG:
        return True
    if word in _ANIMALS and behind and behind[0] in SPECIMENS:
        return True
    if word == "across" and behind[:1] == ["the"]:
        return True
    if word in _PLACES and len(behind) > 1 and behind[0].isdigit():
        return behind[1] in ("has", "had", "whose") or (behind[1] == "s" and reading.gaps[number + 2] in ("", "'"))
    return False


def _opens_with_time(reading: Reading, opens: int, number: int) -> bool:
    """ "2 months ago": nothing but a number stands before it in the clause."""
    return all(word.isdigit() or word in _A_WHILE for word in reading.words[max(opens, number - _REACH) : number]) and (
        number - opens <= _REACH
    )


def _is_esbl(reading: Reading, match: Match, opens: int) -> bool:
    """ "ESBL E. coli", "E. coli (ESBL)" with no carbapenemase in its clause: beside the one asked about."""
    if match.kind not in (Kind.BYSTANDER, Kind.ORGANISM):
        return False
    near = reading.at[max(opens, match.first - _REACH) : match.last + 1 + _REACH]
    kinds = {other.kind for other in near if other is not None}
    if "esbl" not in reading.words[max(opens, match.first - _REACH) : match.last + 1 + _REACH]:
        return _is_called_esbl(reading, match)
    if Kind.ORGANISM not in kinds or Kind.PORIN in kinds or Kind.MECHANISM in kinds or Kind.CRE in kinds:
        return False
    return reading.has(Kind.MECHANISM) or reading.has(Kind.CRE)


def _is_called_esbl(reading: Reading, match: Match) -> bool:
    """ "The E. coli in urine is an ESBL", beside one with a carbapenemase in another clause."""
    if match.kind is not Kind.ORGANISM or not (reading.has(Kind.MECHANISM) or reading.has(Kind.CRE)):
        return False
    called = False
    for number in range(match.last + 1, min(match.last + 3 * _REACH, len(reading.words))):
        if reading.codes[number] > PLAIN:
            break
        other = reading.at[number]
        if other is not None and other.kind in (Kind.MECHANISM, Kind.CRE, Kind.PORIN):
            return False
        called |= reading.words[number] == "esbl"
    return called and not _IS.isdisjoint(reading.words[match.last + 1 : match.last + 3 * _REACH])


def looks_back(reading: Reading, number: int) -> bool:
    """ "Previous isolate", "last year's urine", "last admission": a time before the present isolate."""
    words = reading.words
    if number >= len(words):
        return False
    if words[number] in _AT_FIRST and _LATER.isdisjoint(words[number + 1 : number + _FAR]):
        return False  # "first culture: mero R", and no other
    if number and words[number - 1] in ("unlike", "than", "since", "before"):
        return False  # "unlike last time"
    if words[number] == "last" and words[number + 1 : number + 2] and words[number + 1] in SPECIMENS:
        return not _SINCE.isdisjoint(words[number + 2 : number + _FAR])  # "last isolate gent S, this one …"
    if words[number : number + 2] == ["last", "week"]:
        return "today" in words[max(0, number - _FAR) : number]  # "today as R. Last week as S"
    if words[number] == "last":
        return number + 1 < len(words) and words[number + 1] in _LAST and reading.codes[number + 1] < HARD
    if words[number] in ("previous", "prev", "prior") and words[number + 1 : number + 2] in (["admission"], ["adm"]):
        return True
    return words[number] in _EARLIER and _names_isolate(reading, number + 1)


def _names_isolate(reading: Reading, number: int) -> bool:
    """Whether an isolate, a specimen or its report is named within a few words."""
    for following in range(number, min(number + _REACH, len(reading.words))):
        if reading.codes[following] == HARD or reading.stops[following]:
            return False
        match = reading.at[following]
        if reading.words[following] in SPECIMENS or (match is not None and match.kind in NAMES_OF_ISOLATES):
            return True
        if match is not None and match.kind in ANTIMICROBIALS:
            return False
    return False


def is_theirs(match: Match, word: str) -> bool:
    return (match.kind is Kind.BEARER and match.id == "other") or word in _SHARED


def is_time(reading: Reading, match: Match) -> bool:
    words = reading.words[match.first : match.last + 1]
    return not _BACK_THEN.isdisjoint(words) or (words[-1].isdigit() and len(words[-1]) == 4)

"""Whose isolate a report speaks of: the patient's present one, or another person's, an earlier one, another organism.

What is said of another reaches to the end of its sentence, or to the clause where the patient's own isolate begins.
"""

from __future__ import annotations

from enum import IntEnum

from handlers.understanding.lexicon import HARD, Match, Reading
from handlers.understanding.verdicts import ANTIMICROBIALS, BARE
from knowledge.vocabulary import Kind


class Whose(IntEnum):
    """The isolate that a word speaks of."""

    OWN = 0
    THEIRS = 1  # another person's, or another culture's
    EARLIER = 2
    BESIDE = 3  # another organism's


_SPECIMENS = frozenset(
    [
        *("isolate", "isolates", "strain", "strains", "culture", "cultures", "cx", "cxs", "urine", "urines", "blood"),
        *("sample", "samples", "specimen", "specimens", "swab", "swabs", "bottle", "bottles", "organism", "organisms"),
        *("bug", "sens", "sensis", "sensitivities", "susceptibilities", "antibiogram", "ast", "sputum", "bal", "kleb"),
        *("result", "results", "report", "reports", "panel", "growth", "pathogen", "coliform", "mcs", "msu", "csu"),
    ]
)
_NAMES_OF_ISOLATES = (Kind.ORGANISM, Kind.CRE, Kind.BYSTANDER)
_EARLIER = frozenset(
    [
        *("previous", "prev", "prior", "earlier", "old", "older", "initial", "original", "first", "historic"),
        *("historical", "former", "past", "baseline", "pretreatment"),
    ]
)
_EARLIER_ADVERBS = frozenset({"previously", "formerly", "initially", "originally"})
_LAST = frozenset(
    [
        *(
            "year",
            "years",
            "month",
            "months",
            "admission",
            "admissions",
            "spring",
            "summer",
            "autumn",
            "winter",
            "fall",
        ),
        *("time", "adm", "stay", "visit", "january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december", "episode", "christmas"),
    ]
)
_MONTHS = frozenset(
    [
        *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
        *("november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("spring", "summer", "autumn", "winter", "christmas"),
    ]
)
_WAS = frozenset({"was", "were", "had", "grew", "showed"})
_BACK_THEN = frozenset({"ago", "last", "past", "year", "month", "admission", "back", "january"})
_OTHER = frozenset({"other", "another", "second", "separate", "different", "2nd"})
_SHARED = frozenset(
    [
        *("roommate", "roommates", "outbreak", "bay", "contacts", "mums", "moms", "dads", "nans", "grans", "partners"),
    ]
)
_WRONG = frozenset({"patients", "pts", "patient", "pt", "report", "persons", "label", "sample", "specimen"})
_PLACES = frozenset({"bed", "room", "bay", "cubicle"})
_A_WHILE = frozenset({"a", "about", "few", "some", "couple", "of", "several"})
_AT_ONCE = frozenset({"now", "current", "currently", "todays"})  # wherever they stand, they end an earlier time
_OPENING = frozenset(
    [
        *("ours", "mine", "our", "my", "this", "these", "new", "today", "latest", "repeat", "present", "here", "pt"),
        *("patient", "patients", "pts", "she", "he", "her", "his", "index", "recent"),
    ]
)
_TURNS = frozenset({"but", "and", "while", "whereas", "however", "yet", "vs", "versus", "then", "whilst"})
_CARRIED = frozenset(
    {"it", "its", "they", "theyre", "that", "thats", "was", "were", "which", "both", "all", "also", "and"}
)
_REACH = 3


def find_isolates(reading: Reading) -> list[Whose]:
    """For each word: whose isolate is spoken of there."""
    found: list[Whose] = []
    whose = Whose.OWN
    firm = heads = clause_names = False  # firm: named by more than an adverb; heads: over all that follows
    opens = 0
    for number, word in enumerate(reading.words):
        gap, hard = reading.gaps[number], reading.codes[number] == HARD
        match = reading.at[number]
        starts = hard or reading.stops[number] or "(" in gap or ")" in gap or ":" in gap
        goes_on = word in _CARRIED or (
            match is not None and (match.kind in ANTIMICROBIALS or match.kind is Kind.REPORT) and (heads or not hard)
        )
        if hard and not goes_on and ":" not in gap:
            whose, heads = Whose.OWN, False
        elif whose is Whose.EARLIER and reading.stops[number] and not heads and not (goes_on and firm):
            whose = Whose.OWN
        if hard or reading.stops[number]:
            opens, clause_names = number, False
        heads |= whose is not Whose.OWN and ":" in gap
        turned = starts or reading.words[number - 1] in _TURNS
        if whose and _is_own(reading, number, whose, turned):
            whose, heads = Whose.OWN, False
        said = _whose(reading, number, opens, clause_names)
        if said is not None and said is not whose:
            whose = said
            firm = word not in _EARLIER_ADVERBS
            heads = False
        if whose is Whose.EARLIER and match is not None and match.kind is Kind.REPORT:
            firm = True
        clause_names |= word in _SPECIMENS or word == "grew" or (match is not None and match.kind in _NAMES_OF_ISOLATES)
        found.append(whose)
    return found


def _is_own(reading: Reading, number: int, whose: Whose, turned: bool) -> bool:
    """Whether the patient's own isolate begins with this word."""
    word, match = reading.words[number], reading.at[number]
    if whose is Whose.EARLIER and word in _AT_ONCE and reading.words[number - 1] not in ("until", "till", "by", "to"):
        return True
    if whose is Whose.BESIDE and match is not None and match.kind in (Kind.ORGANISM, Kind.CRE, Kind.MECHANISM):
        return True  # of another ESBL the next step says so again
    if not turned:
        return False
    if word in _AT_ONCE or (word in _OPENING and not _looks_back(reading, number + 1)):
        return True
    return (
        match is not None and match.kind is Kind.BEARER and match.id in ("own", "corrected") and match.first == number
    )


def _whose(reading: Reading, number: int, opens: int, clause_names: bool) -> Whose | None:
    """Whose the isolate is that is spoken of from this word on; None when the word says nothing of it."""
    word, match = reading.words[number], reading.at[number]
    if match is not None and match.first == number:
        if _is_theirs(match, word):
            return Whose.THEIRS
        if match.kind is Kind.OUTSIDER or _is_esbl(reading, match, opens):
            return Whose.BESIDE
        if match.kind is Kind.CUE and match.id == "past_after" and _is_time(reading, match):
            return Whose.EARLIER if clause_names or _opens_with_time(reading, opens, number) else None
    if word in _SHARED or _is_elsewhere(reading, number):
        return Whose.THEIRS
    if word in _OTHER and _names_isolate(reading, number + 1):
        return Whose.THEIRS
    if word in _EARLIER_ADVERBS:
        return Whose.EARLIER
    if _looks_back(reading, number):
        named = number == opens or clause_names or word != "last" or _names_isolate(reading, number + 2)
        return Whose.EARLIER if named else None  # "pneumonia last year"
    behind = reading.words[number + 1 : number + 1 + 3 * _REACH]
    if word == "before" and number == opens and not _WAS.isdisjoint(behind):
        return Whose.EARLIER
    if word in _MONTHS and behind and (behind[0] in _SPECIMENS or behind[0] in ("admission", "stay")):
        return Whose.EARLIER
    if clause_names and word in _MONTHS and reading.words[number - 1] in ("from", "in", "last"):
        return Whose.EARLIER if not _WAS.isdisjoint(behind[:_REACH]) else None
    return None


def _is_elsewhere(reading: Reading, number: int) -> bool:
    """ "Bed 12's NDM", "the man across the hall", "wrong patient's report"."""
    word, behind = reading.words[number], reading.words[number + 1 : number + 3]
    if word == "wrong" and behind and behind[0] in _WRONG:
        return True
    if word == "across" and behind[:1] == ["the"]:
        return True
    if word in _PLACES and len(behind) > 1 and behind[0].isdigit():
        return behind[1] in ("has", "had") or (behind[1] == "s" and reading.gaps[number + 2] in ("", "'"))
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
        return False
    if Kind.ORGANISM not in kinds or Kind.PORIN in kinds or Kind.MECHANISM in kinds or Kind.CRE in kinds:
        return False
    return reading.has(Kind.MECHANISM) or reading.has(Kind.CRE)


def _looks_back(reading: Reading, number: int) -> bool:
    """ "Previous isolate", "last year's urine", "last admission": a time before the present isolate."""
    words = reading.words
    if number >= len(words):
        return False
    if number and words[number - 1] in ("unlike", "than", "since", "before"):
        return False  # "unlike last time"
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
        if reading.words[following] in _SPECIMENS or (match is not None and match.kind in _NAMES_OF_ISOLATES):
            return True
        if match is not None and match.kind in ANTIMICROBIALS:
            return False
    return False


def _is_theirs(match: Match, word: str) -> bool:
    return (match.kind is Kind.BEARER and match.id == "other") or word in _SHARED


def _is_time(reading: Reading, match: Match) -> bool:
    words = reading.words[match.first : match.last + 1]
    return not _BACK_THEN.isdisjoint(words) or (words[-1].isdigit() and len(words[-1]) == 4)


def is_foreign_after(reading: Reading, last: int) -> bool:
    """ "Gent S last admission", "cipro S in her roommate": what follows in the clause says whose it is."""
    reported = False  # the report of the list itself may stand first
    for number in range(last + 1, min(last + 1 + 3 * _REACH, len(reading.words))):
        if reading.codes[number] == HARD or reading.stops[number]:
            return False
        match, word = reading.at[number], reading.words[number]
        if word in _AT_ONCE:
            return False
        if match is not None:
            if match.kind in ANTIMICROBIALS or (match.kind is Kind.REPORT and match.id in BARE and reported):
                return False
            reported |= match.kind is Kind.REPORT and match.last == number
            if _is_theirs(match, word) or (match.kind is Kind.BEARER and match.id == "other_after"):
                return True
            if match.kind is Kind.CUE and match.id == "past_after" and _is_time(reading, match):
                return True
            if match.kind is Kind.OUTSIDER and reading.words[number - 1] in ("the", "of", "in", "for"):
                return True
        if _looks_back(reading, number) or word in ("previously", "initially", "originally"):
            return True
    return False

"""Short codes that are words of the ward too: ATM "at the moment", a gent, SBP the blood pressure, nitro the drip.

A code read as an antimicrobial that nobody meant would bring an answer about it; so these count only beside a report,
a dose or another antimicrobial.
"""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, JOINED, PLAIN, SOFT, Lexicon, Match, Reading
from knowledge.vocabulary import Kind

_ANTIMICROBIALS = frozenset({Kind.ANTIMICROBIAL, Kind.OTHER_ANTIMICROBIAL, Kind.AMBIGUOUS})
_BARE_REPORTS = frozenset({"resistant", "susceptible", "intermediate"})
_DOUBTFUL = frozenset({"atm", "aza", "azt", "lev", "mem"})
_GIVEN = frozenset(
    [
        *("add", "adding", "added", "plus", "start", "starting", "started", "give", "giving", "given", "try"),
        *("dose", "dosing", "needs", "stop", "stopped", "continue", "switch", "to", "or"),
    ]
)
_TAKEN = frozenset({"on"})  # "on mem", "on azt"; "on aza" and "on lev" are an immunosuppressant and for seizures
_NITROGLYCERIN = frozenset({"drip", "gtt", "infusion", "spray", "patch", "paste", "sl"})
_MEN = frozenset(
    [
        *("old", "elderly", "young", "nice", "lovely", "pleasant", "poor", "frail", "yo", "aged", "this", "a"),
        *("another", "70s", "60s", "80s", "50s", "90s", "unfortunate", "fit", "lovely", "retired", "same"),
        *("my", "new"),
    ]
)
_OF_A_MAN = frozenset(
    {"who", "whos", "presents", "presenting", "presented", "admitted", "aged", "with", "is", "has", "in"}
)
_DILUTED = frozenset({"in", "ml", "mls", "l", "litre", "litres", "liter", "liters", "of", "with"})
_DOSED = frozenset({"mic", "dose", "dosing"})
_ROW = 10
_HIS = frozenset({"bed", "his", "room", "bay", "icu", "ed", "side", "septic", "unwell", "stable", "aged"})
_MEASURES = frozenset({"level", "levels", "trough", "mic", "pre", "peak", "r", "s", "i", "vitro", "combination"})
_PRESSURE = frozenset(
    [
        *("low", "dropping", "stable", "soft", "holding", "dropped", "fell", "falling", "around", "target"),
        *("goal", "aim", "of", "in"),
    ]
)
_TIME = frozenset(
    {"day", "days", "d", "wk", "wks", "week", "weeks", "month", "months", "yr", "yrs", "year", "years", "x"}
)


def resolve_codes(reading: Reading, lexicon: Lexicon) -> bool:
    """Take out each such word that is none of ours here, and put in colistin for "coli"; whether any was."""
    found = _resolve_coli(reading, lexicon) | _resolve_all(reading, lexicon)
    for match in reading.of(Kind.ANTIMICROBIAL):
        word = reading.words[match.first]
        if match.last == match.first and word in _TESTS and not _TESTS[word](reading, match):
            reading.at[match.first] = None
            found = True
    for match in reading.of(Kind.SITE):
        if match.last == match.first and reading.words[match.first] == "sbp" and _is_pressure(reading, match.last + 1):
            reading.at[match.first] = None
            found = True
    for match in reading.of(Kind.REPORT):
        if reading.words[match.first] == "ns" and _is_saline(reading, match):
            reading.at[match.first] = None
            found = True
    return found


def _resolve_all(reading: Reading, lexicon: Lexicon) -> bool:
    """ "All: PCN, sulfa": the heading of a note's allergies."""
    term = lexicon.term("allergies") if "all" in reading.words else None
    found = False
    for number, word in enumerate(reading.words[:-1] if term is not None else ()):
        listed = reading.at[number + 1]
        if word != "all" or not reading.gaps[number + 1].startswith(":") or listed is None or term is None:
            continue
        if listed.kind is Kind.OTHER_ANTIMICROBIAL and not _is_reported(reading, listed):
            reading.at[number] = Match(term, term.kind, term.id, number, number)
            found = True
    return found


def _is_reported(reading: Reading, match: Match) -> bool:
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return following is not None and _is_report(following)


def _is_saline(reading: Reading, match: Match) -> bool:
    """ "Mero in NS", "2 L NS", "NS bolus": normal saline, and not "non-susceptible"."""
    before = reading.words[match.first - 1] if match.first else ""
    after = reading.words[match.last + 1] if match.last + 1 < len(reading.words) else ""
    return before in _DILUTED or after in ("bolus", "flush", "infusion", "running")


def _resolve_coli(reading: Reading, lexicon: Lexicon) -> bool:
    """ "Coli S", "tige, coli": colistin beside a report or in a list, never behind "E."."""
    if "coli" not in reading.words:
        return False
    term = lexicon.term("colistin")
    found = False
    for number, word in enumerate(reading.words):
        if word != "coli" or term is None or not _is_alone(reading, number):
            continue
        before, after = (reading.at[n] if 0 <= n < len(reading.words) else None for n in (number - 1, number + 1))
        own = after if after is not None and after.id != "bridge" else _following(reading, after)
        reported = own is not None and own.kind is Kind.REPORT and own.id in _BARE_REPORTS
        reported = reported and _is_in_antibiogram(reading, number)
        told = before is not None and before.kind is Kind.REPORT and before.id in ("susceptible_to", "resistant_to")
        joined = before is not None and before.id == "join" and reading.at[before.first - 1] if number > 1 else None
        listed = before is not None and before.kind in _ANTIMICROBIALS and reading.codes[number] in (JOINED, SOFT)
        if reported or told or listed or (joined and joined.kind in _ANTIMICROBIALS):
            reading.at[number] = Match(term, term.kind, term.id, number, number)
            found = True
    return found


def _is_alone(reading: Reading, number: int) -> bool:
    """Whether the word is no part of a longer name."""
    match = reading.at[number]
    return match is None or (match.kind is Kind.ORGANISM and match.first == match.last)


def _following(reading: Reading, match: Match | None) -> Match | None:
    return reading.at[match.last + 1] if match is not None and match.last + 1 < len(reading.words) else None


def _is_in_antibiogram(reading: Reading, number: int) -> bool:
    """ "Avycaz S, coli S": a thing of its own, next to another antimicrobial with its report."""
    if number and reading.codes[number] == PLAIN and reading.words[number - 1] not in ("and", "but", "with"):
        before = reading.at[number - 1]
        if before is None or before.kind is not Kind.REPORT:
            return False  # "the coli S", "KPC coli R"
    near = reading.at[max(reading.sentences[number], number - 6) : number]
    if any(match is not None and match.kind in _ANTIMICROBIALS for match in near):
        return True
    after = reading.codes[number + 1 : number + 6]
    return SOFT in after and any(
        match is not None and match.kind in _ANTIMICROBIALS and reading.codes[match.first] == SOFT
        for match in reading.at[number + 1 : number + 6]
    )


def _is_code(reading: Reading, match: Match) -> bool:
    """ "ATM S", "cza + atm", "add atm", "atm 2 g": and not "stable atm"."""
    number = match.last + 1
    if number < len(reading.words) and reading.codes[number] < HARD:
        following = reading.at[number]
        if not reading.stops[number] and (reading.words[number][0].isdigit() or reading.words[number] in _DOSED):
            return True
        if following is not None and (_is_report(following) or _joins(reading, match, 1)):
            return True
    if not match.first or reading.codes[match.first] == HARD:
        return False
    before, word = reading.at[match.first - 1], reading.words[match.first - 1]
    if word in _GIVEN and not reading.stops[match.first]:
        return True
    if word in _TAKEN and reading.words[match.first] in ("mem", "azt"):
        return "hiv" not in reading.words
    if (
        before is not None
        and before.kind is Kind.REPORT
        and (":" in reading.gaps[match.first] or before.id.endswith("_to"))
    ):
        return True
    return _joins(reading, match, -1) or _is_in_row(reading, match, -1) or _is_in_row(reading, match, 1)


def _is_in_row(reading: Reading, match: Match, step: int) -> bool:
    """ "R: mero imi erta atm", "mem etp R": one of several of one report."""
    number = match.first - 1 if step < 0 else match.last + 1
    for _ in range(_ROW):
        if not 0 <= number < len(reading.words) or reading.codes[number + 1 if step < 0 else number] == HARD:
            return False
        other = reading.at[number]
        if other is not None and other.kind is Kind.REPORT:
            return step > 0 or any(mark in reading.gaps[other.last + 1] for mark in ":=[(")
        if other is None or other.kind not in _ANTIMICROBIALS:
            return False
        number = other.first - 1 if step < 0 else other.last + 1
    return False


def _joins(reading: Reading, match: Match, step: int) -> bool:
    """Whether a plus, a slash, "and" or a list joins it to another antimicrobial."""
    number = match.first - 1 if step < 0 else match.last + 1
    if not 0 <= number < len(reading.words):
        return False
    edge = number + 1 if step < 0 else number
    other = reading.at[number]
    if other is not None and other.kind in _ANTIMICROBIALS:
        if reading.codes[edge] == SOFT:  # "cza, atm." and not "on mero, atm stable"
            return step > 0 or reading.codes[match.last + 1] >= SOFT
        return reading.codes[edge] == JOINED
    if other is not None and other.kind is Kind.CUE and other.id in ("join", "also") and reading.codes[edge] < SOFT:
        number = other.first - 1 if step < 0 else other.last + 1
        beyond = reading.at[number] if 0 <= number < len(reading.words) else None
        return beyond is not None and (beyond.kind in _ANTIMICROBIALS or _is_report(beyond))
    return other is not None and _is_report(other) and step < 0 and reading.codes[edge] == SOFT


def _is_report(match: Match) -> bool:
    return match.kind is Kind.REPORT and match.id in _BARE_REPORTS


def _is_gentamicin(reading: Reading, match: Match) -> bool:
    """Not "an elderly gent", "74M gent", "gent in bed 4 has KPC"."""
    before = reading.words[match.first - 1] if match.first and reading.codes[match.first] == PLAIN else ""
    after = reading.words[match.last + 1 : match.last + 3] if reading.codes[match.last + 1] == PLAIN else []
    following = reading.at[match.last + 1] if after else None
    if following is not None and _is_report(following):
        return True
    aged = (
        before in ("m", "yo", "y", "yr") and reading.words[match.first - 2][:1].isdigit() if match.first > 1 else False
    )
    if before in _MEN or aged:
        return bool(after) and after[0] in _MEASURES
    opens = reading.sentence_starts(match.first) or reading.stops[match.first] or before in ("the", "our")
    if len(after) < 2 or not opens or after[0] not in _OF_A_MAN:
        return True
    if after == ["has", "gone"]:
        return True  # "gent has gone from S to R"
    if after[0] in ("is", "in"):
        return not (after[1].isdigit() or after[1] in _HIS)
    beyond = reading.at[match.last + 2]
    return beyond is not None and beyond.kind in (*_ANTIMICROBIALS, Kind.REPORT)


def _is_nitrofurantoin(reading: Reading, match: Match) -> bool:
    after = reading.words[match.last + 1] if match.last + 1 < len(reading.words) else ""
    return after not in _NITROGLYCERIN


def _is_pressure(reading: Reading, number: int) -> bool:
    """ "SBP 78 on norad", "SBP in the 80s": a blood pressure; "SBP 2 weeks ago" is peritonitis."""
    if number >= len(reading.words) or reading.codes[number] == HARD:
        return False
    words = reading.words[number : number + 4]
    if words[0].isdigit():
        return 40 <= int(words[0][:4]) <= 260 and not (len(words) > 1 and words[1] in _TIME)
    if words[0] not in _PRESSURE or reading.stops[number]:
        return False
    return words[0] not in ("in", "of", "around") or any(word[0].isdigit() for word in words[1:3] if word != "48")


_TESTS = {**dict.fromkeys(_DOUBTFUL, _is_code), "gent": _is_gentamicin, "nitro": _is_nitrofurantoin}

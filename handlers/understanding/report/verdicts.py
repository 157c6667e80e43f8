"""Which report belongs to a list of antimicrobials: the one before it, or the one after."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, JOINED, PLAIN, Match, Reading
from knowledge.vocabulary import Kind

ANTIMICROBIALS = frozenset({Kind.ANTIMICROBIAL, Kind.OTHER_ANTIMICROBIAL, Kind.AMBIGUOUS})
BARE = {"resistant": "R", "susceptible": "S", "intermediate": "I"}
TO = {"resistant_to": "R", "susceptible_to": "S", "intermediate_to": "I"}
_READ_AS = frozenset(
    [
        *("read", "reads", "remains", "remain", "remained", "stays", "stayed", "retested", "interpreted", "listed"),
        *("called", "calls", "alone", "itself", "three", "four", "five", "them"),
        *("flagged", "reading", "shows", "classed", "categorised", "categorized", "resulted", "resulting"),
    ]
)
_QUALIFIED = frozenset({"plain", "even", "iv", "oral", "po", "inhaled", "parenteral"})
_REACH = 8
_LONG_NUMBER = 3


def leading_reports(reading: Reading) -> frozenset[int]:
    """First words of reports that stand before their antimicrobials ("R: mem, etp; S: cza")."""
    leading: set[int] = set()
    pre_style = seen_agent = listed = False  # listed: "R to …" was said in this sentence
    for index, match in enumerate(reading.matches):
        if reading.sentence_starts(match.first) or (match.first and _breaks(reading, match.first)):
            pre_style = seen_agent = listed = False
        if match.kind in ANTIMICROBIALS:
            seen_agent = True
        elif match.kind is Kind.REPORT and match.id in TO:
            listed = True
        elif match.kind is Kind.REPORT and match.id in BARE:
            colon = _heads_with_sign(reading, match)
            following = (
                reading.at[item] if (item := skip_number(reading, match.last + 1)) < len(reading.words) else None
            )
            leads = following is not None and following.kind in ANTIMICROBIALS
            owner = reading.at[match.first - 1] if match.first and reading.codes[match.first] != HARD else None
            owned = owner is not None and owner.kind in (*ANTIMICROBIALS, Kind.REPORT)
            before_colon = owned and (":" in reading.gaps[match.first] or "=" in reading.gaps[match.first])
            leads = leads and not _has_own(reading, index + 1) and not _is_to_come(reading, match)
            apart = listed and reading.codes[match.first] > JOINED and reading.codes[match.last + 1] == PLAIN
            if leads and not before_colon and (colon or pre_style or apart or not seen_agent):
                leading.add(match.first)
                pre_style = True
    return frozenset(leading)


def skip_number(reading: Reading, number: int) -> int:
    """The word behind the number of an item: "1) Avycaz 2) Vabomere"."""
    words = reading.words
    if number + 1 < len(words) and words[number].isdigit() and len(words[number]) < _LONG_NUMBER:
        return number + 1 if reading.gaps[number + 1].startswith(")") else number
    return number


def _heads_with_sign(reading: Reading, match: Match) -> bool:
    """ "R: mem", "R = erta", "S –" over a list."""
    gap = reading.gaps[match.last + 1]
    if match.last + 1 >= len(reading.words):
        return False
    return ":" in gap or (reading.sentence_starts(match.first) and ("=" in gap or gap.strip(" \n") == "-"))


def _is_cell(reading: Reading, match: Match) -> bool:
    """ "Ertapenem,R": a line of a table with its comma."""
    gap = reading.gaps[match.first]
    return match.kind is Kind.REPORT and gap == "," and reading.codes[match.last + 1] == HARD


def _is_to_come(reading: Reading, match: Match) -> bool:
    """ "Cefiderocol sens pending": the noun, not the report."""
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    waits = following is not None and following.kind is Kind.CUE and following.id in ("pending", "unknown")
    return waits and reading.codes[match.last + 1] <= JOINED


def _has_own(reading: Reading, index: int) -> bool:
    """ "Sens: meropenem R, gent S": what follows the heading has its own report, so the heading says nothing."""
    agent = reading.matches[index]
    number = agent.last + 1
    while number < len(reading.words) and reading.codes[number] != HARD and reading.words[number][0].isdigit():
        number += 1
    own = reading.at[number] if number < len(reading.words) else None
    if own is None or own.kind is not Kind.REPORT or own.id not in BARE:
        return False
    gaps = reading.gaps[agent.last + 1 : number + 1]
    if any("," in gap or ";" in gap for gap in gaps) or HARD in reading.codes[agent.last + 1 : number + 1]:
        return False
    ends = own.last + 1
    if ends < len(reading.words) and reading.gaps[ends].strip()[:1] in (":", "="):
        return False
    following = reading.at[ends] if ends < len(reading.words) and reading.codes[ends] == PLAIN else None
    return following is None or following.kind not in ANTIMICROBIALS or _closes_with_report(reading, own)


def _closes_with_report(reading: Reading, own: Match) -> bool:
    """ "Sens mero R etp R gent S" ends with a report, "S gent R mero" with what is reported."""
    last = own
    for number in range(own.last + 1, min(own.last + 1 + 40, len(reading.words))):
        if reading.codes[number] == HARD:
            break
        match = reading.at[number]
        if match is not None and (match.kind in ANTIMICROBIALS or match.kind is Kind.REPORT):
            last = match
    return last.kind is Kind.REPORT and last is not own


def _breaks(reading: Reading, first: int) -> bool:
    """A sentence end somewhere between the match before and this one."""
    number = first
    while number > 0 and reading.at[number - 1] is None:
        if reading.codes[number] == HARD:
            return True
        number -= 1
    return reading.codes[number] == HARD


def find_verdict(reading: Reading, group: list[Match], leading: frozenset[int]) -> tuple[str | None, bool]:
    before = _before(reading, group[0].first, leading)
    if before is not None and before != "-":
        if reading.words[group[0].first - 1] == "neither":
            return ("R" if before == "S" else None), False  # "susceptible to neither amik nor gent"
        listed = any("," in reading.gaps[match.first] for match in group[1:])  # "sensitive to CZA, colistin: R"
        headed = ":" in reading.gaps[group[-1].last + 1] and not listed
        if headed and (own := find_after(reading, group[-1], leading)):
            return own, True  # "sens to gent: R"
        return before, False
    behind = group[-1].last + 1
    if len(group) == 1 and reading.words[behind : behind + 1] == ["all"] and "," in reading.gaps[behind]:
        return None, False  # "on amik, all R"
    after = find_after(reading, group[-1], leading)
    if reading.words[group[0].first - 1 : group[0].first] == ["neither"]:
        after = "R" if after == "S" else None  # "neither gent nor amik S"
    return after, after is not None


def _before(reading: Reading, first: int, leading: frozenset[int]) -> str | None:
    number = first - 1
    for _ in range(_REACH):
        if number < 0 or reading.codes[number + 1] == HARD or "," in reading.gaps[number + 1]:
            return None
        match = reading.at[number]
        if skip_number(reading, number) > number or reading.words[number] in _QUALIFIED:
            number -= 1
            continue
        if match is None:
            return None
        if match.kind is Kind.REPORT:
            if _is_to_come(reading, match):
                return None
            if match.id in TO:
                if "/" in reading.gaps[match.first]:
                    return None  # "S/S/R for gent/amik/cipro"
                return _negated(reading, match, TO[match.id])
            if match.id in BARE and match.first in leading:
                return _negated(reading, match, BARE[match.id])
            return None
        if reading.words[number] != "neither" and (match.kind is not Kind.CUE or match.id not in ("bridge", "also")):
            return None
        number = match.first - 1
    return None


def _negated(reading: Reading, match: Match, verdict: str) -> str | None:
    cue = reading.at[match.first - 1] if match.first else None
    if cue is not None and cue.kind is Kind.CUE and reading.codes[match.first] == PLAIN:
        if cue.id in ("not", "no", "negative_for"):
            return "R" if verdict == "S" else "-"
        if cue.id == "hypothetical":
            return "-"
    return verdict


def find_after(reading: Reading, last: Match, leading: frozenset[int]) -> str | None:
    number = last.last + 1
    negated = False
    for _ in range(_REACH):
        if number >= len(reading.words) or reading.codes[number] == HARD:
            return None
        match = reading.at[number]
        comma = "," in reading.gaps[number] and reading.words[number] not in ("all", "both")
        if comma and reading.words[number] == "so" and reading.words[number - 1][0].isdigit():
            number += 1  # "polymyxin B MIC 8, so R"
            continue
        if comma and not (match is not None and (_closes_value(reading, match) or _is_cell(reading, match))):
            return None
        if match is None:
            if not reading.words[number][0].isdigit() and reading.words[number] not in _READ_AS:
                return None
            number += 1
            continue
        if match.kind is Kind.ROUTE and match.first == last.last + 1:
            number = match.last + 1  # "FOS-IV S"
            continue
        if match.kind is Kind.REPORT:
            if match.id in BARE and match.first not in leading:
                verdict = BARE[match.id]
                if _is_to_come(reading, match):
                    return None
                if reading.words[match.last + 1 : match.last + 3] == ["increased", "exposure"]:
                    return "I"
                if negated:
                    return "R" if verdict == "S" else None
                return verdict
            if reading.phrase(match) == "all r":
                return "R"  # "MEM, IPM and ETP all R"
            if match.id != "fill":
                return None
        elif match.kind is Kind.CUE and match.id in ("not", "no") and number > last.last:
            negated = True
        elif (
            match.kind is Kind.CUE
            and match.id == "positive"
            and reading.words[match.first] in ("confirmed", "isolated", "flagged", "came")
        ):
            pass
        elif match.kind is not Kind.CUE or match.id not in ("bridge", "also"):
            return None
        number = match.last + 1
    return None


def _closes_value(reading: Reading, match: Match) -> bool:
    """ "MIC of CZA is 16, R": a report that closes the sentence after a number."""
    measured = reading.words[match.first - 1][0].isdigit()
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    thanks = following is not None and following.kind is Kind.SCOPE and following.id == "chat"
    return match.kind is Kind.REPORT and measured and (thanks or reading.codes[match.last + 1] == HARD)

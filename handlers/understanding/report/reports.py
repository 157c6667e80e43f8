"""Reported susceptibilities, and the antimicrobials the writer names; a bare MIC or a class says nothing here."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.parsed import Doubt, DoubtKind
from handlers.understanding.lexicon import HARD, Match, Reading
from handlers.understanding.report.corrections import find_correction, settles
from handlers.understanding.report.examples import find_example
from handlers.understanding.report.headings import find_headed
from handlers.understanding.report.isolates import find_isolates, is_foreign_after
from handlers.understanding.report.listing import closes_item, goes_on, is_given, is_started, read_row, said_of_both
from handlers.understanding.report.origins import Whose
from handlers.understanding.report.referred import ends_question, find_referred
from handlers.understanding.report.supposed import is_supposed
from handlers.understanding.report.verdicts import ANTIMICROBIALS, find_after, find_verdict, leading_reports
from handlers.understanding.report.withdrawn import is_withdrawn
from knowledge.vocabulary import Kind

_OUTSIDE_WHEN_REPORTED = frozenset({"caz", "avibactam"})
_ORAL = frozenset(
    ["po", "oral", "orally", "step", "stepdown", "down", "switch", "dose", "dosing", "mg", "tabs", "tablets"]
)


@dataclass(slots=True, frozen=True)
class Reports:
    """Antimicrobial ids reported R or S, those named otherwise, and every one mentioned."""

    resistant: tuple[str, ...] = ()
    susceptible: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    carbapenem_resistant: bool = False
    doubts: tuple[Doubt, ...] = ()
    matches: tuple[Match, ...] = ()


def find_reports(reading: Reading, allergic: frozenset[int]) -> Reports:
    """Read every list of antimicrobials with the report before or after it. `allergic`: first words to leave out."""
    verdicts: dict[str, dict[str, int]] = {"R": {}, "S": {}, "I": {}}
    named: dict[str, None] = {}
    doubts: list[Doubt] = []
    matches: list[Match] = []
    carbapenem = False
    for match, mine in _reported(reading):
        if match.first in allergic:
            continue
        ident = _resolve(reading, match, mine, doubts)
        if mine == "R" and match.id in ("carbapenems", "meropenem", "ertapenem", "imipenem"):
            carbapenem = True
        if ident is None:
            continue
        matches.append(match)
        if mine:
            verdicts[mine].setdefault(ident, match.first)
        else:
            named.setdefault(ident)
    for ident in [a for a in verdicts["R"] if a in verdicts["S"]]:
        (first, before), (second, _) = sorted((verdicts[said][ident], said) for said in ("R", "S"))
        if settles(reading, first, second):
            del verdicts[before][ident]  # "gent S, no wait, gent R"
    both = [a for a in verdicts["R"] if a in verdicts["S"]]
    doubts.extend(Doubt(DoubtKind.CONTRADICTION, "antimicrobial", (a,)) for a in both)
    mentioned = {*named, *verdicts["R"], *verdicts["S"]}
    return Reports(
        tuple(a for a in verdicts["R"] if a not in both),
        tuple(a for a in verdicts["S"] if a not in both),
        tuple(named),
        carbapenem,
        tuple(dict.fromkeys(d for d in doubts if not _is_settled(d, mentioned))),
        tuple(matches),
    )


def _reported(reading: Reading) -> list[tuple[Match, str | None]]:
    """Every antimicrobial named, each with its report or none."""
    groups = _groups(reading)
    if not groups or (not reading.has(Kind.REPORT) and not reading.has(Kind.CRE)):
        return [(match, None) for group in groups for match in group]
    found: list[tuple[Match, str | None]] = []
    leading = leading_reports(reading)
    isolates = find_isolates(reading)
    of_both = {**find_headed(reading), **(said_of_both(reading) if "both" in reading.words else {})}
    previous: tuple[Match, str] | None = None  # the end of a list with its report before it
    for group in groups:
        verdict, after = find_verdict(reading, group, leading)
        row = read_row(reading, group)
        if verdict is None and not row:
            if previous is not None and goes_on(reading, previous[0], group[0]):
                verdict = previous[1] if closes_item(reading, group[-1]) else None
            else:
                verdict = find_example(reading, group)
        told = verdict is not None
        referred = None if told or row else find_referred(reading, group)
        supposed = (told or bool(row) or referred is not None) and is_supposed(reading, group)
        if supposed or (told and is_withdrawn(reading, group)):
            verdict, row = None, ()
        if referred is not None and (not supposed or ends_question(reading, group[-1])):
            verdict, after, told = referred, True, True
        previous = (group[-1], verdict) if verdict and not after else None
        own = find_after(reading, group[-1], leading) if len(group) > 1 and verdict and not after else None
        whole = not (after and is_given(reading, group))
        length = len(group) if after else _listed(reading, group)
        whose = isolates[group[-1].first]
        thought = supposed and told and "thought" in reading.words[max(0, group[0].first - 3) : group[0].first]
        corrected = (
            None if supposed and not thought else find_correction(reading, group[-1], told or whose is Whose.EARLIER)
        )
        if corrected and not told and is_supposed(reading, group):
            corrected = None
        foreign = (told or bool(row)) and is_foreign_after(reading, group[-1].last)
        settled = corrected is not None and whose in (Whose.OWN, Whose.EARLIER)
        if settled:
            whole &= told
            verdict, foreign = corrected if corrected != "-" else None, False
        for number, match in enumerate(group):
            mine = verdict if number < length and (whole or number == len(group) - 1) else None
            mine = row[number] if row else mine
            if own and number == len(group) - 1 and "," in reading.gaps[match.first]:
                mine = own
            mine = mine or of_both.get(match.first)
            spoken = foreign or (not settled and isolates[match.first] is not Whose.OWN)
            found.append((match, None if spoken else mine))
    return found


def _is_settled(doubt: Doubt, mentioned: set[str]) -> bool:
    """An ambiguous name beside one of what it can mean needs no question."""
    return doubt.kind is DoubtKind.AMBIGUOUS_NAME and not mentioned.isdisjoint(doubt.candidates)


def _resolve(reading: Reading, match: Match, verdict: str | None, doubts: list[Doubt]) -> str | None:
    """The id a match stands for; None when it is outside the list or has to be asked."""
    if match.kind is Kind.ANTIMICROBIAL:
        return match.id if verdict or not match.term.reported_only else None
    if match.kind is not Kind.AMBIGUOUS:
        return None
    if verdict and match.id in _OUTSIDE_WHEN_REPORTED:
        return None
    if match.id == "levo":
        around = set(reading.words[max(0, match.first - 4) : match.last + 4])
        if verdict or around & _ORAL:
            return "levofloxacin"
        before = reading.words[match.first - 1] if match.first else ""
        if before in ("on", "off", "of", "hd") or around & {"gtt", "drip", "pressor", "pressors", "mcg"}:
            return None
    doubts.append(Doubt(DoubtKind.AMBIGUOUS_NAME, "antimicrobial", match.term.candidates))
    return None


def _groups(reading: Reading) -> list[list[Match]]:
    groups: list[list[Match]] = []
    last: Match | None = None
    for match in reading.matches:
        if match.kind not in ANTIMICROBIALS:
            continue
        if last is not None and _adjoins(reading, last, match):
            groups[-1].append(match)
        else:
            groups.append([match])
        last = match
    return groups


def _listed(reading: Reading, group: list[Match]) -> int:
    """How many a report before them speaks of: "S to tige and colistin, cefiderocol not read" ends at the comma."""
    joined = False
    for number in range(1, len(group)):
        between = reading.at[group[number - 1].last + 1 : group[number].first]
        if number == len(group) - 1 and is_started(reading, group[number]):
            return number
        joins = any(cue is not None and cue.id == "join" for cue in between)
        comma = not joins and "," in reading.gaps[group[number].first]
        if comma and (joined or (number == len(group) - 1 and not closes_item(reading, group[number]))):
            return number
        joined |= joins
    return len(group)


def _adjoins(reading: Reading, last: Match, match: Match) -> bool:
    for number in range(last.last + 1, match.first + 1):
        gap = reading.gaps[number]
        if (
            reading.codes[number] == HARD
            or (reading.stops[number] and "," not in gap)
            or ":" in gap
            or "=" in gap
            or ("(" in gap and not (last.kind is Kind.OTHER_ANTIMICROBIAL and number == match.first == last.last + 1))
            or ")" in gap
            or "--" in gap
            or ("," in gap and number > last.last + 1 and reading.words[number - 1] == "too")
        ):
            return False
        if number < match.first:
            cue = reading.at[number]
            if cue is not None and (cue.kind is Kind.ROUTE or reading.words[number] == "ctx"):
                continue  # "amikacin IV and fosfomycin PO", "TZP, CTX, CAZ"
            if number > last.last + 1 and reading.words[number - 2 : number + 1] == ["well", "as", "to"]:
                continue  # "resistant to Fetroja as well as to Avycaz"
            if cue is None or cue.kind is not Kind.CUE or cue.id not in ("join", "also"):
                return False
    return True

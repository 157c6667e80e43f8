"""Reported susceptibilities, and the antimicrobials the writer names; a bare MIC or a class says nothing here."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.parsed import Doubt, DoubtKind
from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from knowledge.vocabulary import Kind

_AGENTS = frozenset({Kind.ANTIMICROBIAL, Kind.OTHER_ANTIMICROBIAL, Kind.AMBIGUOUS})
_BARE = {"resistant": "R", "susceptible": "S", "intermediate": "I"}
_TO = {"resistant_to": "R", "susceptible_to": "S", "intermediate_to": "I"}
_OUTSIDE_WHEN_REPORTED = frozenset({"caz", "avibactam"})
_GIVEN = frozenset(
    [
        "on",
        "failed",
        "failing",
        "started",
        "got",
        "received",
        "after",
        "tried",
        "given",
        "despite",
        "completed",
        "finished",
        "giving",
        "gave",
        "taking",
        "took",
        "switched",
    ]
)
_ORAL = frozenset(
    ["po", "oral", "orally", "step", "stepdown", "down", "switch", "dose", "dosing", "mg", "tabs", "tablets"]
)
_REACH = 8


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
    verdicts: dict[str, dict[str, None]] = {"R": {}, "S": {}, "I": {}}
    named: dict[str, None] = {}
    doubts: list[Doubt] = []
    matches: list[Match] = []
    carbapenem = False
    groups = _groups(reading)
    leading = _leading_sentences(reading) if reading.has(Kind.REPORT) else frozenset()
    for group in groups:
        verdict, after = _verdict(reading, group, leading)
        own = _after(reading, group[-1], leading) if len(group) > 1 and verdict and not after else None
        whole = not (after and _given(reading, group))
        for number, match in enumerate(group):
            mine = verdict if whole or number == len(group) - 1 else None
            if own and number == len(group) - 1 and "," in reading.gaps[match.first]:
                mine = own
            if match.first in allergic:
                continue
            ident = _resolve(reading, match, mine, doubts)
            if mine == "R" and match.id in ("carbapenems", "meropenem", "ertapenem", "imipenem"):
                carbapenem = True
            if ident is None:
                continue
            matches.append(match)
            if mine:
                verdicts[mine].setdefault(ident)
            else:
                named.setdefault(ident)
    both = [a for a in verdicts["R"] if a in verdicts["S"]]
    doubts.extend(Doubt(DoubtKind.CONTRADICTION, "antimicrobial", (a,)) for a in both)
    return Reports(
        tuple(a for a in verdicts["R"] if a not in both),
        tuple(a for a in verdicts["S"] if a not in both),
        tuple(named),
        carbapenem,
        tuple(dict.fromkeys(doubts)),
        tuple(matches),
    )


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
        if match.kind not in _AGENTS:
            continue
        if last is not None and _adjoins(reading, last, match):
            groups[-1].append(match)
        else:
            groups.append([match])
        last = match
    return groups


def _adjoins(reading: Reading, last: Match, match: Match) -> bool:
    for number in range(last.last + 1, match.first + 1):
        gap = reading.gaps[number]
        if (
            reading.codes[number] == HARD
            or (reading.stops[number] and "," not in gap)
            or ":" in gap
            or "=" in gap
            or "(" in gap
            or ")" in gap
        ):
            return False
        if number < match.first:
            cue = reading.at[number]
            if cue is None or cue.kind is not Kind.CUE or cue.id not in ("join", "also"):
                return False
    return True


def _leading_sentences(reading: Reading) -> frozenset[int]:
    """First words of reports that stand before their antimicrobials ("R: mem, etp; S: cza")."""
    leading: set[int] = set()
    pre_style = False
    seen_agent = False
    for match in reading.matches:
        if reading.sentence_starts(match.first) or (match.first and _breaks(reading, match.first)):
            pre_style = seen_agent = False
        if match.kind in _AGENTS:
            seen_agent = True
        elif match.kind is Kind.REPORT and match.id in _BARE:
            colon = ":" in reading.gaps[match.last + 1] and match.last + 1 < len(reading.words)
            following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
            leads = following is not None and following.kind in _AGENTS
            before_colon = ":" in reading.gaps[match.first] or "=" in reading.gaps[match.first]
            if (colon and not before_colon and leads) or (leads and (pre_style or not seen_agent) and not before_colon):
                leading.add(match.first)
                pre_style = True
    return frozenset(leading)


def _breaks(reading: Reading, first: int) -> bool:
    """A sentence end somewhere between the match before and this one."""
    number = first
    while number > 0 and reading.at[number - 1] is None:
        if reading.codes[number] == HARD:
            return True
        number -= 1
    return reading.codes[number] == HARD


def _verdict(reading: Reading, group: list[Match], leading: frozenset[int]) -> tuple[str | None, bool]:
    before = _before(reading, group[0].first, leading)
    if before is not None and before != "-":
        return before, False
    after = _after(reading, group[-1], leading)
    return after, after is not None


def _before(reading: Reading, first: int, leading: frozenset[int]) -> str | None:
    number = first - 1
    for _ in range(_REACH):
        if number < 0 or reading.codes[number + 1] == HARD or "," in reading.gaps[number + 1]:
            return None
        match = reading.at[number]
        if match is None:
            return None
        if match.kind is Kind.REPORT:
            if match.id in _TO:
                return _negated(reading, match, _TO[match.id])
            if match.id in _BARE and match.first in leading:
                return _negated(reading, match, _BARE[match.id])
            return None
        if match.kind is not Kind.CUE or match.id not in ("bridge", "also"):
            return None
        number = match.first - 1
    return None


def _negated(reading: Reading, match: Match, verdict: str) -> str | None:
    cue = reading.at[match.first - 1] if match.first else None
    if cue is not None and cue.kind is Kind.CUE and reading.codes[match.first] == PLAIN:
        if cue.id in ("not", "no"):
            return "R" if verdict == "S" else "-"
        if cue.id == "hypothetical":
            return "-"
    return verdict


def _after(reading: Reading, last: Match, leading: frozenset[int]) -> str | None:
    number = last.last + 1
    negated = False
    for _ in range(_REACH):
        if number >= len(reading.words) or reading.codes[number] == HARD:
            return None
        match = reading.at[number]
        if "," in reading.gaps[number] and reading.words[number] not in ("all", "both"):
            return None
        if match is None:
            if not reading.words[number][0].isdigit():
                return None
            number += 1
            continue
        if match.kind is Kind.REPORT:
            if match.id in _BARE and match.first not in leading:
                verdict = _BARE[match.id]
                if negated:
                    return "R" if verdict == "S" else None
                return verdict
            if match.id != "fill":
                return None
        elif match.kind is Kind.CUE and match.id in ("not", "no") and number > last.last:
            negated = True
        elif (
            match.kind is Kind.CUE
            and match.id == "positive"
            and reading.words[match.first] in ("confirmed", "isolated")
        ):
            pass
        elif match.kind is not Kind.CUE or match.id not in ("bridge", "also"):
            return None
        number = match.last + 1
    return None


def _given(reading: Reading, group: list[Match]) -> bool:
    """A list that begins with what was given ("failed mero, caz-avi R"): the report is of the last only."""
    first = group[0].first
    return (
        len(group) > 1
        and bool(_GIVEN.intersection(reading.words[max(0, first - 2) : first]))
        and "," in reading.gaps[group[-1].first]
    )

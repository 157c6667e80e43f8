"""Reports on lines of their own: over a list ("SENSITIVE" and names below), or under each name."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.understanding.lexicon import Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS, BARE, TO
from knowledge.vocabulary import Kind

_SAID = {**BARE, **TO}
_BESIDE_HEADING = frozenset(
    {"to", "reported", "list", "only", "x", "n", "agents", "drugs", "antibiotics", "abx", "all"}
)
_TITLES = frozenset({"sens", "sensi", "suscept", "susc"})  # "Sens" over a table of values is its title
_MEASURES = frozenset({"mic", "mics", "mg", "l", "ug", "ml", "mcg", "mm", "po", "iv", "only", "the"})


@dataclass(slots=True, frozen=True)
class _Line:
    """What one line holds: a report alone, antimicrobials alone, or anything else."""

    report: Match | None
    listed: tuple[Match, ...]
    measured: bool
    parted: bool  # an empty line stands before it


def find_headed(reading: Reading) -> dict[int, str]:
    """First words of antimicrobials -> the report of the heading over them, or of the line under them."""
    if "\n" not in reading.text:
        return {}
    lines = _lines(reading)
    heads = [line for line in lines if line.report is not None]
    if not heads:
        return {}
    first = lines.index(heads[0])
    if first and len(lines[first - 1].listed) == 1 and not lines[first].parted:
        return _under(lines)
    return _over(lines, reading, len({_SAID[line.report.id] for line in heads if line.report is not None}) > 1)


def _over(lines: list[_Line], reading: Reading, opposed: bool) -> dict[int, str]:
    found: dict[int, str] = {}
    report: str | None = None
    empty = True  # nothing yet below the heading
    titled = False
    for line in lines:
        if line.report is not None:
            report, empty = _SAID[line.report.id], True
            titled = reading.phrase(line.report) in _TITLES
        elif not line.listed or (line.parted and not empty) or ((line.measured or titled) and not opposed):
            report = None  # the list has ended, or these are values under their title
        elif report is not None:
            found.update((match.first, report) for match in line.listed)
            empty = False
    return found


def _under(lines: list[_Line]) -> dict[int, str]:
    """ "Ertapenem", and "R" on the next line: only when every report stands so."""
    found: dict[int, str] = {}
    for number, line in enumerate(lines):
        if line.report is None:
            continue
        above = lines[number - 1] if number else None
        if above is None or len(above.listed) != 1 or line.parted:
            return {}
        found[above.listed[0].first] = _SAID[line.report.id]
    return found


def _lines(reading: Reading) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    for number in range(1, len(reading.words) + 1):
        if number == len(reading.words) or "\n" in reading.gaps[number]:
            lines.append(_line(reading, start, number))
            start = number
    return lines


def _line(reading: Reading, start: int, end: int) -> _Line:
    reports: list[Match] = []
    listed: list[Match] = []
    measured = False
    beside = False
    parted = reading.gaps[start].count("\n") > 1
    for number in range(start, end):
        match, word = reading.at[number], reading.words[number]
        if match is not None and match.first < number:
            continue
        if match is not None and match.kind is Kind.REPORT and match.id in _SAID and match.last < end:
            reports.append(match)
        elif match is not None and match.kind in ANTIMICROBIALS and match.last < end:
            listed.append(match)
        elif word[0].isdigit():
            measured = True
        elif word in _BESIDE_HEADING and not listed:
            beside = True
        elif word not in _MEASURES and not (match is not None and match.kind is Kind.CUE and match.id == "join"):
            return _Line(None, (), measured, parted)  # belongs to neither a heading nor a list
    asked = any("?" in reading.gaps[number] for number in range(start + 1, end + 1))
    if asked:
        return _Line(None, (), measured, parted)
    if len(reports) == 1 and not listed:
        return _Line(reports[0], (), measured, parted)
    if listed and not reports and not beside:
        return _Line(None, tuple(listed), measured, parted)
    return _Line(None, (), measured, parted)

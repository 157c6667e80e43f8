"""What a change of the recommendations means: regimens added, removed or moved, for which mechanisms at which sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from knowledge.governance.comparing import Comparison, was_is
from knowledge.governance.telling import Names, listed
from knowledge.recommendations import Entry, Row
from knowledge.terms import Mechanism, Site

RANKS = ("preferred", "alternative", "reserve", "not_suggested")
_TOLD = {
    "preferred": "preferred",
    "alternative": "alternative",
    "reserve": "in reserve",
    "not_suggested": "not suggested",
}
_Cell = tuple[Mechanism, Site]
_Move = tuple[str, str | None, str | None]  # regimen, rank before, rank after


def row_changes(before: Row, after: Row, compare: Comparison) -> Iterator[str]:
    """Every difference between two versions of a row."""
    names = compare.names
    subject = title(before, names)
    old, new = _cells(before, names), _cells(after, names)
    moves: dict[_Move, list[_Cell]] = {}
    for cell, regimen in dict.fromkeys((*old, *new)):
        was, now = old.get((cell, regimen)), new.get((cell, regimen))
        if was != now:
            moves.setdefault((regimen, was, now), []).append(cell)
    for move, cells in moves.items():
        for where in _where(cells, names):
            yield f"{where} ({subject}): {_moved(*move)}"
    yield from _entries(before, after, compare, subject, silent=not moves)
    yield from _order(before, after, names, subject)
    skip = (*RANKS, "mechanisms", "sites") if moves else RANKS
    yield from compare.entry(subject, before, after, skip)


def new_row(row: Row, names: Names, verb: str) -> Iterator[str]:
    """A row that came or went, with all its regimens."""
    where = f"{listed(map(names.said, row.mechanisms))} at {listed(map(names.said, row.sites))}"
    yield f"{title(row, names)}: row {verb}, for {where}"
    for rank in RANKS:
        if entries := getattr(row, rank):
            told = listed(names.regimen(entry.antimicrobials, entry.route) for entry in entries)
            yield f"{title(row, names)}: {verb} as {_TOLD[rank]}: {told}"


def title(row: Row, names: Names) -> str:
    """Where a row comes from: "IDSA 2026, Question 3.4"."""
    return f"{names.said(row.source)}, {row.locator}"


def _cells(row: Row, names: Names) -> dict[tuple[_Cell, str], str]:
    found: dict[tuple[_Cell, str], str] = {}
    for rank in RANKS:
        for entry in getattr(row, rank):
            regimen = names.regimen(entry.antimicrobials, entry.route)
            for mechanism in entry.mechanisms or row.mechanisms:
                for site in entry.sites or row.sites:
                    at = ((mechanism, site), regimen)
                    found[at] = f"{found[at]} and {_TOLD[rank]}" if at in found else _TOLD[rank]
    return found


def _moved(regimen: str, was: str | None, now: str | None) -> str:
    if was is None:
        return f"{regimen} added as {now}"
    if now is None:
        return f"{regimen} removed, was {was}"
    if " and " in now:
        return f"{regimen} was {was}, is listed as {now}: not suggested wins, else the earlier rank"
    return f"{regimen} moved from {was} to {now}"


def _where(cells: list[_Cell], names: Names) -> Iterator[str]:
    """Mechanisms that share their sites together, the others on lines of their own."""
    sites: dict[Mechanism, list[Site]] = {}
    for mechanism, site in cells:
        sites.setdefault(mechanism, []).append(site)
    shared: dict[tuple[Site, ...], list[Mechanism]] = {}
    for mechanism, at in sites.items():
        shared.setdefault(tuple(at), []).append(mechanism)
    for places, mechanisms in shared.items():
        yield f"{listed(map(names.said, mechanisms))} at {listed(map(names.said, places))}"


def _entries(before: Row, after: Row, compare: Comparison, subject: str, *, silent: bool) -> Iterator[str]:
    """Conditions, organisms and reasons of the regimens that stand in both."""
    old, new = _by_regimen(before), _by_regimen(after)
    gone = {key: value for key, value in old.items() if key not in new}
    come = {key: value for key, value in new.items() if key not in old}
    pairs = [(rank, value, new[rank, who, n]) for (rank, who, n), value in old.items() if (rank, who, n) in new]
    for (_, who, _), value in gone.items():
        moved = next((key for key in come if key[1] == who), None)
        if moved is not None:
            pairs.append((moved[0], value, come.pop(moved)))
    skip = ("antimicrobials", "route", *(() if silent else ("mechanisms", "sites")))
    for rank, was, now in pairs:
        regimen = compare.names.regimen(now.antimicrobials, now.route)
        yield from compare.entry(f"{subject}, {regimen} ({_TOLD[rank]})", was, now, skip)
    for (rank, _, _), value in come.items():
        for name in ("organisms", "conditions", "reason"):
            if said := getattr(value, name):
                regimen = compare.names.regimen(value.antimicrobials, value.route)
                yield f"{subject}, {regimen} ({_TOLD[rank]}), {name}: added {compare.names.said(said)}"


def _by_regimen(row: Row) -> dict[tuple[str, tuple[object, ...], int], Entry]:
    seen: Counter[object] = Counter()
    found: dict[tuple[str, tuple[object, ...], int], Entry] = {}
    for rank in RANKS:
        for entry in getattr(row, rank):
            who = (entry.antimicrobials, entry.route)
            found[rank, who, seen[rank, who]] = entry
            seen[rank, who] += 1
    return found


def _order(before: Row, after: Row, names: Names, subject: str) -> Iterator[str]:
    for rank in RANKS:
        old, new = ([names.regimen(e.antimicrobials, e.route) for e in getattr(row, rank)] for row in (before, after))
        old, new = [each for each in old if each in new], [each for each in new if each in old]
        if old != new and set(old) == set(new):
            yield was_is(f"{subject}, order of {_TOLD[rank]}", ", ".join(old), ", ".join(new))

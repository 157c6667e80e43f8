"""What a change of the recommendations means: regimens added, removed or moved, for which mechanisms at which sites."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from knowledge.governance.comparing import Comparison, was_is
from knowledge.governance.telling import Names, field, listed
from knowledge.recommendations import Row
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
    yield from _details(before, after, names, subject)
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


def _details(before: Row, after: Row, names: Names, subject: str) -> Iterator[str]:
    """Conditions, organisms, reasons and what they rest on, by what holds where: how entries are split says nothing."""
    ranks = _cells(after, names)
    old, new = _held(before, names), _held(after, names)
    told: dict[tuple[str, str], list[_Cell]] = {}
    for regimen, name, cell in dict.fromkeys((*old, *new)):
        was, now = old.get((regimen, name, cell), ()), new.get((regimen, name, cell), ())
        rank = ranks.get((cell, regimen))
        if was != now and rank:  # what is gone as a whole is told as gone
            for difference in _differences(was, now, names):
                told.setdefault((f"{regimen} ({rank}), {field(name)}", difference), []).append(cell)
    for (what, difference), cells in told.items():
        everywhere = len(cells) == len(after.mechanisms) * len(after.sites)
        for where in [""] if everywhere else _where(cells, names):
            yield f"{subject}, {what}{f', for {where}' if where else ''}: {difference}"


def _held(row: Row, names: Names) -> dict[tuple[str, str, _Cell], tuple[str, ...]]:
    """What is said of each regimen at each mechanism and site, by kind."""
    found: dict[tuple[str, str, _Cell], tuple[str, ...]] = {}
    for rank in RANKS:
        for entry in getattr(row, rank):
            regimen = names.regimen(entry.antimicrobials, entry.route)
            for name in ("organisms", "conditions", "reason", "because"):
                value = getattr(entry, name) or ()
                for cell in product(entry.mechanisms or row.mechanisms, entry.sites or row.sites):
                    known = found.get((regimen, name, cell), ())
                    found[regimen, name, cell] = (*known, *((value,) if isinstance(value, str) else value))
    return found


def _differences(was: tuple[str, ...], now: tuple[str, ...], names: Names) -> Iterator[str]:
    gone, come = [one for one in was if one not in now], [one for one in now if one not in was]
    if len(gone) == len(come) == 1:
        yield f"was {names.said(gone[0])}, is {names.said(come[0])}"
        return
    if gone:
        yield f"removed {listed(map(names.said, gone))}"
    if come:
        yield f"added {listed(map(names.said, come))}"
    if not gone and not come:
        yield f"order: was {listed(map(names.said, was))}, is {listed(map(names.said, now))}"


def _order(before: Row, after: Row, names: Names, subject: str) -> Iterator[str]:
    for rank in RANKS:
        old, new = ([names.regimen(e.antimicrobials, e.route) for e in getattr(row, rank)] for row in (before, after))
        old, new = (
            [each for each in dict.fromkeys(old) if each in new],
            [each for each in dict.fromkeys(new) if each in old],
        )
        if old != new and set(old) == set(new):
            yield was_is(f"{subject}, order of {_TOLD[rank]}", ", ".join(old), ", ".join(new))

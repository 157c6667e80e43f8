"""Several numbers of one measure, and which of them is of now by the words between them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from handlers.understanding.kidney.figures import Figure


class When(IntEnum):
    """How near to now a value is said to be."""

    SUPPOSED = 0
    BOUND = 1  # "< 30", "> 50": of the patient when nothing else is said
    RECENT = 2
    WAS = 3
    PLAIN = 4
    NOW = 5


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its time. None for the number: several, and not clear which is of now."""

    number: Decimal | None
    when: When


@dataclass(slots=True)
class Item:
    """A number of the run, or a word that says of when one is; `stop`: a comma, bracket or dash stands before it."""

    kind: str
    at: int
    stop: bool
    figure: Figure | None = None
    bracket: bool = False  # it is the stop


UNCLEAR = Value(None, When.NOW)


def choose(items: list[Item], changes: bool) -> Value | None:
    """The number of now: one said to be, else the end of a trend, else the only one that is not of the past."""
    numbers = [n for n, item in enumerate(items) if item.kind == "number"]
    said: dict[int, set[str]] = {n: set() for n in numbers}
    for place, item in enumerate(items):
        if item.kind != "number":
            said[_belongs(items, place, numbers, said)].add(item.kind)
    ranked: dict[str, list[Decimal]] = {}
    for n in numbers:
        figure, marks = items[n].figure, said[n]
        if figure is None or figure.value is None:
            continue
        if figure.is_vague:
            continue
        old = marks & {"old", "dated"}
        if "now" in marks and (old or "recent" in marks):
            return UNCLEAR
        rank = (
            "now" if "now" in marks
            else "old" if old
            else "recent" if "recent" in marks
            else "turned" if "turned" in marks
            else "was" if "was" in marks
            else "plain"
        )  # fmt: skip
        ranked.setdefault(rank, []).append(figure.value)
    for rank, when in _RANKS:
        values = ranked.get(rank, [])
        if not values:
            continue
        if rank == "turned":
            arrows = changes or "plain" not in ranked or any(i.kind == "turned" and i.at in _ends(items) for i in items)
            return Value(values[-1], When.NOW) if arrows else UNCLEAR
        return Value(values[-1], when) if len(set(values)) == 1 else UNCLEAR
    return None


_BESIDE = 2  # words: "baseline of 60", not "72 pre-op and 31"
_RANKS = (
    ("now", When.NOW), ("turned", When.NOW), ("plain", When.PLAIN), ("was", When.WAS), ("recent", When.RECENT),
)  # fmt: skip


def _ends(items: list[Item]) -> set[int]:
    """Where an arrow stands: its mark has the place of the number itself."""
    return {item.at for item in items if item.kind == "number"}


def _belongs(items: list[Item], place: int, numbers: list[int], said: dict[int, set[str]]) -> int:
    """The number that a word dates: the one behind it, or the one before ("60 yesterday, 25 today")."""
    before = max((n for n in numbers if n < place), default=None)
    after = min((n for n in numbers if n > place), default=None)
    if after is None or before is None:
        return before if after is None and before is not None else (after or 0)
    kind = items[place].kind
    near = items[after].at - items[place].at <= _BESIDE
    if kind in ("turned", "was") or (kind == "old" and not items[place + 1].stop and place + 1 == after and near):
        return after
    if items[place].bracket and items[place + 1].stop:
        return before  # "15 (Mon) 30 (Wed) 48 today"
    if any(item.stop for item in items[before + 1 : place + 1]):
        return after
    if any(item.stop for item in items[place + 1 : after + 1]):
        return before
    if kind == "now":
        suffixed = after + 1 < len(items) and items[after + 1].kind in ("now", "recent", "dated", "old")
        return before if suffixed and not items[after + 1].stop else after
    return after if said[before] & {"now", "recent", "dated"} else before

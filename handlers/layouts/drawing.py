"""Fitting a message into Slack's limits: required parts always, optional lines as many as fit, nothing ever cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from handlers.layouts.blocks import Block, characters, sections
from handlers.layouts.references import References

MOST_CHARACTERS = 12_500  # Slack refuses somewhat over 13,000
MOST_BLOCKS = 46


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under a title. Neighbours with the same title stand under it together; optional ones may be left out."""

    title: str
    lines: Callable[[References], Sequence[str]]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Drawn:
    """Blocks, with the titles under which something was left out."""

    blocks: list[Block]
    left_out: tuple[str, ...]
    overflow: bool = False  # the required parts alone do not fit


def draw(parts: Sequence[Part], tail: Sequence[Block], *, reserve: int = 0) -> Drawn:
    """All required parts and the first optional ones that fit together, then references and `tail`.

    Optional parts are taken in order, so the order is their worth. The most that fits is found by halving.
    """
    optional = [part for part in parts if not part.required]

    def with_first(count: int, *, links: bool = True) -> list[Block]:
        kept = {id(part) for part in optional[:count]}
        return _blocks([part for part in parts if part.required or id(part) in kept], tail, links)

    fewest, most = 0, len(optional)
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if _fits(with_first(middle), reserve):
            fewest = middle
        else:
            most = middle - 1
    blocks = with_first(fewest)
    if not _fits(blocks, reserve):
        blocks = with_first(0, links=False)
    left_out = tuple(dict.fromkeys(part.title for part in optional[fewest:]))
    return Drawn(blocks, left_out, overflow=not _fits(blocks, reserve))


def _fits(blocks: Sequence[Block], reserve: int) -> bool:
    return characters(blocks) + reserve <= MOST_CHARACTERS and len(blocks) <= MOST_BLOCKS


def _blocks(parts: Sequence[Part], tail: Sequence[Block], links: bool) -> list[Block]:
    refs = References()
    gathered: list[tuple[str, list[str]]] = []
    for part in parts:
        lines = list(part.lines(refs))
        if gathered and gathered[-1][0] == part.title:
            gathered[-1][1].extend(lines)
        else:
            gathered.append((part.title, lines))
    blocks = [block for title, lines in gathered if lines for block in sections(title, lines)]
    return [*blocks, *sections("References", refs.lines(links=links)), *tail]

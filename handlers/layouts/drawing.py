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

    Optional parts are taken in order, so the order is their worth. How many fit is estimated from one pass over all of
    them and then proven, one fewer at a time.
    """
    optional = [part for part in parts if not part.required]

    def with_first(count: int, *, links: bool = True) -> list[Block]:
        kept = {id(part) for part in optional[:count]}
        return _blocks([part for part in parts if part.required or id(part) in kept], tail, links)

    count = _estimate(parts, MOST_CHARACTERS - reserve - characters(tail))
    blocks = with_first(count)
    while count and not _fits(blocks, reserve):
        count -= 1
        blocks = with_first(count)
    if not _fits(blocks, reserve):
        blocks = with_first(0, links=False)
    left_out = tuple(dict.fromkeys(part.title for part in optional[count:]))
    return Drawn(blocks, left_out, overflow=not _fits(blocks, reserve))


def _estimate(parts: Sequence[Part], room: int) -> int:
    """About how many optional parts fit: each with its lines, its title and the references that it brings."""
    refs = References()
    needs: list[int] = []
    title = ""
    for part in parts:
        before = refs.characters
        need = sum(len(line) + 1 for line in part.lines(refs)) + refs.characters - before
        if part.title != title:
            need += len(part.title) + 3
            title = part.title
        if part.required:
            room -= need
        else:
            needs.append(need)
    count = 0
    for need in needs:
        room -= need
        if room < 0:
            break
        count += 1
    return count


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

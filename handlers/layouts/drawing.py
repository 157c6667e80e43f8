"""Fitting a message into Slack's limits: required parts always, optional ones as many as fit, nothing ever cut.

What a reader needs at once stands open; the rest folds, each fold under a title that says what is inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.layouts.blocks import Block, count, folds, sections, table, weight
from handlers.layouts.references import Listed, References

MOST_WEIGHT = 12_400  # of 13,000: ids are stamped on later, and a line on who shared it or on identifiers may come
MOST_BLOCKS = 44  # of 50, children counted
REFERENCES = "References"
_MISSING = "Not shown here for length: {}. Open *Details*."
_HEADING = 105  # JSON around a section and its title

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under a title. Neighbours of one title stand under it together; optional ones may be left out.

    With a `fold` it stands in the fold of that title, else it is open. With `rows` they follow the lines as a table,
    its head in `head`. Of the optional parts those of the lowest `tier` stay first, then those that come first.
    """

    title: str
    lines: Callable[[References], Sequence[str]]
    required: bool = True
    fold: str = ""
    tier: int = 1
    rows: Callable[[References], Sequence[Row]] | None = None
    head: Row = ()
    named: str = ""  # what its fold says is missing where it is left out
    accessory: Block | None = None


@dataclass(frozen=True, slots=True)
class Folding:
    """How folds look: the line under a title, and which of them start open."""

    subtitles: Mapping[str, str] = field(default_factory=dict)
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What stands open, what folds, and the titles under which something was left out."""

    open: list[Block]
    folded: list[Block]
    left_out: tuple[str, ...]
    overflow: bool = False  # the required parts alone do not fit


@dataclass(slots=True)
class _Piece:
    """A part in words, with the room it takes and what it cites."""

    part: Part
    lines: Sequence[str]
    rows: Sequence[Row]
    cited: set[int]
    room: int


def draw(parts: Sequence[Part], *, reserve: int = 0, folding: Folding | None = None, referenced: bool = True) -> Drawn:
    """All required parts and the most wanted of the optional ones that fit together, then the references.

    `reserve` is the room for what the caller adds. How many fit is estimated from one wording of all of them and then
    proven, one fewer at a time. In a fold nothing stands where something more wanted before it was left out.
    Not `referenced`: without the list of references, where that is what makes room for the rest.
    """
    refs = References(listed=referenced)
    pieces = [_piece(part, refs) for part in parts]
    kept, dropped = _chosen(pieces, MOST_WEIGHT - reserve, refs)
    style = folding or Folding()
    while True:
        opened, folded = _composed(pieces, dropped, refs, style)
        if _fits(opened, folded, reserve) or not kept:
            break
        last = kept.pop()
        dropped[id(last)] = last.part.fold or last.part.title
    fits = _fits(opened, folded, reserve)
    linked = _fold(REFERENCES, sections("", refs.lines(links=True)), style)
    others = [block for block in folded if block["title"]["text"] != REFERENCES]
    if fits and _fits(opened, [*others, *linked], reserve):  # content before links: Details has them all
        folded = [*others, *linked]
    left_out = [p.part.fold or p.part.title for p in pieces if id(p) in dropped and (p.lines or p.rows)]
    return Drawn(opened, folded, tuple(dict.fromkeys(left_out)), overflow=not fits)


def _piece(part: Part, refs: References) -> _Piece:
    lines = part.lines(refs)
    rows = part.rows(refs) if part.rows else ()
    room = sum([len(line.encode()) + 3 for line in lines])
    room += sum([len(cell.encode()) + 30 for row in rows for cell in row])
    return _Piece(part, lines, rows, refs.met(), room)


def _chosen(pieces: Sequence[_Piece], room: int, refs: References) -> tuple[list[_Piece], dict[int, str]]:
    """The optional pieces that fit, the most wanted first, and those that do not."""
    listed = Listed()
    seen: set[tuple[str, str]] = set()

    def need(piece: _Piece) -> int:
        part = piece.part
        titles = {(part.fold, ""), (part.fold, part.title)} - seen
        return piece.room + refs.room(piece.cited, listed) + sum([_HEADING + len("".join(t)) for t in titles])

    def keep(piece: _Piece, needed: int) -> int:
        refs.add(piece.cited, listed)
        seen.update(((piece.part.fold, ""), (piece.part.fold, piece.part.title)))
        return room - needed

    optional = []
    for piece in pieces:
        if piece.part.required:
            room = keep(piece, need(piece))
        else:
            optional.append(piece)
    kept: list[_Piece] = []
    dropped: dict[int, str] = {}
    for piece in sorted(optional, key=lambda one: one.part.tier):
        needed = need(piece)
        group = piece.part.fold or piece.part.title
        if needed > room or group in dropped.values():
            dropped[id(piece)] = group
        else:
            room = keep(piece, needed)
            kept.append(piece)
    return kept, dropped


def _fits(opened: Sequence[Block], folded: Sequence[Block], reserve: int) -> bool:
    blocks = [*opened, *folded]
    return weight(blocks) + reserve <= MOST_WEIGHT and count(blocks) <= MOST_BLOCKS


def _composed(
    pieces: Sequence[_Piece], dropped: Mapping[int, str], refs: References, folding: Folding
) -> tuple[list[Block], list[Block]]:
    refs.restart()
    opened = _blocks([piece for piece in pieces if not piece.part.fold and id(piece) not in dropped], refs)
    by_fold: dict[str, list[_Piece]] = {}
    missing: dict[str, list[str]] = {}
    for piece in pieces:
        part = piece.part
        if not part.fold or not (piece.lines or piece.rows):
            continue
        if id(piece) not in dropped:
            by_fold.setdefault(part.fold, []).append(piece)
        elif part.named:
            by_fold.setdefault(part.fold, [])
            missing.setdefault(part.fold, []).append(part.named)
    folded = []
    for title, inside in by_fold.items():
        note = [_MISSING.format("; ".join(missing[title]))] if title in missing else []
        folded += _fold(title, [*_blocks(inside, refs, title), *sections("", note)], folding)
    return opened, [*folded, *_fold(REFERENCES, sections("", refs.lines(links=False)), folding)]


def _fold(title: str, children: Sequence[Block], folding: Folding) -> list[Block]:
    return folds(title, children, subtitle=folding.subtitles.get(title), collapsed=title not in folding.opened)


def _blocks(pieces: Iterable[_Piece], refs: References, fold: str = "") -> list[Block]:
    """Sections, and one table where pieces have rows: it stands where the first of them does."""
    groups: list[tuple[str, list[str], Block | None]] = []
    rows: list[Row] = []
    place = -1
    for piece in pieces:
        title, lines = piece.part.title, [refs.numbered(line) for line in piece.lines]
        if title and groups and groups[-1][0] == title:
            groups[-1][1].extend(lines)
        elif lines:
            groups.append((title, lines, piece.part.accessory))
        if piece.rows:
            if not rows:
                place = len(groups)
                rows.append(piece.part.head)
            rows += [tuple(refs.numbered(cell) for cell in row) for row in piece.rows]
    blocks: list[Block] = []
    for index, (title, lines, accessory) in enumerate(groups):
        if index == place:
            blocks.append(table(rows))
        made = sections("" if title == fold else title, lines)
        if accessory is not None:
            made[0]["accessory"] = accessory
        blocks += made
    if place == len(groups):
        blocks.append(table(rows))
    return blocks

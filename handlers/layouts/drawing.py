"""Fitting a message into Slack's limits: required parts always, optional ones as many as fit, nothing ever cut.

What a reader needs at once stands open; the rest folds, each fold under a title that says what is inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.layouts.blocks import Block, count, folds, sections, table, weight
from handlers.layouts.references import Listed, References

MOST_WEIGHT = 12_200  # of 13,000: ids are stamped on later, and a line on who shared it or on identifiers may come
MOST_BLOCKS = 44  # of 50, children counted
REFERENCES = "References"
_UNLINKED = "Their links stand in Details"
_MISSING = "Not shown here for length: {}. Open *Details*."
_SIGNS = 6  # bytes of a line beside its characters: its break, and signs of three bytes each
_LEAST = 120  # bytes: no statement is shorter
_HEADING = 110  # JSON around a section and its title

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
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
    chosen = _Choice(refs, MOST_WEIGHT - reserve, parts)
    style = folding or Folding()
    while True:
        opened, folded = _composed(parts, chosen, refs, style)
        spare = MOST_WEIGHT - reserve - weight([*opened, *folded])
        fits = spare >= 0 and count([*opened, *folded]) <= MOST_BLOCKS
        if fits or not chosen.shorten():
            break
    if fits and refs.link_bytes() < spare:  # content before links: Details has them all
        others = [block for block in folded if block["title"]["text"] != REFERENCES]
        folded = [*others, *folds(REFERENCES, sections("", refs.lines(links=True)))]
    left_out = [part.fold or part.title for part in parts if part in chosen.dropped]
    return Drawn(opened, folded, tuple(dict.fromkeys(left_out)), overflow=not fits)


class _Choice:
    """Which parts stay: all that are required, then the most wanted of the others while there is room.

    What has no chance is not even put into words.
    """

    def __init__(self, refs: References, room: int, parts: Sequence[Part]) -> None:
        self.kept: dict[Part, _Piece] = {}
        self.optional: list[Part] = []
        self.dropped: set[Part] = set()
        self.tells_missing = True
        self._refs = refs
        self._room = room
        self._listed = Listed()
        self._titles: set[object] = set()
        self._short: set[str] = set()  # folds in which something was left out
        for part in parts:
            if part.required:
                self._keep(_piece(part, refs))
        for part in sorted((part for part in parts if not part.required), key=lambda one: one.tier):
            self._offer(part)

    def shorten(self) -> bool:
        """One optional part fewer, in the end no word on what folds leave out; False when there is nothing left."""
        if self.optional:
            part = self.optional.pop()
            del self.kept[part]
            self.dropped.add(part)
            return True
        told, self.tells_missing = self.tells_missing, False
        return told

    def _offer(self, part: Part) -> None:
        group = part.fold or part.title
        if group not in self._short and self._room > _LEAST:
            piece = _piece(part, self._refs)
            if not piece.lines and not piece.rows:
                return
            if self._need(piece) <= self._room:
                self._keep(piece)
                self.optional.append(part)
                return
        if part.named:  # its fold says that it is left out
            self._room -= len(part.named) + 2 + (0 if group in self._short else len(_MISSING) + 2 * _HEADING)
        self.dropped.add(part)
        self._short.add(group)

    def _keep(self, piece: _Piece) -> None:
        part = piece.part
        self._room -= self._need(piece)
        self._refs.add(piece.cited, self._listed)
        self._titles.add(part.fold)
        self._titles.add((part.fold, part.title))
        self.kept[part] = piece

    def _need(self, piece: _Piece) -> int:
        part = piece.part
        need = piece.room + self._refs.room(piece.cited, self._listed)
        if part.fold not in self._titles:
            need += _HEADING + len(part.fold)
        if (part.fold, part.title) not in self._titles:
            need += _HEADING + len(part.fold) + len(part.title)
        return need


def _piece(part: Part, refs: References) -> _Piece:
    lines = part.lines(refs)
    room = len(lines) * _SIGNS
    for line in lines:
        room += len(line)
    rows = part.rows(refs) if part.rows else ()
    for row in rows:
        for cell in row:
            room += len(cell) + 30
    return _Piece(part, lines, rows, refs.met(), room)


def _composed(
    parts: Sequence[Part], chosen: _Choice, refs: References, folding: Folding
) -> tuple[list[Block], list[Block]]:
    refs.restart()
    opened: list[_Piece] = []
    by_fold: dict[str, list[_Piece]] = {}
    missing: dict[str, list[str]] = {}
    for part in parts:
        piece = chosen.kept.get(part)
        if piece is None:
            if part.named and chosen.tells_missing and part in chosen.dropped:
                by_fold.setdefault(part.fold, [])
                missing.setdefault(part.fold, []).append(part.named)
        elif not part.fold:
            opened.append(piece)
        elif piece.lines or piece.rows:
            by_fold.setdefault(part.fold, []).append(piece)
    blocks = _blocks(opened, refs)
    folded = []
    for title, inside in by_fold.items():
        note = [_MISSING.format("; ".join(missing[title]))] if title in missing else []
        folded += _fold(title, [*_blocks(inside, refs, title), *sections("", note)], folding)
    return blocks, [*folded, *folds(REFERENCES, sections("", refs.lines(links=False)), subtitle=_UNLINKED)]


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

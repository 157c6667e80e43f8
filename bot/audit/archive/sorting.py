"""What a segment takes from the live log: new entries, entries sent again, and what no writer of ours writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from bot.audit.archive.digests import BadDigestError, Digest, Head, Span
from bot.audit.archive.segments import Archive
from bot.audit.rows import Again, Line, Row, Strange, at_ms, order

LOOK_BACK = 20_000  # digests: two weeks of one a minute
HOUR_MS = 3600 * 1000
FORGET_MS = 7 * 24 * 3600 * 1000  # a writer that was silent so long is not carried from digest to digest
MOST_HEADS = 500


@dataclass(slots=True)
class Sorted:
    """Lines in the order of their ids, and what was odd about them."""

    lines: list[Line] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)  # writer, expected, found
    forks: list[tuple[str, int]] = field(default_factory=list)  # writer, sequence

    @property
    def entries(self) -> list[Row]:
        return [line for line in self.lines if isinstance(line, Row)]

    def writers(self) -> dict[str, Span]:
        """First and last sequence of each writer."""
        spans: dict[str, Span] = {}
        for row in self.entries:
            span = spans.get(row.w)
            if span is None:
                spans[row.w] = Span(first=row.s, last=row.s, mac=row.m)
            elif row.s > span.last:
                spans[row.w] = Span(first=span.first, last=row.s, mac=row.m)
        return spans


class Sealed:
    """Finds out whether a row is sealed already; reads the segments it needs and keeps the last few in mind."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._digest = lru_cache(maxsize=1024)(self._read)
        self._index = lru_cache(maxsize=16)(self._rows)

    def find(self, writer: str, sequence: int, newest: int) -> list[Again]:
        """Every sealed line of that place, looking back from digest `newest`."""
        for number in range(newest, max(0, newest - LOOK_BACK), -1):
            digest = self._digest(number)
            span = digest.writers.get(writer) if digest else None
            if span is not None and span.first <= sequence <= span.last:
                found = list(self._index(number).get((writer, sequence), ()))
                # the same entry once more stands in a later segment, under the id it has there
                for later in range(number + 1, newest + 1):
                    again = self._digest(later)
                    if again is not None and again.again:
                        found += self._index(later).get((writer, sequence), ())
                return found
        return []

    def head_of(self, writer: str, newest: int) -> Head | None:
        """The last sealed entry of a writer that the newest digest no longer carries; None for a new writer."""
        born = born_ms(writer) - HOUR_MS
        for number in range(newest, max(0, newest - LOOK_BACK), -1):
            digest = self._digest(number)
            if digest is not None and writer in digest.writers:
                span = digest.writers[writer]
                return Head(s=span.last, mac=span.mac, at=at_ms(digest.last_id))
            if digest is not None and digest.at < born:
                break
        return None

    def last_of(self, writers: Iterable[str], newest: int) -> dict[str, int]:
        """The last sealed sequence of each of these writers, as far as digest `newest` and those before it tell."""
        wanted, found = set(writers), {}
        for number in range(newest, max(0, newest - LOOK_BACK), -1):
            if not wanted:
                break
            digest = self._digest(number)
            for writer in wanted & (digest.writers.keys() if digest else set()):
                assert digest is not None  # noqa: S101 (else there was no writer)
                found[writer] = digest.writers[writer].last
            wanted -= found.keys()
        return found

    def _read(self, number: int) -> Digest | None:
        try:
            return self._archive.read(number)[0]
        except (OSError, BadDigestError):
            return None

    def _rows(self, number: int) -> Mapping[tuple[str, int], list[Again]]:
        index: dict[tuple[str, int], list[Again]] = {}
        try:
            for line in self._archive.lines(number):
                if not isinstance(line, Strange):
                    kept = Again(line.id, line.w, line.s, line.m, line.of if isinstance(line, Again) else line.id)
                    index.setdefault((line.w, line.s), []).append(kept)
        except (OSError, ValueError):
            pass  # purged or damaged: `verify` says so, sealing goes on
        return index


def sort_rows(rows: Iterable[Row | Strange], heads: Mapping[str, Head], sealed: Sealed, newest: int) -> Sorted:
    """What of these rows belongs into the next segment; rows that are sealed under the same id are left out."""
    result = Sorted(heads=dict(heads))
    for row in sorted(rows, key=lambda each: order(each.id)):
        if isinstance(row, Strange):
            result.lines.append(row)
            continue
        head = result.heads.get(row.w) or sealed.head_of(row.w, newest)
        expected = head.s + 1 if head else 1
        if row.s >= expected:
            if row.s > expected:
                result.gaps.append((row.w, expected, row.s))
            result.heads[row.w] = Head(s=row.s, mac=row.m, at=at_ms(row.id))
            result.lines.append(row)
            continue
        known = sealed.find(row.w, row.s, newest)
        if any(each.id == row.id for each in known):
            continue
        same = [each for each in known if each.m == row.m]
        if same:
            result.lines.append(Again(row.id, row.w, row.s, row.m, same[0].of))
            continue
        result.forks.append((row.w, row.s))
        result.lines.append(row)
    return result


def born_ms(writer: str) -> int:
    """When a writer got its name (a UUIDv7 ends it); 0 where the name does not tell."""
    try:
        named = UUID(writer.rpartition(".")[2])
    except ValueError:
        return 0
    return named.int >> 80 if named.version == 7 else 0


def carried(heads: Mapping[str, Head], stopped: Iterable[str], now_ms: int) -> dict[str, Head]:
    """The heads that the next digest needs: of writers that may still go on."""
    gone = set(stopped)
    live = [(w, head) for w, head in heads.items() if w not in gone and now_ms - head.at < FORGET_MS]
    live.sort(key=lambda each: each[1].at)
    return dict(live[-MOST_HEADS:])

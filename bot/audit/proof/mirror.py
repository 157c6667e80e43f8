"""`Mirror`: holds the archive against the live log. What both have must be the same; nothing may stand in only one.

A failover may lose what was sealed already; it is then sent again under a new id, or the writer begins anew and says so
(`chain.break`). Such entries are waited for, a bounded number of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from redis.asyncio import Redis

from bot.audit import stream
from bot.audit.proof.findings import Findings
from bot.audit.rows import START, Again, Line, Row, order

MOST_WAITING = 10_000
Entry = tuple[str, int, str]
K = TypeVar("K")
V = TypeVar("V")


class Mirror:
    """Fed with the segments in order; `finish` once the live tail has been read too."""

    def __init__(self, redis: Redis, findings: Findings, extent: stream.Extent, trimmed_to: str) -> None:
        """`trimmed_to`: older ids need not be in the live log, a signed digest says so."""
        self._redis = redis
        self._findings = findings
        self._extent = extent
        self._kept_from = order(trimmed_to)
        self._absent: dict[Entry, dict[str, object]] = {}  # sealed, not in the live log
        self._unsealed: dict[str, Line] = {}  # in the live log behind the cursor, not sealed where it should be
        self._overflowed = False
        self.below = 0  # sealed lines before the first entry of the live log

    async def compare(self, number: int, lines: Sequence[Line], before: str, until: str) -> None:
        """Segment `number` covers the ids after `before` up to `until`; late lines lie before."""
        first = self._extent.first_id
        self.below += sum(1 for line in lines if first is None or order(line.id) < order(first))
        if order(until) < self._kept_from:
            return
        late = [(n, line) for n, line in enumerate(lines, 1) if order(line.id) <= order(before)]
        waiting = {line.id: (n, line) for n, line in enumerate(lines, 1) if order(line.id) > order(before)}
        async for page in stream.pages(self._redis, f"({before}", until):
            for row in page:
                n, sealed = waiting.pop(row.id, (0, None))
                if sealed is None:
                    self._hold(self._unsealed, row.id, row)
                else:
                    await self._same(number, n, sealed, row)
        for n, line in waiting.values():
            if order(line.id) >= self._kept_from:
                self._is_absent(number, n, line)
        for n, line in late:
            self._unsealed.pop(line.id, None)
            found = [row async for page in stream.pages(self._redis, line.id, line.id) for row in page]
            if found:
                await self._same(number, n, line, found[0])
            elif order(line.id) >= self._kept_from:
                self._is_absent(number, n, line)

    def came_again(self, row: Row | Again) -> bool:
        """An entry seen once more: whether it is one that a failover had lost."""
        return self._absent.pop((row.w, row.s, row.m), None) is not None

    def finish(self, broken: dict[str, int], trimmed_to: str) -> None:
        """What nothing has explained. `broken`: writers cut back to a sequence by a failover, which the log tells.

        `trimmed_to`: how far the archiver has trimmed by now, which may be further than when this began.
        """
        excused = 0
        for (writer, sequence, _), where in self._absent.items():
            if order(str(where["id"])) < order(trimmed_to):
                continue
            if sequence > broken.get(writer, sequence):
                excused += 1
            else:
                self._findings.fault("copies", "sealed, but removed from the live log", **where)
        for stream_id, row in self._unsealed.items():
            where = {"writer": row.w, "sequence": row.s} if isinstance(row, Row) else {}
            problem = "stands in the live log among what is sealed, but is not in the archive"
            self._findings.fault("copies", problem, id=stream_id, **where)
        if excused:
            self._findings.note(f"{excused} sealed entries were lost by a failover and written anew; the log says so")
        if self._overflowed:
            self._findings.skip("more than 10,000 differences between archive and live log")

    def count(self, total_again: int, *, has_breaks: bool) -> None:
        """Entries ever added minus entries there = entries that were let go; all of those must be sealed."""
        removed, below = self._extent.removed, self.below
        if self._extent.last_id == START and not below:
            return
        self._findings.counts["counts"] += 1
        slack = total_again if not has_breaks else below
        if removed > below:
            problem = f"{removed - below} entries were removed from the live log that were never sealed"
            self._findings.fault("counts", problem)
        elif removed < below - slack:
            problem = f"the store says that {removed} entries were removed, but {below} are no longer there"
            self._findings.fault("counts", f"{problem}: the log was made anew")

    async def _same(self, number: int, n: int, sealed: Line, row: Line) -> None:
        where = {"segment": number, "line": n, "id": sealed.id}
        if isinstance(sealed, Again):
            is_same = isinstance(row, Row) and (row.w, row.s, row.m) == (sealed.w, sealed.s, sealed.m)
            if is_same and [row async for page in stream.pages(self._redis, sealed.of, sealed.of) for row in page]:
                problem = f"an entry put into the live log once more (the first is {sealed.of})"
                self._findings.fault("copies", problem, **where, writer=sealed.w, sequence=sealed.s)
        else:
            is_same = row == sealed
        self._findings.counts["copies"] += 1
        if not is_same:
            who = {} if not isinstance(sealed, Row | Again) else {"writer": sealed.w, "sequence": sealed.s}
            self._findings.fault("copies", "archive and live log differ", **where, **who)

    def _is_absent(self, number: int, n: int, line: Line) -> None:
        if isinstance(line, Row):
            where = {"segment": number, "line": n, "id": line.id, "writer": line.w, "sequence": line.s}
            self._hold(self._absent, (line.w, line.s, line.m), where)
        elif isinstance(line, Again):
            return  # lost by one more failover: the entry itself is sealed
        else:
            self._findings.fault("copies", "sealed, but removed from the live log", segment=number, line=n, id=line.id)

    def _hold(self, table: dict[K, V], key: K, value: V) -> None:
        if len(table) >= MOST_WAITING:
            self._overflowed = True
        else:
            table[key] = value

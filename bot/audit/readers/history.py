"""`History`: the whole record in order of time: from the archive what Redis has let go of, else from the live log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from redis.asyncio import Redis

from bot.audit import stream
from bot.audit.archive.digests import BadDigestError, Digest
from bot.audit.archive.segments import Archive, unpacked
from bot.audit.rows import START, BadLineError, Row, Strange, at_ms, order

DAY_MS = 24 * 3600 * 1000
_BEFORE_MS, _AFTER_MS = 15 * 60 * 1000, DAY_MS
_REMEMBERED = 20_000
Item = Row | Strange
Progress = Callable[[int], None]


class History:
    """Reads; writes nothing. What can't be read is shown as strange, never skipped."""

    def __init__(self, archive: Archive, redis: Redis | None) -> None:
        """Without Redis: the archive alone."""
        self._archive = archive
        self._redis = redis
        self.unreadable = 0

    async def rows(
        self, first_ms: int = 0, last_ms: int | None = None, progress: Progress = lambda _: None
    ) -> AsyncIterator[Item]:
        """Everything the store took in that time, oldest first; what a failover brought twice, once."""
        live = await stream.extent(self._redis) if self._redis is not None else stream.Extent()
        seen: OrderedDict[tuple[str, int], None] = OrderedDict()
        last = START
        read = 0
        for number in self._segments(first_ms, last_ms):
            if live.first_id is not None and self._is_live(number, live.first_id):
                break
            for item in self._lines(number):
                if live.first_id is not None and order(item.id) >= order(live.first_id):
                    continue
                last = max(last, item.id, key=order)
                read += 1
                progress(read)
                if _within(item.id, first_ms, last_ms) and _is_new(seen, item):
                    yield item
        if self._redis is None:
            return
        end = "+" if last_ms is None else str(last_ms)
        async for page in stream.pages(self._redis, str(first_ms), end):
            for item in page:
                read += 1
                progress(read)
                if _is_new(seen, item):
                    yield item

    async def find(self, rid: str, progress: Progress = lambda _: None) -> list[Row]:
        """The entries of one request, oldest first. Its id carries its time, so the search starts there."""
        needle = f'"{rid}"'.encode()
        born = UUID(rid).int >> 80
        near = self.rows(max(0, born - _BEFORE_MS), born + _AFTER_MS, progress)
        found = [item async for item in near if isinstance(item, Row) and needle in item.b]
        if found:
            return found
        return [item async for item in self.rows(progress=progress) if isinstance(item, Row) and needle in item.b]

    async def newest(self, count: int) -> list[Item]:
        """The last so many of the live log, else of the archive; oldest first."""
        if self._redis is not None:
            return await stream.newest(self._redis, count)
        found: list[Item] = []
        number = self._archive.last_number()
        while number and len(found) < count:
            found = [*self._lines(number), *found]
            number -= 1
        return found[-count:]

    async def payload(self, digest: str) -> bytes | None:
        """What was shown, unchecked: from the archive, else from Redis."""
        content = self._archive.payload_content(digest)
        if content is None and self._redis is not None:
            packed = await stream.payload(self._redis, digest)
            content = unpacked(packed) if packed is not None else None
        return content

    def expected(self, first_ms: int = 0, last_ms: int | None = None) -> int:
        """About how many entries the archive holds for that time; for a progress bar."""
        numbers = self._segments(first_ms, last_ms)
        return (
            sum(digest.count for n in (numbers[:1] + numbers[-1:]) if (digest := self._digest(n))) * len(numbers) // 2
        )

    def _segments(self, first_ms: int, last_ms: int | None) -> list[int]:
        """The numbers whose ids may lie in that time, by halving."""
        last = self._archive.last_number()
        low, high = 1, last + 1
        while low < high:
            middle = (low + high) // 2
            digest = self._digest(middle)
            if digest is not None and at_ms(digest.last_id) < first_ms:
                low = middle + 1
            else:
                high = middle
        numbers = []
        for number in range(low, last + 1):
            digest = self._digest(number)
            if digest is not None and last_ms is not None and digest.first_id and at_ms(digest.first_id) > last_ms:
                break
            if digest is None or not digest.is_empty:
                numbers.append(number)
        return numbers

    def _is_live(self, number: int, first_id: str) -> bool:
        """Whether the live log still has all of it."""
        digest = self._digest(number)
        return digest is not None and digest.first_id is not None and order(digest.first_id) >= order(first_id)

    def _digest(self, number: int) -> Digest | None:
        try:
            return self._archive.read(number)[0]
        except (OSError, BadDigestError):
            return None

    def _lines(self, number: int) -> list[Item]:
        found: list[Item] = []
        try:
            for line in self._archive.lines(number):
                if isinstance(line, Row | Strange):
                    found.append(line)
        except (OSError, BadLineError):
            self.unreadable += 1
        return found


def start_ms(day: date) -> int:
    """The first millisecond of a day, UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def end_ms(day: date) -> int:
    """The last millisecond of a day, UTC."""
    return start_ms(day + timedelta(days=1)) - 1


def _within(stream_id: str, first_ms: int, last_ms: int | None) -> bool:
    at = at_ms(stream_id)
    return first_ms <= at and (last_ms is None or at <= last_ms)


def _is_new(seen: OrderedDict[tuple[str, int], None], item: Item) -> bool:
    if not isinstance(item, Row):
        return True
    key = (item.w, item.s)
    if key in seen:
        return False
    seen[key] = None
    if len(seen) > _REMEMBERED:
        seen.popitem(last=False)
    return True

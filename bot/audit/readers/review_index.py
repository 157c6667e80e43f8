"""`RedisReviewLog`: pages of the log for reviewers, of one workspace, newest first, within a bound of work.

By asker and by mechanism the append script keeps streams whose ids are those of the log, so a page costs the same at a
thousand and at a million entries. Every other choice reads the log itself backwards, at most `MOST_SCANNED` entries a
page, and then says how far it came. A period goes by the time at which the store took an entry.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit.readers.insights import Counting
from bot.audit.readers.review_rows import Body, body_of, fields_of, is_listed, matches, needles, part, row_of
from bot.redis_store import FAULTS
from handlers.insights import Insights
from handlers.review import ROWS, Filters, Page, ReviewUnavailable, Row, Shown, with_feedback

MOST_SCANNED = 20_000
STEP = 250  # entries a call: some milliseconds of this process, so that answers do not wait for a review
INDEXED = 64
READ_SECONDS = 2.0
SCAN_SECONDS = 0.8
MOST_AFTER = 2_000  # entries looked through for the end of a delivery
LARGEST_PAYLOAD = 1 << 20
_NOT_INDEXED = frozenset({"denied", "limited"})
_NEAR_MS = 60_000


class _Raw(NamedTuple):
    """An entry's bytes, where it stands, and where the page goes on when it is the last one shown."""

    cursor: str
    place: str
    body: bytes


@dataclass(slots=True)
class _Search:
    """How far a page has come."""

    began: float = field(default_factory=time.monotonic)
    scanned: int = 0
    last: str | None = None
    unreadable: int = 0

    @property
    def is_spent(self) -> bool:
        return self.scanned >= MOST_SCANNED or time.monotonic() - self.began > SCAN_SECONDS


class RedisReviewLog:
    """`handlers.review.ReviewLog` on the streams of the audit log; writes nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._counting = Counting(redis)

    async def page(self, team: str, filters: Filters, before: str | None) -> Page:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._page(team, filters, before)
        except FAULTS as error:
            raise ReviewUnavailable from error

    async def entry(self, team: str, place: str) -> Shown | None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._entry(team, place)
        except FAULTS as error:
            raise ReviewUnavailable from error

    async def insights(self, team: str, first: date, last: date) -> Insights:
        try:
            return await self._counting.between(team, first, last)
        except FAULTS as error:
            raise ReviewUnavailable from error

    async def _page(self, team: str, filters: Filters, before: str | None) -> Page:
        search = _Search()
        top = f"({before}" if before else str(filters.end_ms)
        rows: list[Row] = []
        end: str | None = None
        async for raws in self._candidates(team, filters, top, search):
            for raw in raws:
                body = body_of(raw.body)
                if body is None:
                    search.unreadable += 1
                elif is_listed(body) and matches(body, team, filters):
                    if len(rows) == ROWS:
                        return Page(tuple(rows), end, unreadable=search.unreadable)
                    rows.append(with_feedback(row_of(raw.place, body), filters.feedback))
                    end = raw.cursor
            if search.is_spent and search.last is not None:
                return Page(tuple(rows), search.last, _ms(search.last), search.unreadable)
        return Page(tuple(rows), None, unreadable=search.unreadable)

    def _candidates(self, team: str, filters: Filters, top: str, search: _Search) -> AsyncIterator[list[_Raw]]:
        if filters.feedback is not None:
            return self._told(team, filters, top, search)
        if filters.outcome not in _NOT_INDEXED:
            if filters.asker is not None:
                return self._indexed(redis_keys.audit_of_user(team, filters.asker), filters, top, search)
            if filters.mechanism is not None:
                return self._indexed(redis_keys.audit_of_mechanism(filters.mechanism.value), filters, top, search)
        return self._scanned(needles(team, filters), filters.start_ms, top, search)

    async def _indexed(self, key: str, filters: Filters, top: str, search: _Search) -> AsyncIterator[list[_Raw]]:
        """The log's entries under the ids of an index, together in one call for each handful."""
        while True:
            rows: Any = await self._redis.xrevrange(key, top, str(filters.start_ms), INDEXED)
            ids = [_id(row) for row in rows]
            pipe = self._redis.pipeline(transaction=False)
            for each in ids:
                pipe.xrange(redis_keys.AUDIT_LOG, each, each)
            found: list[Any] = await pipe.execute() if ids else []
            if ids:
                search.scanned, search.last = search.scanned + len(ids), ids[-1]
            yield [_raw(row) for each in found for row in each]
            if len(ids) < INDEXED:
                return
            top = f"({ids[-1]}"

    async def _scanned(
        self, wanted: Sequence[bytes], start_ms: int, top: str, search: _Search
    ) -> AsyncIterator[list[_Raw]]:
        """The log itself; most entries fall out by their bytes, unread."""
        while True:
            rows: Any = await self._redis.xrevrange(redis_keys.AUDIT_LOG, top, str(start_ms), STEP)
            if rows:
                search.scanned, search.last = search.scanned + len(rows), _id(rows[-1])
            yield [each for each in map(_raw, rows) if all(part in each.body for part in wanted)]
            if len(rows) < STEP:
                return
            top = f"({_id(rows[-1])}"

    async def _told(self, team: str, filters: Filters, top: str, search: _Search) -> AsyncIterator[list[_Raw]]:
        """The answers that askers said something of: from what they said to what it was said of."""
        wanted = [b'"t":"feedback"', f'"team":"{team}"'.encode(), f'"{filters.feedback}"'.encode()]
        async for raws in self._scanned(wanted, filters.start_ms, top, search):
            found: list[_Raw] = []
            for raw in raws:
                body = body_of(raw.body)
                if body is not None and body.get("t") == "feedback":
                    about = await self._opening(str(body.get("rid")))
                    found += [about._replace(cursor=raw.cursor)] if about else []
            yield found

    async def _opening(self, rid: str) -> _Raw | None:
        """The entry that a question began with; its id carries its time."""
        try:
            born = UUID(rid).int >> 80
        except ValueError:
            return None
        rows: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, str(max(0, born - _NEAR_MS)), str(born + _NEAR_MS))
        needle = f'"rid":"{rid}"'.encode()
        found = (each for each in map(_raw, rows) if needle in each.body)
        return next((each for each in found if is_listed(body_of(each.body) or {"t": ""})), None)

    async def _entry(self, team: str, place: str) -> Shown | None:
        rows: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, place, place)
        body = body_of(_bytes(rows[0])) if rows else None
        if body is None or not is_listed(body) or part(body, "who").get("team") != team:
            return None
        row = row_of(place, body)
        ending, feedback = await self._after(place, row.rid)
        digest = part(body, "ans").get("payload_sha256")
        kept: Any = await self._redis.get(redis_keys.audit_payload(digest)) if isinstance(digest, str) else None
        shown = _inflated(kept) if kept else None
        holds = shown is not None and hashlib.sha256(shown).hexdigest() == digest
        source, dlv = part(body, "src"), part(ending or {}, "dlv")
        return Shown(
            row=with_feedback(row, feedback),
            fields=fields_of(body),
            ending=str(ending["t"]).removeprefix("answer.") if ending else None,
            message_ts=dlv.get("ts"),
            thread_ts=source.get("thread"),
            channel_kind=str(source.get("kind", "unknown")),
            digest=digest if isinstance(digest, str) else None,
            payload=_loaded(shown) if holds and shown else None,
            digest_holds=holds,
        )

    async def _after(self, place: str, rid: str) -> tuple[Body | None, str | None]:
        """How the delivery ended, and what the asker said soon after."""
        needle, start, ending = f'"rid":"{rid}"'.encode(), f"({place}", None
        feedback: str | None = None
        for _ in range(MOST_AFTER // STEP):
            rows: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, start, "+", STEP)
            for row in rows:
                body = body_of(_bytes(row)) if needle in _bytes(row) else None
                if body is None or body.get("rid") != rid:
                    continue
                if body.get("t") == "feedback":
                    feedback = part(body, "ans").get("feedback") or feedback
                elif body.get("t") in ("answer.delivered", "answer.failed", "answer.unknown"):
                    ending = ending or body
            if len(rows) < STEP:
                break
            start = f"({_id(rows[-1])}"
        return ending, feedback


def _id(row: Any) -> str:
    return str(row[0].decode())


def _bytes(row: Any) -> bytes:
    return bytes(row[1].get(b"b", b""))


def _raw(row: Any) -> _Raw:
    return _Raw(_id(row), _id(row), _bytes(row))


def _ms(place: str) -> int:
    return int(place.partition("-")[0])


def _inflated(kept: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(kept, LARGEST_PAYLOAD)
    except zlib.error:
        return None


def _loaded(shown: bytes) -> Mapping[str, Any] | None:
    loaded = orjson.loads(shown)
    return loaded if isinstance(loaded, dict) else None

"""Reading the log: the newest entries, pages backwards, and every entry of one question."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit.entry import Entry

PAGE = 500
_NEAR_MS = 15 * 60 * 1000


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry where it stands in the stream."""

    stream_id: str
    entry: Entry

    def as_json(self) -> dict[str, Any]:
        return {"id": self.stream_id, **self.entry.model_dump(mode="json", exclude_none=True)}


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """Something in the stream that is no entry of this version; shown, never skipped."""

    stream_id: str
    why: str

    def as_json(self) -> dict[str, Any]:
        return {"id": self.stream_id, "unreadable": self.why}


class AuditReader:
    """Reads the stream; writes nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def page(self, count: int, before: str = "+") -> list[StoredEntry | UnreadableEntry]:
        """Up to `count` entries, newest first; `before` a stream id excludes it and what is newer."""
        top = before if before == "+" else f"({before}"
        rows: Any = await self._redis.xrevrange(redis_keys.AUDIT_LOG, top, "-", count)
        return [_read(row) for row in rows]

    async def find(self, rid: str) -> list[StoredEntry]:
        """The entries of one question, oldest first. Its id carries its time, so the search starts there."""
        born = UUID(rid).int >> 80
        near = [
            item async for item in self._range(f"{max(0, born - _NEAR_MS)}", f"{born + _NEAR_MS}") if _is_of(item, rid)
        ]
        if near:
            return [item for item in near if isinstance(item, StoredEntry)]
        return [item async for item in self._range("-", "+") if isinstance(item, StoredEntry) and _is_of(item, rid)]

    async def _range(self, first: str, last: str) -> AsyncIterator[StoredEntry | UnreadableEntry]:
        while True:
            rows: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, first, last, PAGE)
            for row in rows:
                yield _read(row)
            if len(rows) < PAGE:
                return
            first = f"({rows[-1][0].decode()}"


def _is_of(item: StoredEntry | UnreadableEntry, rid: str) -> bool:
    return isinstance(item, StoredEntry) and item.entry.rid == rid


def _read(row: Any) -> StoredEntry | UnreadableEntry:
    stream_id, fields = row[0].decode(), row[1]
    try:
        body = orjson.loads(fields[b"b"])
        place = {"w": fields[b"w"].decode(), "s": int(fields[b"s"])}
        return StoredEntry(stream_id, Entry.model_validate({**body, **place}))
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        return UnreadableEntry(stream_id, type(error).__name__)

"""The live log as the archive and `verify` read it: rows by their exact bytes, and what the store says of itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot import redis_keys
from bot.audit.rows import START, Row, Strange, row_of

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Extent:
    """What the store says of the stream: entries in it, entries ever added, ids of its first and of its newest."""

    length: int = 0
    added: int = 0
    first_id: str | None = None
    last_id: str = START

    @property
    def removed(self) -> int:
        return self.added - self.length


async def extent(redis: Redis) -> Extent:
    """The stream as it is now; an empty extent when there is none."""
    try:
        info: Any = await redis.xinfo_stream(redis_keys.AUDIT_LOG)
    except ResponseError as error:
        if "no such key" in str(error):
            return Extent()
        raise
    first = info["first-entry"]
    return Extent(
        int(info["length"]),
        int(info["entries-added"]),
        first[0].decode() if first else None,
        info["last-generated-id"].decode(),
    )


async def pages(
    redis: Redis, first: str = "-", last: str = "+", *, page: int = PAGE
) -> AsyncIterator[list[Row | Strange]]:
    """Rows between two ids (`(` before an id excludes it), oldest first, a page at a time."""
    while True:
        found: Any = await redis.xrange(redis_keys.AUDIT_LOG, first, last, page)
        if found:
            yield [row_of(stream_id, fields) for stream_id, fields in found]
        if len(found) < page:
            return
        first = f"({found[-1][0].decode()}"


async def heads(redis: Redis) -> dict[str, tuple[int, str]]:
    """What the append script holds of each writer: last sequence and MAC; (0, "") where it is no head."""
    found: Any = await redis.hgetall(redis_keys.AUDIT_HEADS)
    return {writer.decode(errors="replace"): _head(value) for writer, value in found.items()}


def _head(value: bytes) -> tuple[int, str]:
    sequence, _, mac = value.decode(errors="replace").partition(":")
    return (int(sequence), mac) if sequence.isdigit() else (0, "")


async def payload(redis: Redis, digest: str) -> bytes | None:
    """The compressed payload, if the store still has it."""
    found: Any = await redis.get(redis_keys.audit_payload(digest))
    return None if found is None else bytes(found)


async def newest(redis: Redis, count: int) -> list[Row | Strange]:
    """The last so many rows, oldest first."""
    found: Any = await redis.xrevrange(redis_keys.AUDIT_LOG, "+", "-", count)
    return [row_of(stream_id, fields) for stream_id, fields in reversed(found)]

"""`Stage`: one sealed log that can be tampered with and put back, as often as it takes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit import stream
from bot.audit.readers.payloads import payload_of
from bot.audit.rows import Row
from tests.tampering.workshop import Workshop

_KEYS = (redis_keys.AUDIT_LOG, redis_keys.AUDIT_HEADS)


class Stage:
    """Harm goes through these methods, so that `restore` can undo it."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self._before: dict[Path, bytes] = {}
        self._shown: dict[str, tuple[int, int]] = {}
        self.last = 0

    @property
    def redis(self) -> Redis:
        return self.workshop.redis

    async def build(self, segments: int = 6, questions: int = 12) -> None:
        """Some sealed segments and a live tail that is not sealed yet."""
        chance = self.workshop.random
        for _ in range(segments):
            await self.workshop.answer(chance.randrange(2, questions), batch=3)
            await self.workshop.seal()
        await self.workshop.answer(questions, batch=3)
        self.last = self.workshop.archive.last_number()
        for key in _KEYS:
            await self.redis.copy(key, f"{key}:before", replace=True)
        for n in range(1, self.last + 1):
            for line, row in enumerate(self.lines(n), 1):
                if sha := payload_of(orjson.loads(row.b)):
                    self._shown.setdefault(sha, (n, line))

    async def restore(self) -> None:
        """Everything as it was built."""
        for path, content in self._before.items():
            path.unlink(missing_ok=True)
            path.write_bytes(content)
        self._before.clear()
        for key in _KEYS:
            await self.redis.copy(f"{key}:before", key, replace=True)

    def lines(self, n: int) -> list[Row]:
        """The entries of a segment."""
        return [line for line in self.workshop.archive.lines(n) if isinstance(line, Row)]

    def segment(self, chance: random.Random, least: int = 1) -> tuple[int, list[Row]]:
        """A segment by chance, with its lines."""
        while True:
            n = chance.randrange(1, self.last + 1)
            if len(lines := self.lines(n)) >= least:
                return n, lines

    def first_shown(self, sha: str) -> tuple[int, int]:
        """Segment and line of the first entry that shows this payload."""
        return self._shown[sha]

    def write_segment(self, n: int, lines: list[Row]) -> bytes:
        """Put these lines in place of a segment."""
        content = b"".join(line.line() + b"\n" for line in lines)
        self.write(self.workshop.archive.segment(n), content)
        return content

    def write(self, path: Path, content: bytes) -> None:
        """Replace a file."""
        self.remove(path)
        path.write_bytes(content)

    def remove(self, path: Path) -> None:
        """Delete a file."""
        if path.exists():
            self._before.setdefault(path, path.read_bytes())
            path.unlink()

    async def live(self) -> list[Row]:
        """The live log."""
        return [row async for page in stream.pages(self.redis) for row in page if isinstance(row, Row)]

    async def tail(self) -> list[Row]:
        """What is not sealed yet."""
        cursor = self.workshop.archive.read(self.last)[0].last_id
        pages = stream.pages(self.redis, f"({cursor}")
        return [row async for page in pages for row in page if isinstance(row, Row)]

    async def add(self, row: Row) -> str:
        """Add an entry to the live log; its id."""
        fields: dict[Any, Any] = {"w": row.w, "s": str(row.s), "m": row.m, "b": row.b}
        stream_id: Any = await self.redis.xadd(redis_keys.AUDIT_LOG, fields)
        return bytes(stream_id).decode()

    async def write_live(self, rows: list[Row]) -> None:
        """Make the live log anew with these entries under these ids."""
        await self.redis.delete(redis_keys.AUDIT_LOG)
        async with self.redis.pipeline(transaction=False) as pipe:
            for row in rows:
                fields: dict[Any, Any] = {"w": row.w, "s": str(row.s), "m": row.m, "b": row.b}
                pipe.xadd(redis_keys.AUDIT_LOG, fields, id=row.id)
            await pipe.execute()

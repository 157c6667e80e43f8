"""What is let go, and when: the live log's old entries once they are sealed, whole segments past the archive's term."""

from __future__ import annotations

from typing import Any

import orjson
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit.rows import START, Row, order, row_of

DAY_MS = 24 * 3600 * 1000
STEP = 1_000
MOST_STEPS = 50  # a round; the next one goes on


class Trimmer:
    """Trims the live log by id, a thousand entries at a time, with the review indexes.

    The heads stay (some 120 bytes a start of the bot): without its head a writer's spool would be stored once more.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def trim(self, to: str) -> int:
        """Let go of every entry before the id `to`, which a signed digest has named as sealed and old; how many."""
        trimmed = 0
        if to == START:
            return 0
        for _ in range(MOST_STEPS):
            found: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, "-", f"({to}", STEP)
            if not found:
                break
            end = to
            if len(found) == STEP:
                milliseconds, number = order(found[-1][0].decode())
                end = f"{milliseconds}-{number + 1}"
            trimmed += await self._redis.xtrim(redis_keys.AUDIT_LOG, minid=end, approximate=False)
            rows = [row for row in (row_of(stream_id, fields) for stream_id, fields in found) if isinstance(row, Row)]
            for key in sorted({key for row in rows for key in index_keys(row)}):
                await self._redis.xtrim(key, minid=end, approximate=False)
        return trimmed


def index_keys(row: Row) -> list[str]:
    """The review index streams that name this entry."""
    try:
        body = orjson.loads(row.b)
        if body["t"] not in ("answer.prepared", "answer.shared"):
            return []
        who, question = body["who"], body.get("ask", {}).get("question", {})
        keys = [redis_keys.audit_of_user(who["team"], who["user"])]
        return keys + [redis_keys.audit_of_mechanism(each) for each in question.get("mechanisms", ())]
    except (orjson.JSONDecodeError, KeyError, TypeError, redis_keys.BadIdentifierError):
        return []

"""`RedisThreadMemory`: what a thread has settled, as ids, for a day.

Losing it is harmless: the bot asks for what it no longer knows. So a store that is away is logged, never raised.
"""

from __future__ import annotations

import structlog
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from bot import redis_keys
from bot.redis_store import FAULTS
from handlers.parsed import Context

_CONTEXT = TypeAdapter(Context)
_log = structlog.get_logger(__name__)


class RedisThreadMemory:
    """`handlers.ports.ThreadMemory` on Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def recall(self, team: str, channel: str, thread_ts: str) -> Context:
        try:
            stored = await self._redis.get(redis_keys.thread(team, channel, thread_ts))
            return _CONTEXT.validate_json(stored) if stored else Context()
        except FAULTS as error:
            _log.warning("threads.unavailable", error=type(error).__name__)
        except ValidationError:
            _log.warning("threads.unreadable")
        return Context()

    async def remember(self, team: str, channel: str, thread_ts: str, context: Context) -> None:
        try:
            await self._redis.set(
                redis_keys.thread(team, channel, thread_ts),
                _CONTEXT.dump_json(context),
                ex=redis_keys.THREAD_TTL_SECONDS,
            )
        except FAULTS as error:
            _log.warning("threads.unavailable", error=type(error).__name__)

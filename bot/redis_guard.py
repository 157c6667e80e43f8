"""Redis for what can do without it: while the breaker is open every command fails at once instead of costing a wait."""

from __future__ import annotations

from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.breaker import Breaker


class _Guarded:
    def __init__(self, redis: Redis, breaker: Breaker) -> None:
        self._redis = redis
        self._breaker = breaker

    def __getattr__(self, command: str) -> Any:
        if self._breaker.is_open:
            raise RedisConnectionError("Redis is away")
        return getattr(self._redis, command)


def guarded(redis: Redis, breaker: Breaker) -> Redis:
    """The same client; naming a command of it raises ConnectionError while the breaker is open."""
    return cast(Redis, _Guarded(redis, breaker))

"""Questions put to ID and what users said of answers, on Redis: each taken exactly once, whichever replica is asked.

Every step is one command, so no script is needed: `SET … NX` lets one caller through, and tells the others who it was.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from bot import redis_keys
from bot.redis_store import FAULTS
from handlers.ports import Consult, StoreUnavailable, Verdict

_CONSULT = TypeAdapter(Consult)
_WEEK = redis_keys.CONSULT_TTL_SECONDS


class RedisConsults:
    """`handlers.ports.Consults`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def claim(self, team: str, consult_id: str) -> bool:
        key, ends = redis_keys.consult(team, consult_id, "state"), redis_keys.CONSULT_CLAIM_TTL_SECONDS
        return bool(await _asked(self._redis.set(key, b"", nx=True, ex=ends)))

    async def drop(self, team: str, consult_id: str) -> None:
        await _asked(self._redis.delete(redis_keys.consult(team, consult_id, "state")))

    async def keep(self, consult: Consult) -> None:
        key = redis_keys.consult(consult.team, consult.id, "state")
        await _asked(self._redis.set(key, _CONSULT.dump_json(consult), ex=_WEEK))

    async def find(self, team: str, consult_id: str) -> Consult | None:
        stored = await _asked(self._redis.get(redis_keys.consult(team, consult_id, "state")))
        try:
            return _CONSULT.validate_json(stored) if stored else None
        except ValidationError:
            raise StoreUnavailable("unreadable consult") from None

    async def take(self, team: str, consult_id: str, user: str) -> str | None:
        key = redis_keys.consult(team, consult_id, "taken")
        return _text(await _asked(self._redis.set(key, user, nx=True, get=True, ex=_WEEK)))

    async def taker(self, team: str, consult_id: str) -> str | None:
        return _text(await _asked(self._redis.get(redis_keys.consult(team, consult_id, "taken"))))

    async def give_back(self, team: str, consult_id: str) -> None:
        await _asked(self._redis.delete(redis_keys.consult(team, consult_id, "taken")))


class RedisVerdicts:
    """`handlers.ports.Verdicts`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def first(self, team: str, rid: str, user: str, verdict: Verdict) -> bool:
        key, is_good = redis_keys.verdict(team, rid, user), verdict == "good"
        before = await _asked(self._redis.set(key, verdict, nx=is_good, get=True, ex=redis_keys.VERDICT_TTL_SECONDS))
        return before is None or (not is_good and _text(before) == "good")

    async def forget(self, team: str, rid: str, user: str) -> None:
        await _asked(self._redis.delete(redis_keys.verdict(team, rid, user)))


async def _asked(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except FAULTS as error:
        raise StoreUnavailable(type(error).__name__) from error


def _text(value: bytes | str | None) -> str | None:
    return value.decode() if isinstance(value, bytes) else value

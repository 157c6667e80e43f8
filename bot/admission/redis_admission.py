"""`RedisAdmission`: dedupe and limits by one script call, shared by all replicas and by those who ask at once."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence
from secrets import token_hex
from typing import Any, Literal, NamedTuple

import structlog
from redis.asyncio import Redis

from bot import redis_keys
from bot.admission.joining import Joining
from bot.admission.limits import EVENTS, Limits, leave_unacknowledged
from bot.redis_store import FAULTS, Arg, Script
from handlers.ports import Admitted, Asker, Duplicate, OverLimit, StoreUnavailable

_SCRIPT = Script.beside(__file__, "admission.lua")
_LEASE_MS = redis_keys.LEASE_TTL_SECONDS * 1000
_DONE_MS = redis_keys.DELIVERY_TTL_SECONDS * 1000
_SCOPES: tuple[Literal["user", "channel", "workspace"], ...] = ("user", "channel", "workspace")
_log = structlog.get_logger(__name__)
ATTEMPTS = 2
SOON_SECONDS = 0.1  # a connection that broke is worth a second try; one that timed out has cost its time
NO_SIGNATURE = "0" * 64


class _Ask(NamedTuple):
    """One question as the script reads it."""

    keys: tuple[str, ...]
    args: tuple[Arg, ...]


class RedisAdmission:
    """`handlers.ports.Admission` on Redis. Every key of a workspace lies in one slot and expires."""

    def __init__(self, redis: Redis, limits: Limits) -> None:
        self._redis = redis
        self._for_all: list[Arg] = [
            part
            for limit in (limits.user, limits.channel, limits.workspace)
            for part in (limit.interval_us, limit.burst)
        ]
        self._for_all += [redis_keys.REPLAY_TTL_SECONDS * 1000, _DONE_MS, _LEASE_MS]
        self._joining = Joining(self._judge)

    async def admit(self, asker: Asker, *, charge: bool) -> Admitted | Duplicate | OverLimit:
        """May be cancelled, which leaves the call to Redis alone."""
        word = "lease" if asker.surface in EVENTS else "done"
        args = (int(asker.signature_sha256 is not None), word, token_hex(8), int(charge))
        workspace = redis_keys.admission(asker.team, "w", "all")  # the keys of each lie in a slot of their own
        reply = await self._joining.ask(workspace, _Ask(_keys(asker), args))
        match [part.decode() if isinstance(part, bytes) else part for part in reply]:
            case ["admitted"]:
                return Admitted()
            case ["duplicate", state]:
                if state == "lease":
                    leave_unacknowledged()
                return Duplicate()
            case ["limited", int(index), str(wait_us)]:
                return OverLimit(_SCOPES[index - 1], max(1, math.ceil(int(wait_us) / 1_000_000)))
            case other:
                raise StoreUnavailable(f"unexpected reply of {len(other)} parts")

    async def settle(self, asker: Asker) -> None:
        try:
            await self._redis.set(_keys(asker)[1], "done:", px=_DONE_MS)
        except FAULTS as error:
            raise StoreUnavailable(type(error).__name__) from error

    async def _judge(self, workspace: str, asks: Sequence[_Ask]) -> Any:
        """Twice at most, and soon: the reply may be all that was lost, and the tokens make a second call harmless."""
        keys = [workspace, *(key for ask in asks for key in ask.keys)]
        args = [*self._for_all, *(arg for ask in asks for arg in ask.args)]
        started = time.monotonic()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await _SCRIPT.run(self._redis, keys, args)
            except FAULTS as error:
                if attempt == ATTEMPTS or time.monotonic() - started > SOON_SECONDS:
                    _log.warning("admission.unavailable", error=type(error).__name__)
                    raise StoreUnavailable(type(error).__name__) from error
        raise AssertionError


def _keys(asker: Asker) -> tuple[str, ...]:
    """Replay claim, delivery claim, limits of user and channel."""
    delivery = hashlib.sha256(asker.delivery.encode()).hexdigest()
    return (
        redis_keys.admission(asker.team, "rp", asker.signature_sha256 or NO_SIGNATURE),
        redis_keys.admission(asker.team, "dd", delivery),
        redis_keys.admission(asker.team, "u", asker.user),
        redis_keys.admission(asker.team, "c", asker.channel),
    )

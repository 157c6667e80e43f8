"""Whether a Redis may hold an audit log: what it may never do, and what its operator should know.

`allkeys-*` eviction drops the whole stream when memory runs short, without a word; everything else that is unwise
loses the last seconds after a crash, which the spool gives back, so it is told and not refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import ResponseError

from bot import redis_keys
from bot.faults import Fault
from bot.redis_store import FAULTS
from bot.tasks import end_all
from handlers.ports import Clock

CHECK_SECONDS = 60.0
MOST_SKEW_SECONDS = 2.0
_OLDEST = (7, 0)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Findings:
    """`faults` stop the start and the readiness; `warnings` are words for the log, /readyz and `doctor`."""

    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()


REMEDIES: Mapping[str, str] = {
    "no_aof": "Redis writes no append-only file: a crash of Redis loses what it has not saved. Set appendonly yes",
    "appendfsync_no": "Redis never forces its file to disk. Set appendfsync everysec or always",
    "no_replica": "Redis has no replica: its loss stops limits and review until it is back",
    "clock_skew": "the clocks of Redis and of this host differ by over two seconds. Check time synchronisation",
    "settings_unread": "Redis does not let the bot read its settings; eviction and fsync could not be checked",
}


async def inspect(redis: Redis, clock: Clock) -> Findings:
    """Ask the server that holds the log. Raises what a Redis call raises."""
    server = await _server_of(redis)
    info: dict[str, Any] = {}
    for section in ("server", "memory", "persistence", "replication"):
        info |= await redis.info(section, **server)
    try:
        config: dict[Any, Any] = await redis.config_get("appendfsync", **server)
        config |= await redis.config_get("maxmemory-policy", **server)
    except ResponseError:  # a managed Redis, or an ACL without CONFIG
        config = {}
    seconds, microseconds = await redis.time(**server)
    skew = abs(clock.now_ms() / 1000 - (seconds + microseconds / 1_000_000))
    return judge(info, config, skew)


def judge(info: Mapping[str, Any], config: Mapping[str, Any], skew_seconds: float) -> Findings:
    """What INFO and CONFIG say. `skew_seconds`: how far the server's clock is from ours."""
    faults = []
    version = str(info.get("redis_version", ""))
    if _is_old(version):
        faults.append(Fault("REDIS_URL", f"leads to a Redis {version}", "use Redis 7.0 or newer, or Valkey"))
    policy = str(config.get("maxmemory-policy") or info.get("maxmemory_policy") or "")
    if policy.startswith("allkeys-"):
        problem = f"leads to a Redis that may drop the audit log when memory runs short (maxmemory-policy {policy})"
        faults.append(Fault("REDIS_URL", problem, "set maxmemory-policy to noeviction or volatile-ttl"))
    found = {
        "no_aof": not int(info.get("aof_enabled", 0)),
        "appendfsync_no": config.get("appendfsync") == "no",
        "no_replica": info.get("role") == "master" and not int(info.get("connected_slaves", 0)),
        "clock_skew": skew_seconds > MOST_SKEW_SECONDS,
        "settings_unread": not policy or "appendfsync" not in config,
    }
    return Findings(tuple(faults), tuple(word for word, holds in found.items() if holds))


class RedisWatch:
    """Looks again each minute, since a Redis can be reconfigured or replaced under a running bot."""

    def __init__(self, redis: Redis, clock: Clock, found: Findings, seconds: float = CHECK_SECONDS) -> None:
        self._redis = redis
        self._clock = clock
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None
        self.findings = found
        self._tell(Findings(), found)

    async def look(self) -> None:
        """Inspect now, and tell the log what is new. A Redis that does not answer changes nothing."""
        try:
            found = await inspect(self._redis, self._clock)
        except FAULTS:
            return
        before, self.findings = self.findings, found
        self._tell(before, found)

    def _tell(self, before: Findings, now: Findings) -> None:
        for word in now.warnings:
            if word not in before.warnings:
                _log.warning("redis.unwise", what=word, remedy=REMEDIES[word])
        for fault in now.faults:
            if fault not in before.faults:
                _log.error("redis.unsafe", problem=fault.problem, remedy=fault.remedy)

    def start(self) -> None:
        """Look each minute until `stop`."""
        self._task = asyncio.create_task(self._watch(), name="redis-watch")

    async def stop(self) -> None:
        if self._task is not None:
            await end_all([self._task])
            self._task = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            await self.look()


async def _server_of(redis: Redis) -> dict[str, Any]:
    """In a Cluster, the node that serves the log."""
    if isinstance(redis, RedisCluster):
        await redis.initialize()
        return {"target_nodes": redis.get_node_from_key(redis_keys.AUDIT_LOG)}
    return {}


def _is_old(version: str) -> bool:
    parts = version.split(".")[:2]
    return all(part.isdigit() for part in parts) and tuple(map(int, parts)) < _OLDEST

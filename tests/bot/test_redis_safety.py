"""A Redis that may drop the log is refused, at the start and while serving; what is unwise is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis

from bot.redis_safety import REMEDIES, Findings, RedisWatch, inspect, judge
from bot.redis_store import request_client
from bot.start_checks import check_redis
from tests.fakes import ManualClock
from tests.redis_fleet import ClusterFleet, started

SOUND: dict[str, Any] = {
    "redis_version": "7.2.4",
    "maxmemory_policy": "noeviction",
    "aof_enabled": 1,
    "role": "master",
    "connected_slaves": 1,
}
CONFIG = {"appendfsync": "everysec", "maxmemory-policy": "noeviction"}


def test_a_sound_redis_has_no_findings() -> None:
    assert judge(SOUND, CONFIG, 0.1) == Findings()


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
@pytest.mark.parametrize("readable", [True, False])
def test_eviction_of_the_log_is_a_fault(policy: str, readable: bool) -> None:
    """Whether CONFIG may be read or only INFO."""
    config = {**CONFIG, "maxmemory-policy": policy} if readable else {}
    (fault,) = judge({**SOUND, "maxmemory_policy": policy}, config, 0).faults
    assert policy in fault.problem
    assert "noeviction" in fault.remedy


@pytest.mark.parametrize("policy", ["noeviction", "volatile-lru", "volatile-ttl", "volatile-random"])
def test_policies_that_keep_the_log(policy: str) -> None:
    """The stream has no TTL, so `volatile-*` cannot take it."""
    assert judge({**SOUND, "maxmemory_policy": policy}, {**CONFIG, "maxmemory-policy": policy}, 0).faults == ()


@pytest.mark.parametrize(
    ("info", "config", "skew", "word"),
    [
        ({"aof_enabled": 0}, CONFIG, 0.0, "no_aof"),
        ({}, {**CONFIG, "appendfsync": "no"}, 0.0, "appendfsync_no"),
        ({"connected_slaves": 0}, CONFIG, 0.0, "no_replica"),
        ({}, CONFIG, 2.1, "clock_skew"),
        ({}, {}, 0.0, "settings_unread"),
    ],
)
def test_what_is_unwise_is_told(info: dict[str, Any], config: dict[str, Any], skew: float, word: str) -> None:
    """Each with a remedy."""
    assert judge({**SOUND, **info}, config, skew) == Findings((), (word,))
    assert REMEDIES[word]


def test_an_old_redis_is_refused() -> None:
    (fault,) = judge({**SOUND, "redis_version": "6.2.14"}, CONFIG, 0).faults
    assert "7.0 or newer" in fault.remedy


async def test_a_real_server_is_inspected(redis: Redis) -> None:
    """The test servers keep no file and have no replica; the manual clock stands far from theirs."""
    found = await inspect(redis, ManualClock())
    assert found.faults == ()
    assert {"no_aof", "no_replica", "clock_skew"} == set(found.warnings)


async def test_a_redis_reconfigured_under_the_bot_is_noticed(redis: Redis) -> None:
    """Told once, and again when it is mended there is nothing left to tell."""
    clock = ManualClock()
    watch = RedisWatch(redis, clock, await inspect(redis, clock))
    assert watch.findings.faults == ()
    try:
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        with structlog.testing.capture_logs() as logs:
            await watch.look()
            await watch.look()
        assert [entry["event"] for entry in logs] == ["redis.unsafe"]
        assert watch.findings.faults
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")
    await watch.look()
    assert watch.findings.faults == ()


async def test_a_redis_that_is_away_is_one_fault_at_the_start(tmp_path: Path) -> None:
    """And with a remedy that says how to start one."""
    client = request_client(f"unix://{tmp_path}/none.sock")
    (fault,) = (await check_redis(client, ManualClock())).faults
    await client.aclose()
    assert "no Redis that answers" in fault.problem


async def test_a_cluster_is_inspected_where_the_log_lies(tmp_path: Path) -> None:
    with started(ClusterFleet(tmp_path)) as fleet:
        client = request_client(fleet.url)
        try:
            owner = fleet.owner(fleet.slot_of("{cre:audit}:log"))
            owner.client_says(lambda own: own.config_set("maxmemory-policy", "allkeys-lru"))
            (fault,) = (await check_redis(client, ManualClock())).faults
            assert "allkeys-lru" in fault.problem
        finally:
            await client.aclose()

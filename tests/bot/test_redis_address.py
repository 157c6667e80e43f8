"""One URL says where Redis is, of whatever kind; and real Sentinels and a real Cluster are found by it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import redis_keys
from bot.redis_address import parse_address
from bot.redis_store import FAULTS, Script, background_client, request_client
from tests.redis_fleet import ClusterFleet, SentinelFleet, started

COUNT = Script("redis.call('RPUSH', KEYS[1], ARGV[1]) return redis.call('LLEN', KEYS[1])")


def test_a_sentinel_url_is_read_whole() -> None:
    """Nodes with and without port, IPv6, service, database, both logins and TLS; no password in the repr."""
    address = parse_address(
        "redis+sentinel://bot:p%40ss@h1:26380,[::1],h3/cre%2Dmain/2"
        "?tls=true&tls_ca=/etc/ca.pem&sentinel_user=watch&sentinel_password=s3cret"
    )
    assert (address.kind, address.service, address.db) == ("sentinel", "cre-main", 2)
    assert address.nodes == (("h1", 26380), ("::1", 26379), ("h3", 26379))
    assert address.login == {"username": "bot", "password": "p@ss"}
    assert address.sentinel_login == {"username": "watch", "password": "s3cret"}
    assert address.tls == {"ssl": True, "ssl_ca_certs": "/etc/ca.pem"}
    assert "p@ss" not in repr(address)
    assert "s3cret" not in repr(address)


def test_a_cluster_url_is_read_whole() -> None:
    """Nodes and login; a Cluster has no database."""
    address = parse_address("redis+cluster://:secret@h1,h2:7001/0")
    assert (address.kind, address.nodes, address.db) == ("cluster", (("h1", 6379), ("h2", 7001)), 0)
    assert address.login == {"password": "secret"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterFleet]:
    with started(ClusterFleet(tmp_path_factory.mktemp("cluster"))) as fleet:
        yield fleet


@pytest.mark.parametrize("client_of", [request_client, background_client])
async def test_a_script_follows_its_slot(cluster: ClusterFleet, client_of: Any) -> None:
    """Three masters, one hash tag a script: a moved slot is followed without a word to the caller."""
    redis = client_of(cluster.url)
    key = f"{redis_keys.AUDIT_LOG}:try"
    try:
        await redis.delete(key)
        assert await COUNT.run(redis, [key], ["a"]) == 1
        before = cluster.owner(cluster.slot_of(key))
        cluster.migrate(cluster.slot_of(key))
        assert cluster.owner(cluster.slot_of(key)) is not before
        assert await COUNT.run(redis, [key], ["b"]) == 2
    finally:
        await redis.aclose()


async def test_a_failover_is_followed(tmp_path: Path) -> None:
    """The master is killed, Sentinels choose the replica, and the same client writes there."""
    with started(SentinelFleet(tmp_path)) as fleet:
        redis = request_client(fleet.url)
        try:
            assert await COUNT.run(redis, ["k"], ["a"]) == 1
            fleet.master().client_says(lambda client: client.wait(1, 2000))
            old = fleet.master()
            old.stop()
            with pytest.raises(FAULTS):
                await COUNT.run(redis, ["k"], ["lost"])
            await asyncio.to_thread(fleet.failed_over_from, old)
            async with asyncio.timeout(20):
                while True:
                    try:
                        assert await COUNT.run(redis, ["k"], ["b"]) == 2
                        break
                    except FAULTS:  # a Sentinel may still take the new master for down
                        await asyncio.sleep(0.05)
        finally:
            await redis.aclose()

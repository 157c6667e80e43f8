"""Redis clients and scripts: one client for the way to the answer, one for work that may wait.

redis-py retries ten times by default, which turns a dead Redis into seconds of silence; on the way to the answer a
command is tried once, within a short timeout, and idempotent scripts are tried again by those who know how.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from bot.redis_address import parse_address

CONNECT_TIMEOUT_SECONDS = 0.3
MOST_CONNECTIONS = 512
REPLY_TIMEOUT_SECONDS = 0.4
Arg = str | bytes | int
FAULTS = (RedisError, RedisClusterException, OSError, TimeoutError)
"""What a Redis call can raise when the store is not there or not well."""


def request_client(url: str) -> Redis:
    """For the way to the answer: short timeouts, no retries. The URL as `bot.redis_address` reads it."""
    return _client(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=REPLY_TIMEOUT_SECONDS,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        max_connections=MOST_CONNECTIONS,
        protocol=2,
        driver_info=None,  # no CLIENT SETINFO: a new connection is ready at once
    )


async def warm(redis: Redis, connections: int) -> None:
    """Open connections before the first rush; those that a busy host does not open in time are opened when needed."""
    await asyncio.gather(*(redis.ping() for _ in range(connections)), return_exceptions=True)


def background_client(url: str) -> Redis:
    """For reading the log and other work nobody waits three seconds for."""
    return _client(url, socket_timeout=10, socket_connect_timeout=3, protocol=2)


class _SentinelRedis(Redis):
    """The master of a service, whoever that is now; closes the clients of the Sentinels with itself."""

    watchers: Sentinel

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        await super().aclose(close_connection_pool)
        await self.watchers.aclose()


class _ClusterRedis(RedisCluster):
    """A Cluster whose moving slots look like what they are: a connection that was lost."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().execute_command(*args, **options)
        except AttributeError as error:  # redis-py closes connections that other tasks are about to write to
            raise RedisConnectionError("the connection was closed while in use") from error


def _client(url: str, **options: Any) -> Redis:
    address = parse_address(url)
    if address.kind == "single":
        return Redis.from_url(url, **options)
    if address.kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in address.nodes]
        cluster = _ClusterRedis(startup_nodes=nodes, **address.login, **address.tls, **options)
        return cast(Redis, cluster)  # the same commands, as long as all keys of a call lie in one slot
    timeouts = {name: value for name, value in options.items() if name.startswith("socket_")}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py leaves it without types
        list(address.nodes),
        sentinel_kwargs={**timeouts, "retry": Retry(NoBackoff(), 0), **address.sentinel_login, **address.tls},
    )
    master: _SentinelRedis = sentinel.master_for(
        address.service, redis_class=_SentinelRedis, db=address.db, **address.login, **address.tls, **options
    )
    master.watchers = sentinel
    return master


class Script:
    """A Lua script, sent by its digest and in full only when the server does not know it (after a restart)."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def beside(cls, module: str, name: str) -> Script:
        """The script file `name` in the folder of the module file."""
        return cls((Path(module).parent / name).read_text(encoding="utf-8"))

    async def run(self, redis: Redis, keys: Sequence[str], args: Sequence[Arg]) -> Any:
        """Run it once; tried again in full when the server answered that it has no such script."""
        try:
            return await redis.evalsha(self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return await redis.eval(self._source, len(keys), *keys, *args)

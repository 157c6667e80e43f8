"""Redis clients and scripts: one client for the way to the answer, one for work that may wait.

redis-py retries ten times by default, which turns a dead Redis into seconds of silence; on the way to the answer a
command is tried once, within a short timeout, and idempotent scripts are tried again by those who know how.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

CONNECT_TIMEOUT_SECONDS = 0.3
MOST_CONNECTIONS = 512
REPLY_TIMEOUT_SECONDS = 0.4
Arg = str | bytes | int
FAULTS = (RedisError, OSError, TimeoutError)
"""What a Redis call can raise when the store is not there or not well."""


def request_client(url: str) -> Redis:
    """For the way to the answer: short timeouts, no retries."""
    return Redis.from_url(
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
    return Redis.from_url(url, socket_timeout=10, socket_connect_timeout=3, protocol=2)


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

"""The Redis that holds the audit log, for commands that read it on its host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from redis.asyncio import Redis

from bot.embedded import EmbeddedRedis, data_dir, is_answering, socket_path
from bot.faults import Fault, StartError
from bot.redis_store import background_client
from bot.settings import Settings

Use = Literal["write", "read", "seal"]


@asynccontextmanager
async def audit_redis(settings: Settings, use: Use = "write") -> AsyncIterator[Redis]:
    """REDIS_URL, or the URL of the Redis user for that use, where there is one; else the playground's embedded server.

    That is started for the moment if need be. Raises StartError.
    """
    embedded: EmbeddedRedis | None = None
    own = {"write": None, "read": settings.redis_reader_url, "seal": settings.redis_sealer_url}[use]
    if (given := own or settings.redis_url) is not None:
        url = given.get_secret_value()
    else:
        folder = data_dir(settings.data_dir)
        if not (folder / "appendonlydir").is_dir():
            remedy = "ask something in `cre-bot playground`, or set REDIS_URL to the Redis of your bot"
            raise StartError([Fault("CRE_DATA_DIR", f"holds no audit log yet ({folder})", remedy)])
        if not is_answering(socket_path(folder)):
            embedded = EmbeddedRedis.start(settings.data_dir)
        url = f"unix://{socket_path(folder)}"
    redis = background_client(url)
    try:
        yield redis
    finally:
        await redis.aclose()
        if embedded is not None:
            embedded.stop()

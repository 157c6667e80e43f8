"""Running a bot until it is told to stop: signals, readiness, drain."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from contextlib import ExitStack

import structlog
from pydantic import SecretStr

from bot.app import create_bot
from bot.embedded import EmbeddedRedis
from bot.faults import Fault, StartError
from bot.settings import Settings, secret_file

_COLLECT_AFTER = 10_000  # objects more than before; Python's default is 700
_log = structlog.get_logger(__name__)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def settle_memory() -> None:
    """Keep the collector off what was loaded to stay, a round over which halts all answers for 30 ms and more, and let
    it come less often to what an answer leaves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


async def serve(settings: Settings, *, socket: bool, embedded_redis: bool = False) -> int:
    """Serve until a signal; the exit code: 0 when everything under way was finished."""
    with ExitStack() as brought:
        if embedded_redis:
            settings = settings.model_copy(update={"redis_url": SecretStr(_embedded(settings, brought))})
        return await _serve(settings, socket=socket)


def _embedded(settings: Settings, brought: ExitStack) -> str:
    """A Redis of our own on the data folder; never on a passing one, which would lose the record."""
    embedded = brought.enter_context(EmbeddedRedis.start(settings.data_dir))
    if embedded.is_temporary:
        remedy = "stop the playground or the other bot, or set CRE_DATA_DIR to another folder"
        raise StartError([Fault("CRE_DATA_DIR", "is in use by another run", remedy)])
    _log.warning("redis.embedded", path=str(embedded.folder), remedy="for production set REDIS_URL")
    return embedded.url


async def _serve(settings: Settings, *, socket: bool) -> int:
    stop = stop_on_signals()
    bot = await create_bot(settings, token_file=secret_file("SLACK_BOT_TOKEN", os.environ))
    left = 0
    try:
        if socket:
            await bot.serve_socket(secret_file("SLACK_APP_TOKEN", os.environ))
            if settings.port is not None:
                await bot.serve_http(events=False)
        else:
            await bot.serve_http()
        edition, digest = bot.knowledge.edition.id, bot.knowledge.digest
        transport, port = ("socket", settings.port) if socket else ("http", bot.port)
        settle_memory()
        _log.info("bot.ready", transport=transport, port=port, edition=edition, digest=digest)
        await stop.wait()
        _log.info("bot.stopping", in_flight=bot.in_flight)
    finally:
        left = await bot.stop()
    return 0 if left == 0 else 1

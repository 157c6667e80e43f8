"""Running a bot until it is told to stop: signals, readiness, drain."""

from __future__ import annotations

import asyncio
import os
import signal

import structlog

from bot.app import create_bot
from bot.settings import Settings, secret_file

_log = structlog.get_logger(__name__)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def serve(settings: Settings, *, socket: bool) -> int:
    """Serve until a signal; the exit code: 0 when everything under way was finished."""
    stop = stop_on_signals()
    bot = await create_bot(settings, token_file=secret_file("SLACK_BOT_TOKEN", os.environ))
    left = 0
    try:
        if socket:
            await bot.serve_socket()
            if settings.port is not None:
                await bot.serve_http(events=False)
        else:
            await bot.serve_http()
        edition, digest = bot.knowledge.edition.id, bot.knowledge.digest
        transport, port = ("socket", settings.port) if socket else ("http", bot.port)
        _log.info("bot.ready", transport=transport, port=port, edition=edition, digest=digest)
        await stop.wait()
        _log.info("bot.stopping", in_flight=bot.in_flight)
    finally:
        left = await bot.stop()
    return 0 if left == 0 else 1

"""`Bot`: an assembled bot, which serves over Slack's two doors, says how it is, and stops in good order."""

from __future__ import annotations

import asyncio
import errno
import socket as sockets
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from redis.asyncio import Redis

from bot.admission.fallback import FallbackAdmission
from bot.audit.writer.log import RedisAuditLog
from bot.dispatch import Dispatcher
from bot.door import RUNNER_OPTIONS, Door
from bot.faults import Fault, StartError
from bot.knowledge_watch import KnowledgeWatch
from bot.redis_safety import RedisWatch
from bot.redis_store import FAULTS as REDIS_FAULTS
from bot.settings import DEFAULT_PORT, REMEDIES, Settings
from bot.slack_client import Identity, SlackRefusedError
from bot.slack_state import WatchedClient
from bot.socket import SocketDoor
from bot.tasks import TaskRegistry
from handlers.ports import Clock
from knowledge.base import KnowledgeBase

DRAIN_SECONDS = 25.0
VERSION = version("cre-bot")
_log = structlog.get_logger(__name__)


class Bot:
    """A bot whose parts are assembled. Serve over HTTP, Socket Mode or both; `stop` once."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        knowledge: KnowledgeBase,
        dispatcher: Dispatcher,
        client: WatchedClient,
        redis: Redis,
        redis_watch: RedisWatch,
        audit: RedisAuditLog,
        admission: FallbackAdmission,
        tasks: TaskRegistry,
        clock: Clock,
        closing: AsyncExitStack,
    ) -> None:
        self.settings = settings
        self.identity = identity
        self.knowledge = knowledge
        self.knowledge_watch = KnowledgeWatch(settings, knowledge)
        self.tasks = tasks
        self._dispatcher = dispatcher
        self._client = client
        self._redis = redis
        self._redis_watch = redis_watch
        self.audit = audit
        self._admission = admission
        self._clock = clock
        self._closing = closing
        self._runner: web.AppRunner | None = None
        self._socket: SocketDoor | None = None
        self._serving = False
        self.port: int | None = None

    @property
    def in_flight(self) -> int:
        """Requests and tasks under way."""
        return self._dispatcher.in_flight + len(self.tasks)

    async def serve_http(self, listener: sockets.socket | None = None, *, events: bool = True) -> int:
        """Listen on HOST:PORT, or on a socket that is bound already; the port. `events` False: health only."""
        secret = self.settings.slack_signing_secret
        if events and secret is None:
            raise StartError([Fault("SLACK_SIGNING_SECRET", "is not set", REMEDIES["SLACK_SIGNING_SECRET"])])
        door = Door(
            self._dispatcher, self.readiness, self._clock, secret.get_secret_value() if events and secret else None
        )
        self._runner = web.AppRunner(
            door.application(), handle_signals=False, shutdown_timeout=DRAIN_SECONDS, **RUNNER_OPTIONS
        )
        await self._runner.setup()
        host, port = self.settings.host, DEFAULT_PORT if self.settings.port is None else self.settings.port
        site = web.SockSite(self._runner, listener) if listener else web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            problem = f"{port} is in use" if taken else f"{port} on {host} cannot be opened"
            raise StartError([Fault("PORT", problem, "stop the other program or set PORT to a free one")]) from None
        self._serving = True
        self.port = int(self._runner.addresses[0][1])
        return self.port

    async def serve_socket(self, token_file: Path | None = None) -> None:
        """Connect to Slack by Socket Mode. `token_file`: where the app token came from, if from a file."""
        token = self.settings.slack_app_token
        if token is None:
            raise StartError([Fault("SLACK_APP_TOKEN", "is not set", REMEDIES["SLACK_APP_TOKEN"])])
        self._socket = SocketDoor(self._dispatcher, self._client, token.get_secret_value(), token_file=token_file)
        try:
            await self._socket.start()
        except SlackRefusedError as refused:
            problem = f"does not open a socket ({refused.reason})"
            raise StartError([Fault("SLACK_APP_TOKEN", problem, REMEDIES["SLACK_APP_TOKEN"])]) from None
        self._serving = True

    async def readiness(self) -> dict[str, Any]:
        """What /readyz says: no secret, no address."""
        try:
            redis_ok = bool(await self._redis.ping())
        except REDIS_FAULTS:
            redis_ok = False
        unsafe = bool(self._redis_watch.findings.faults)
        connected = self._socket is None or await self._socket.is_connected()
        refused = self._client.refused
        overlay = {"overlay_digest": self.knowledge.local.digest} if self.knowledge.local else {}
        return {
            "ready": self._serving
            and (redis_ok or self.audit.spool_takes)
            and not unsafe
            and connected
            and refused is None,
            "state": "serving" if self._serving else "stopping",
            "redis": "unsafe" if unsafe else "ok" if redis_ok else "unreachable",
            "redis_warnings": list(self._redis_watch.findings.warnings),
            "limits": self._admission.status(),
            "audit": self.audit.status(),
            "slack": {
                "team": self.identity.team,
                "connected": connected,
                "token": "ok" if refused is None else f"refused: {refused}",
                **({"socket": f"refused: {self._socket.refused}"} if self._socket and self._socket.refused else {}),
            },
            "knowledge": {
                "edition": self.knowledge.edition.id,
                "digest": self.knowledge.digest,
                **overlay,
                "on_disk": self.knowledge_watch.on_disk,
            },
            "in_flight": self._dispatcher.in_flight,
            "version": VERSION,
        }

    async def stop(self, drain_seconds: float = DRAIN_SECONDS) -> int:
        """Not ready, intake closed, drained, Slack closed, audit flushed, Redis closed; how much was left undone."""
        self._serving = False
        loop = asyncio.get_running_loop()
        deadline = loop.time() + drain_seconds
        if self._runner is not None:
            await self._runner.cleanup()  # closes the listener and waits for requests under way
        left = await self._dispatcher.drain(max(0.1, deadline - loop.time()))
        left += await self.tasks.drain(max(0.1, deadline - loop.time()))
        if self._socket is not None:
            await self._socket.close()
        await self.knowledge_watch.stop()
        await self._closing.aclose()
        _log.info("bot.stopped", count=left)
        return left

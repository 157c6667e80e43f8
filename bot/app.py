"""`create_bot`: the one place where parts are assembled, and `Bot`, which starts and closes them in order."""

from __future__ import annotations

import asyncio
import errno
import socket as sockets
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from redis.asyncio import Redis
from slack_bolt.async_app import AsyncApp

from bot.admission.fallback import FallbackAdmission
from bot.admission.limits import Limits
from bot.admission.local_admission import LocalAdmission
from bot.admission.redis_admission import RedisAdmission
from bot.audit.archive.archiving import Archiving, new_sealer
from bot.audit.opening import loaded_facts, new_audit_log
from bot.audit.readers.review_index import RedisReviewLog
from bot.audit.writer.log import RedisAuditLog
from bot.bolt_app import new_bolt_app
from bot.breaker import Breaker
from bot.clock import SystemClock
from bot.consults import RedisConsults, RedisVerdicts
from bot.conversation import Ports, attach
from bot.current import RequestAcks
from bot.dispatch import AT_ONCE, Dispatcher
from bot.door import RUNNER_OPTIONS, Door
from bot.error_handler import ErrorHandler
from bot.faults import Fault, StartError
from bot.knowing import on_call_route
from bot.knowledge_watch import KnowledgeWatch
from bot.outbox import SlackOutbox
from bot.pacing import APART_SECONDS, ChannelPace
from bot.profiles import RedisProfiles
from bot.redis_guard import guarded
from bot.redis_safety import RedisWatch
from bot.redis_store import FAULTS as REDIS_FAULTS
from bot.redis_store import background_client, request_client, warm
from bot.reviewers import SlackReviewers
from bot.roster import SlackRoster
from bot.settings import DEFAULT_PORT, REMEDIES, Settings
from bot.slack_client import Identity, SlackRefusedError, new_session, web_client
from bot.slack_state import TokenWatch, WatchedClient
from bot.socket import SocketDoor
from bot.start_checks import check_knowledge, check_redis, check_slack
from bot.tasks import TaskRegistry
from bot.threads import RedisThreadMemory
from handlers.ports import Clock
from knowledge.base import KnowledgeBase
from knowledge.vocabulary import Vocabulary

DRAIN_SECONDS = 25.0
VERSION = version("cre-bot")
Known = tuple[KnowledgeBase, Vocabulary]
Converse = Callable[[AsyncApp, Ports, KnowledgeBase, Vocabulary, Settings, Identity], None]
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


async def create_bot(
    settings: Settings,
    *,
    clock: Clock | None = None,
    known: Known | None = None,
    converse: Converse = attach,
    token_file: Path | None = None,
    posts_apart_seconds: float = APART_SECONDS,
) -> Bot:
    """Assemble a bot; raises StartError naming everything that is missing or out of reach.

    `token_file` is where the bot token came from, if from a file: a new one in it is taken while the bot runs.
    """
    clock = clock or SystemClock()
    if settings.redis_url is None or settings.slack_bot_token is None:
        missing = {"REDIS_URL": settings.redis_url, "SLACK_BOT_TOKEN": settings.slack_bot_token}
        raise StartError([Fault(n, "is not set", REMEDIES[n]) for n, value in missing.items() if value is None])
    async with AsyncExitStack() as opening:
        redis = request_client(settings.redis_url.get_secret_value())
        opening.push_async_callback(redis.aclose)
        reader = background_client((settings.redis_reader_url or settings.redis_url).get_secret_value())
        opening.push_async_callback(reader.aclose)
        sealer_redis = background_client((settings.redis_sealer_url or settings.redis_url).get_secret_value())
        opening.push_async_callback(sealer_redis.aclose)
        breaker = Breaker(clock)
        audit = new_audit_log(settings, redis, clock, breaker, VERSION)
        opening.push_async_callback(audit.close)
        archiving = Archiving(new_sealer(settings, sealer_redis, clock, audit), audit)
        opening.push_async_callback(archiving.stop)
        session = new_session()
        opening.push_async_callback(session.close)
        client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
        client.token_file = token_file

        found = await check_redis(redis, clock)
        faults: list[Fault] = list(found.faults)
        if not faults:
            await warm(redis, AT_ONCE)
        known = known or check_knowledge(settings, faults)
        identity = await check_slack(client, faults)
        if faults or known is None or identity is None:
            raise StartError(faults)
        knowledge, vocabulary = known
        settings = settings.model_copy(update={"on_call": on_call_route(settings, knowledge)})

        watch = TokenWatch(client)
        watch.start()
        opening.push_async_callback(watch.close)
        redis_watch = RedisWatch(redis, clock, found)
        redis_watch.start()
        opening.push_async_callback(redis_watch.stop)
        await audit.start()
        audit.note_system("kb.loaded", loaded_facts(knowledge))
        archiving.start()
        tasks = TaskRegistry()
        admission = FallbackAdmission(
            RedisAdmission(redis, Limits.of(settings)),
            LocalAdmission(clock, Limits.of(settings), settings.replicas),
            breaker,
        )
        side = guarded(redis, breaker)
        outbox = SlackOutbox(client, session, clock, pace=ChannelPace(clock, apart_seconds=posts_apart_seconds))
        app = new_bolt_app(client, identity)
        errors = ErrorHandler(outbox, tasks, settings.on_call)
        errors.register(app)
        ports = Ports(
            acks=RequestAcks(),
            admission=admission,
            audit=audit,
            roster=SlackRoster(client, identity, clock, tasks),
            profiles=RedisProfiles(side, clock, tasks),
            threads=RedisThreadMemory(side),
            outbox=outbox,
            clock=clock,
            background=tasks,
            consults=RedisConsults(redis),
            verdicts=RedisVerdicts(redis),
            review_log=RedisReviewLog(reader),
            review_rights=SlackReviewers(client, identity, settings.audit_reviewers),
        )
        converse(app, ports, knowledge, vocabulary, settings, identity)
        dispatcher = Dispatcher(app, errors, settings.on_call)
        bot = Bot(
            settings,
            identity,
            knowledge,
            dispatcher,
            client,
            redis,
            redis_watch,
            audit,
            admission,
            tasks,
            clock,
            opening.pop_all(),
        )
        bot.knowledge_watch.start()
        return bot
    raise AssertionError  # the stack swallows nothing

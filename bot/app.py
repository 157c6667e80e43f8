"""`create_bot`: the one place where parts are assembled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from slack_bolt.async_app import AsyncApp

from bot.admission.fallback import FallbackAdmission
from bot.admission.limits import Limits
from bot.admission.local_admission import LocalAdmission
from bot.admission.redis_admission import RedisAdmission
from bot.audit.archive.archiving import Archiving, new_sealer
from bot.audit.opening import loaded_facts, new_audit_log
from bot.audit.readers.review_index import RedisReviewLog
from bot.bolt_app import new_bolt_app
from bot.breaker import Breaker
from bot.clock import SystemClock
from bot.consults import RedisConsults, RedisVerdicts
from bot.conversation import Ports, attach
from bot.current import RequestAcks
from bot.dispatch import AT_ONCE, Dispatcher
from bot.error_handler import ErrorHandler
from bot.faults import Fault, StartError
from bot.knowing import on_call_route
from bot.outbox import SlackOutbox
from bot.pacing import APART_SECONDS, ChannelPace
from bot.profiles import RedisProfiles
from bot.redis_guard import guarded
from bot.redis_safety import RedisWatch
from bot.redis_store import background_client, request_client, warm
from bot.reviewers import SlackReviewers
from bot.roster import SlackRoster
from bot.running import VERSION, Bot
from bot.settings import REMEDIES, Settings
from bot.slack_client import Identity, new_session, web_client
from bot.slack_state import TokenWatch
from bot.start_checks import check_knowledge, check_redis, check_slack
from bot.tasks import TaskRegistry
from bot.threads import RedisThreadMemory
from handlers.ports import Clock
from knowledge.base import KnowledgeBase
from knowledge.vocabulary import Vocabulary

Known = tuple[KnowledgeBase, Vocabulary]
Converse = Callable[[AsyncApp, Ports, KnowledgeBase, Vocabulary, Settings, Identity], None]


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

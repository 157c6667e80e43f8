"""The assembled bot against a strict Slack and real Redis: it starts whole or says why not, and stops clean."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import signal
import socket
import sys
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.app import create_bot
from bot.audit.readers.reading import AuditReader, StoredEntry
from bot.door import PATH
from bot.faults import StartError
from bot.knowing import load_known
from bot.logs import configure_logging
from bot.playground.standin import SlackStandIn
from bot.running import Bot
from bot.settings import Settings
from knowledge.base import KnowledgeBase
from knowledge.vocabulary import Vocabulary


@pytest.fixture(scope="session")
def known() -> tuple[KnowledgeBase, Vocabulary]:
    return load_known()


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(retry_delays=()) as slack:
        yield slack


def settings_for(slack: SlackStandIn, redis_url: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "redis_url": SecretStr(redis_url),
        "slack_bot_token": SecretStr(slack.bot_token),
        "slack_app_token": SecretStr(slack.app_token),
        "slack_signing_secret": SecretStr(slack.signing_secret),
        "slack_api_url": slack.api_url,
        "host": "127.0.0.1",
        "port": 0,
        **changes,
    }
    return Settings(**values)


@pytest.fixture
async def bot(slack: SlackStandIn, redis_url: str, known: tuple[KnowledgeBase, Vocabulary]) -> AsyncIterator[Bot]:
    bot = await create_bot(settings_for(slack, redis_url), known=known)
    port = await bot.serve_http()
    slack.events_url = f"http://127.0.0.1:{port}{PATH}"
    yield bot
    await bot.stop(5)


async def entries(redis: Redis) -> list[StoredEntry]:
    """What was recorded of people before it left; how each delivery ended is recorded beside it."""
    found = await AuditReader(redis).page(200)
    assert all(isinstance(each, StoredEntry) for each in found)
    read = [each for each in found if isinstance(each, StoredEntry) and each.entry.who.role != "system"]
    return [each for each in read if each.entry.t not in ("answer.delivered", "answer.failed", "answer.unknown")]


async def test_a_command_is_answered_and_recorded(bot: Bot, slack: SlackStandIn, redis: Redis) -> None:
    """`/cre kpc bacteremia`: preferred regimens in the ack, one entry in the log, nothing posted."""
    sent = await slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown is not None
    assert "eftazidime-avibactam" in json.dumps([sent.shown.text, sent.shown.blocks])
    (stored,) = await entries(redis)
    entry = stored.entry
    assert (entry.t, entry.ans["outcome"], entry.src.surface) == ("answer.prepared", "answered", "slash")
    assert entry.ask["question"]["mechanisms"] == ["kpc"]
    assert entry.ans["knowledge_sha256"] == bot.knowledge.digest
    assert "bacteremia kpc" not in entry.body().decode()
    assert slack.received("chat.postMessage") == []
    assert slack.faults == []


async def test_a_mention_is_answered_in_its_thread(bot: Bot, slack: SlackStandIn, redis: Redis) -> None:
    """And the thread remembers what was settled."""
    await slack.mention("clinician", "id-consults", "NDM klebsiella in the blood, CrCl 25")
    (posted,) = slack.received("chat.postMessage")
    assert posted["thread_ts"]
    assert posted["text"]
    assert slack.faults == []
    assert [each.entry.src.surface for each in await entries(redis)] == ["mention"]
    assert await redis.keys("{cre:th:*")


async def test_twenty_at_once_each_get_their_own_answer(bot: Bot, slack: SlackStandIn, redis: Redis) -> None:
    """Ten within the user's burst, ten told when to come back; all recorded but the repeated limit."""
    sent = await asyncio.gather(*(slack.command("clinician", "icu", "kpc bacteremia") for _ in range(20)))
    assert all(each.shown is not None for each in sent)
    outcomes = [each.entry.ans["outcome"] for each in await entries(redis)]
    assert outcomes.count("answered") == 10
    assert outcomes.count("limited") == 1


async def test_a_guest_is_refused_in_private_and_recorded(bot: Bot, slack: SlackStandIn, redis: Redis) -> None:
    """Roster, admission and audit together."""
    sent = await slack.command("guest", "icu", "kpc bacteremia")
    assert sent.shown is not None
    assert "avibactam" not in json.dumps(sent.shown.blocks)
    assert [each.entry.t for each in await entries(redis)] == ["query.denied"]


async def test_readiness_names_edition_and_redis(bot: Bot) -> None:
    """What an operator's probe sees."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{bot.port}/readyz") as reply:
        state = await reply.json()
    assert reply.status == 200
    assert state["ready"] is True
    assert state["redis"] == "ok"
    loaded = {"edition": bot.knowledge.edition.id, "digest": bot.knowledge.digest, "on_disk": "as loaded"}
    assert state["knowledge"] == loaded


async def test_socket_mode_is_the_same_bot(
    slack: SlackStandIn, redis_url: str, redis: Redis, known: tuple[KnowledgeBase, Vocabulary]
) -> None:
    """No door for events, health beside it; answers through the socket."""
    bot = await create_bot(settings_for(slack, redis_url, slack_signing_secret=None), known=known)
    try:
        await bot.serve_socket()
        port = await bot.serve_http(events=False)
        sent = await slack.command("clinician", "id-consults", "kpc bacteremia")
        assert sent.shown is not None
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as reply:
                assert (await reply.json())["slack"]["connected"] is True
            async with session.post(f"http://127.0.0.1:{port}{PATH}", data=b"") as reply:
                assert reply.status == 404
        assert [each.entry.src.transport for each in await entries(redis)] == ["socket"]
    finally:
        assert await bot.stop(5) == 0


async def test_everything_that_is_missing_at_start_is_named_at_once(slack: SlackStandIn, tmp_path: Path) -> None:
    """Redis away, token refused, knowledge empty: one refusal with all of it."""
    settings = settings_for(
        slack, "unix:///nowhere/redis.sock", slack_bot_token=SecretStr("xoxb-wrong"), knowledge_dir=tmp_path
    )
    with pytest.raises(StartError) as refused:
        await create_bot(settings)
    names = [fault.name for fault in refused.value.faults]
    assert {"REDIS_URL", "SLACK_BOT_TOKEN", "knowledge"} == set(names)
    assert names.count("knowledge") > 3
    with pytest.raises(StartError) as refused:
        await create_bot(Settings())
    assert {fault.name for fault in refused.value.faults} == {"REDIS_URL", "SLACK_BOT_TOKEN"}


async def test_a_port_in_use_is_told(
    slack: SlackStandIn, redis_url: str, known: tuple[KnowledgeBase, Vocabulary]
) -> None:
    """With the port, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bot = await create_bot(settings_for(slack, redis_url, port=port), known=known)
        with pytest.raises(StartError, match=f"{port} is in use"):
            await bot.serve_http()
        await bot.stop(5)


async def test_what_is_under_way_is_finished_before_the_bot_goes(
    slack: SlackStandIn, redis_url: str, redis: Redis, known: tuple[KnowledgeBase, Vocabulary]
) -> None:
    """50 commands in flight at the stop: 50 answers, 50 entries."""
    limits = dict.fromkeys(("CRE_LIMIT_USER", "CRE_LIMIT_CHANNEL", "CRE_LIMIT_WORKSPACE"), "1000/min")
    bot = await create_bot(settings_for(slack, redis_url, **limits), known=known)
    port = await bot.serve_http()
    slack.events_url = f"http://127.0.0.1:{port}{PATH}"
    asked = [asyncio.create_task(slack.command("clinician", "icu", "kpc bacteremia")) for _ in range(50)]
    while bot.in_flight < 50 and not all(task.done() for task in asked):
        await asyncio.sleep(0)
    assert await bot.stop(10) == 0
    sent = await asyncio.gather(*asked)
    assert sum(each.shown is not None for each in sent) == 50
    assert len(await entries(redis)) == 50


async def serve(environ: dict[str, str], *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve", *options),
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def line_with(event: str, process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stderr is not None
    while line := await process.stderr.readline():
        if event in line.decode():
            return dict(json.loads(line))
    raise AssertionError(f"no {event}")


async def test_sigterm_ends_a_serving_process_cleanly(slack: SlackStandIn, redis_url: str) -> None:
    """It serves by environment alone, and its exit code is 0."""
    process = await serve(
        {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "REDIS_URL": redis_url,
            "HOST": "127.0.0.1",
            "PORT": "0",
        }
    )
    ready = await line_with("bot.ready", process)
    slack.events_url = f"http://127.0.0.1:{ready['port']}{PATH}"
    sent = await slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown is not None
    process.send_signal(signal.SIGTERM)
    await line_with("bot.stopped", process)
    await process.communicate()
    assert process.returncode == 0


async def test_serve_without_redis_refuses_clearly(slack: SlackStandIn) -> None:
    """The name, the problem, the remedy; no trace."""
    process = await serve(
        {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "REDIS_URL": "redis://127.0.0.1:9",
            "COLUMNS": "200",
        }
    )
    _, told = await process.communicate()
    assert process.returncode == 1
    assert b"REDIS_URL" in told
    assert b"leads to no Redis that answers" in told
    assert b"Traceback" not in told


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("json", "DEBUG", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


async def everything_in(redis: Redis) -> str:
    """Every key with its value, as text (DUMP would compress it)."""
    found: list[Any] = []
    key: Any
    for key in await redis.keys("*"):
        match await redis.type(key):
            case b"string":
                value: Any = await redis.get(key)
                found.append((key, zlib.decompress(value) if b":p:" in key else value))
            case b"hash":
                found.append((key, await redis.hgetall(key)))
            case b"stream":
                found.append((key, await redis.xrange(key)))
            case b"zset":
                found.append((key, await redis.zrange(key, 0, -1)))
            case kind:
                raise AssertionError(kind)
    return repr(found)


async def test_what_a_person_typed_is_kept_nowhere(
    log_lines: io.StringIO, bot: Bot, slack: SlackStandIn, redis: Redis
) -> None:
    """Names and numbers from a pasted note: not in Redis, not in the logs at DEBUG, not in what Slack received."""
    note = "kpc bacteremia, Zebediah Quux, MRN 47110815, DOB 1.2.1950, phone 070-555 99 88"
    canaries = ("Zebediah", "Quux", "47110815", "1950", "555 99")
    await slack.command("clinician", "icu", note)
    await slack.mention("clinician", "icu", note)
    await slack.direct_message("pharmacist", note)
    await slack.command("guest", "icu", note)
    stored = await everything_in(redis)
    sent = json.dumps([call.args for call in slack.calls], default=str)
    for canary in canaries:
        assert canary not in log_lines.getvalue()
        assert canary not in sent
        assert canary not in stored
    phi = [each.entry.ask["phi"] for each in await entries(redis) if each.entry.ask]
    assert len(phi) == 3
    assert all(phi)

"""Redis away: answers go on from this host's disk; Redis back: their entries are in the log. Neither: a refusal."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import create_bot
from bot.audit.readers.reading import AuditReader, StoredEntry
from bot.door import PATH
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from bot.running import Bot
from tests.scenarios.conftest import CONSULTS, settings_for
from tests.servers import RedisServer


@asynccontextmanager
async def running(**settings: str) -> AsyncIterator[tuple[Bot, SlackStandIn, RedisServer]]:
    """A bot, its Slack, and a Redis that can go away."""
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        server = RedisServer("valkey", Path(folder) / "r")
        server.start()
        async with SlackStandIn(retry_delays=()) as slack:
            bot = await create_bot(settings_for(slack, server.url, **settings))
            port = await bot.serve_http(sockets.create_server(("127.0.0.1", 0)))
            slack.events_url = f"http://127.0.0.1:{port}{PATH}"
            try:
                yield bot, slack, server
            finally:
                await bot.stop()
        server.stop()


async def entries(server: RedisServer) -> list[StoredEntry]:
    """The log, newest first."""
    client = request_client(server.url)
    found = await AuditReader(client).page(100)
    await client.aclose()
    return [each for each in found if isinstance(each, StoredEntry)]


async def test_redis_away_and_back() -> None:
    """The answer comes all the same, limits and duplicates are kept here, and afterwards the log is whole."""
    async with running() as (bot, slack, server):
        first = await slack.command("clinician", "icu", "kpc bacteremia")
        assert "meropenem-vaborbactam" in json.dumps(first.ack.body)
        assert (await bot.readiness())["audit"]["level"] == "redis"
        server.stop()
        away = await slack.command("clinician", "icu", "kpc bacteremia")
        assert "meropenem-vaborbactam" in json.dumps(away.ack.body)
        await slack.mention("clinician", "icu", "ndm pneumonia")
        assert len(slack.received("chat.postMessage")) == 1
        state = await bot.readiness()
        assert state["ready"] is True
        assert (state["redis"], state["limits"]["mode"]) == ("unreachable", "local")
        assert state["audit"]["level"] == "spool"
        assert state["audit"]["backlog"] >= 2
        told = [await slack.command("clinician", "icu", "kpc bacteremia") for _ in range(12)]
        assert "try again in" in json.dumps(told[-1].ack.body)
        server.start()
        async with asyncio.timeout(5):
            while (state := await bot.readiness())["audit"]["backlog"] or state["audit"]["level"] != "redis":
                await asyncio.sleep(0.05)
        back = await slack.command("pharmacist", "icu", "kpc bacteremia")
        assert "meropenem-vaborbactam" in json.dumps(back.ack.body)
        log = await entries(server)
        began = [each.entry for each in log if each.entry.t == "answer.prepared"]
        assert [each.rl["mode"] for each in reversed(began)] == ["redis", *["local"] * (len(began) - 2), "redis"]
        assert len(began) == 12  # one before, ten while it was away (then the limit), one after: none is missing
        ended = {each.entry.rid for each in log if each.entry.t == "answer.delivered"}
        assert {each.rid for each in began[1:]} <= ended


async def test_neither_redis_nor_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A private word with the on-call route; nothing is answered unrecorded, nothing is posted where others read."""
    async with running() as (bot, slack, server):
        server.stop()
        monkeypatch.setattr(bot.audit._disk._spool, "_most_bytes", 0)  # a full disk
        for _ in range(2):
            away = await slack.command("clinician", "icu", "kpc bacteremia")
            assert away.ok
            assert "never answer unrecorded" in json.dumps(away.ack.body)
            assert "pager 4242" in json.dumps(away.ack.body)
            assert "meropenem" not in json.dumps(away.ack.body)
        await slack.mention("clinician", "icu", "ndm pneumonia")
        assert slack.received("chat.postMessage") == []
        (told,) = slack.received("chat.postEphemeral")
        assert "pager 4242" in json.dumps(told)
        assert (await bot.readiness())["ready"] is False
        server.start()
        monkeypatch.undo()
        async with asyncio.timeout(10):
            while True:
                back = await slack.command("pharmacist", "icu", "kpc bacteremia")
                if "meropenem-vaborbactam" in json.dumps(back.ack.body):
                    break
                await asyncio.sleep(0.2)


async def test_consult_and_feedback_wait_for_redis() -> None:
    """Neither is done unrecorded or twice: the asker of a consult is sent to the route that needs no bot."""
    async with running(CRE_CONSULT_CHANNEL=CONSULTS) as (_, slack, server):
        sent = await slack.command("clinician", "icu", "kpc bacteremia")
        assert sent.shown is not None
        server.stop()
        await slack.click("clinician", sent.shown, "consult")
        told = slack.received("response_url")[-1]
        assert "could not be sent" in told["text"]
        assert "pager 4242" in told["text"]
        await slack.click("clinician", sent.shown, "feedback", "good")
        assert "could not be recorded" in slack.received("response_url")[-1]["text"]
        assert slack.received("chat.postMessage") == []
        server.start()
        async with asyncio.timeout(10):
            while not slack.received("chat.postMessage"):
                await slack.click("clinician", sent.shown, "consult")
                await asyncio.sleep(0.1)
        (post,) = slack.received("chat.postMessage")
        assert post["channel"] == CONSULTS

"""What leaves the bot when Slack limits, fails or no longer knows it: no reply is lost, and nobody waits in silence."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.app import create_bot
from bot.audit.readers.reading import AuditReader
from bot.door import PATH
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from bot.running import Bot
from tests.scenarios.conftest import House, settings_for
from tests.servers import Kind, RedisServer

NOTICE = "no answer was given"


async def test_a_limited_channel_gets_its_answer_all_the_same(house: House) -> None:
    """429 and then 500: the answer comes, once, and is recorded as delivered."""
    house.slack.fail_next("chat.postMessage", "ratelimited", status=429, retry_after=0)
    house.slack.fail_next("chat.postMessage", "internal_error", status=500)
    await house.slack.mention("clinician", "icu", "kpc bacteremia")
    async with asyncio.timeout(5):
        while not house.slack.received("chat.postMessage"):
            await asyncio.sleep(0.02)
    (end,) = await house.endings()
    assert end["t"] == "answer.delivered"
    assert len(house.slack.received("chat.postMessage")) == 1
    assert house.slack.received("chat.postEphemeral") == []


@pytest.mark.parametrize("refused", [(), ("chat.postEphemeral",)], ids=["where they asked", "in a direct message"])
async def test_an_answer_that_slack_refuses_is_told_by_another_way(house: House, refused: tuple[str, ...]) -> None:
    """Recorded as failed with Slack's word; the asker hears so alone, where they asked or else in a direct message."""
    house.slack.fail_next("chat.postMessage", "restricted_action")
    for method in refused:
        house.slack.fail_next(method, "user_not_in_channel")
    way = "chat.postMessage" if refused else "chat.postEphemeral"
    with capture_logs() as logged:
        await house.slack.mention("clinician", "icu", "kpc bacteremia")
        async with asyncio.timeout(5):
            while not house.slack.received(way):
                await asyncio.sleep(0.02)
    (incident,) = [line["incident"] for line in logged if line["event"] == "incident"]
    (told,) = house.slack.received(way)
    assert NOTICE in told["text"]
    assert incident in told["text"]
    assert "pager 4242" in told["text"]
    assert told["channel"] == ("U0CLINIC01" if refused else "C0ICU00001")
    (end,) = await house.endings()
    assert (end["t"], end["dlv"]["error"]) == ("answer.failed", "restricted_action")


@asynccontextmanager
async def served(slack: SlackStandIn, redis_url: str, token_file: Path | None = None) -> AsyncIterator[Bot]:
    """A bot at its real pace behind its own door."""
    bot = await create_bot(settings_for(slack, redis_url), token_file=token_file)
    port = await bot.serve_http(sockets.create_server(("127.0.0.1", 0)))
    slack.events_url = f"http://127.0.0.1:{port}{PATH}"
    try:
        yield bot
    finally:
        await bot.stop()


async def readiness(bot: Bot) -> tuple[int, dict[str, Any]]:
    """What a probe sees."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{bot.port}/readyz") as reply:
        return reply.status, await reply.json()


async def test_a_busy_channel_is_never_posted_to_faster_than_slack_takes_it(
    redis_servers: dict[Kind, RedisServer],
) -> None:
    """Three mentions at once in one channel, one in another: four answers, none of them refused."""
    url = redis_servers["valkey"].emptied()
    async with SlackStandIn(posts_apart_seconds=1.0) as slack, served(slack, url):
        texts = ("kpc bacteremia", "ndm pneumonia", "oxa-48 pyelonephritis")
        asked = [asyncio.create_task(slack.mention("clinician", "icu", text)) for text in texts]
        asked.append(asyncio.create_task(slack.mention("clinician", "id-consults", "vim ciai")))
        await asyncio.gather(*asked)
        async with asyncio.timeout(10):
            while len(slack.received("chat.postMessage")) < 4:
                await asyncio.sleep(0.05)
        posts = [call for call in slack.calls if call.method == "chat.postMessage"]
        assert all(call.ok for call in posts)
        assert sum(call.args["channel"] == "C0ICU00001" for call in posts) == 3


async def test_a_revoked_token_makes_the_bot_unready_until_there_is_a_new_one(
    redis_servers: dict[Kind, RedisServer], tmp_path: Path
) -> None:
    """Readiness says Slack's word; a new token in the file is taken with the next reply, which is not lost."""
    url, token = redis_servers["valkey"].emptied(), tmp_path / "token"
    async with SlackStandIn() as slack, served(slack, url, token) as bot:
        token.write_text(slack.bot_token)
        assert (await readiness(bot))[1]["slack"]["token"] == "ok"
        slack.web_api.revoked.add(slack.bot_token)
        await slack.mention("clinician", "icu", "kpc bacteremia")
        status, state = await readiness(bot)
        assert (status, state["ready"], state["slack"]["token"]) == (503, False, "refused: token_revoked")
        slack.replace_token("xoxb-new")
        token.write_text("xoxb-new\n")
        await slack.mention("clinician", "icu", "ndm pneumonia")
        assert "aztreonam-avibactam" in json.dumps(slack.received("chat.postMessage")[0]["blocks"])
        status, state = await readiness(bot)
        assert (status, state["slack"]["token"]) == (200, "ok")
        client = request_client(url)
        told = json.dumps([entry.as_json() for entry in await AuditReader(client).page(100)])
        await client.aclose()
        assert "xoxb" not in told


async def test_one_token_serves_a_whole_organisation(redis_servers: dict[Kind, RedisServer]) -> None:
    """Enterprise Grid: members of any of its workspaces are answered; another organisation's and guests are not."""
    url = redis_servers["valkey"].emptied()
    async with SlackStandIn() as slack:
        slack.workspace.enterprise, slack.workspace.sister_teams = "E0HOSPITAL", {"T0SISTER01"}
        async with served(slack, url) as bot:
            assert bot.identity.org_wide
            users = slack.workspace.users
            users["U0PHARMA01"] = replace(users["U0PHARMA01"], team="T0SISTER01")
            for user in ("clinician", "pharmacist"):
                sent = await slack.command(user, "icu", "kpc bacteremia")
                assert sent.shown is not None
                assert "meropenem-vaborbactam" in json.dumps(sent.shown.blocks), user
                await slack.open_home(user)
                assert "Your role" in json.dumps(slack.home_of(user).payload)
            for user in ("guest", "external"):
                sent = await slack.command(user, "partner-icu", "kpc bacteremia")
                assert sent.shown is not None
                assert "meropenem" not in json.dumps(sent.shown.blocks), user

"""The whole bot against the strict local Slack, over HTTP and over Socket Mode, on a real Redis."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.app import Bot, create_bot
from bot.audit.reading import AuditReader
from bot.door import PATH
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from bot.settings import Mode, Settings, load_settings
from tests.servers import Kind, RedisServer

OPENINGS = ("answer.prepared", "answer.shared")
ENDINGS = ("answer.delivered", "answer.failed", "answer.unknown")


@dataclass
class House:
    """A running bot, the Slack it talks to, and its audit log."""

    slack: SlackStandIn
    bot: Bot
    reader: AuditReader

    async def entries(self) -> list[dict[str, Any]]:
        """What was recorded before it left, newest first."""
        return [entry for entry in await self.log() if entry["t"] not in ENDINGS]

    async def endings(self) -> list[dict[str, Any]]:
        """How deliveries ended, newest first: noted in the background, so every one that is due is waited for."""
        async with asyncio.timeout(5):
            while True:
                log = await self.log()
                ended = [entry for entry in log if entry["t"] in ENDINGS]
                if len(ended) >= sum(entry["t"] in OPENINGS for entry in log):
                    return ended
                await asyncio.sleep(0.01)

    async def log(self) -> list[dict[str, Any]]:
        """The audit log, newest first."""
        return [entry.as_json() for entry in await self.reader.page(100)]


def settings_for(slack: SlackStandIn, redis_url: str, **more: str) -> Settings:
    """The settings of a bot that talks to this Slack: by environment only."""
    return load_settings(
        Mode.HTTP,
        {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "REDIS_URL": redis_url,
            "CRE_ON_CALL": "the ID physician on call, pager 4242",
            **more,
        },
    )


@pytest.fixture(params=[("http", "redis"), ("socket", "valkey")], ids=["http", "socket"])
async def house(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    """A bot on one of the two doors; at the end everything it sent must have passed Slack's rules."""
    door, server = request.param
    redis_url = redis_servers[server].emptied()
    async with SlackStandIn() as slack:
        bot = await create_bot(settings_for(slack, redis_url))
        if door == "http":
            listener = sockets.create_server(("127.0.0.1", 0))
            port = await bot.serve_http(listener)
            slack.events_url = f"http://127.0.0.1:{port}{PATH}"
        else:
            await bot.serve_socket()
        client = request_client(redis_url)
        try:
            yield House(slack, bot, AuditReader(client))
        finally:
            await bot.stop()
            await client.aclose()
        assert slack.faults == []  # the Block Kit check over everything that Slack received

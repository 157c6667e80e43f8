"""The whole bot against the strict local Slack, over HTTP and over Socket Mode, on a real Redis."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import pytest

from bot.app import Known, create_bot
from bot.audit.readers.reading import AuditReader
from bot.door import PATH
from bot.knowing import load_known
from bot.playground.person import Sent
from bot.playground.records import Message
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from bot.running import Bot
from bot.settings import Mode, Settings, load_settings
from tests.servers import Kind, RedisServer

OPENINGS = ("answer.prepared", "answer.shared")
OF_THE_PROCESS = ("writer.", "kb.", "config.", "clock.", "chain.", "spool.", "archive.")  # told by nobody's request
CONSULTS, FEEDBACK = "C0IDCONS01", "C0PRIVATE1"
Door = Literal["http", "socket"]
DOORS: tuple[tuple[Door, Kind], ...] = (("http", "redis"), ("socket", "valkey"))
ENDINGS = ("answer.delivered", "answer.failed", "answer.unknown")


def said(message: Message | None) -> str:
    """Everything a reader can see of a message: its blocks."""
    assert message is not None
    return json.dumps(message.blocks, ensure_ascii=False)


@dataclass
class House:
    """A running bot, the Slack it talks to, and its audit log."""

    slack: SlackStandIn
    redis_url: str
    bots: list[Bot] = field(default_factory=list)
    doors: list[str] = field(default_factory=list)  # HTTP only, one a replica
    reader: AuditReader = field(init=False)

    @property
    def bot(self) -> Bot:
        """The first replica."""
        return self.bots[0]

    def private(self, user: str, channel: str = "icu") -> Message:
        """The bot's newest message there that only this user sees."""
        seen = self.slack.seen_by(user, channel)
        return [m for m in seen if m.only_for and not m.notice and m.user == self.slack.workspace.bot.id][-1]

    def public(self, user: str, channel: str = "icu") -> list[Message]:
        """The bot's messages there that everybody sees."""
        return [
            m for m in self.slack.seen_by(user, channel) if not m.only_for and m.user == self.slack.workspace.bot.id
        ]

    async def again(self, sent: Sent, times: int = 3) -> None:
        """The same delivery, as Slack's retries and reconnects bring it: to every replica in turn."""
        for number in range(1, times + 1):
            if self.doors:
                self.slack.events_url = self.doors[number % len(self.doors)]
            await self.slack.deliver(sent.kind, sent.payload)

    async def entries(self) -> list[dict[str, Any]]:
        """What requests left in the log before anything was sent, newest first."""
        return [e for e in await self.log() if e["t"] not in ENDINGS and not e["t"].startswith(OF_THE_PROCESS)]

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


@cache
def _shipped() -> Known:
    """The shipped knowledge, read once for all houses."""
    return load_known(load_settings(Mode.LOCAL, {}))


@asynccontextmanager
async def open_house(door: Door, redis_url: str, replicas: int = 1, /, **settings: str) -> AsyncIterator[House]:
    """Bots on one Redis and the Slack they talk to; at the end all they sent must have passed Slack's rules."""
    async with SlackStandIn() as slack, AsyncExitStack() as closing:
        house = House(slack, redis_url)
        for number in range(replicas):
            # no pace between posts: tests/bot/test_outgoing.py has it
            given = settings_for(slack, redis_url, CRE_REPLICA=f"replica-{number}", **settings)
            bot = await create_bot(given, known=_shipped(), posts_apart_seconds=0.0)
            closing.push_async_callback(bot.stop)
            house.bots.append(bot)
            if door == "http":
                port = await bot.serve_http(sockets.create_server(("127.0.0.1", 0)))
                house.doors.append(f"http://127.0.0.1:{port}{PATH}")
                slack.events_url = house.doors[0]
            else:
                await bot.serve_socket()
        client = request_client(redis_url)
        closing.push_async_callback(client.aclose)
        house.reader = AuditReader(client)
        yield house
        await closing.aclose()
        assert slack.faults == []  # the Block Kit check over everything that Slack received


@pytest.fixture(params=DOORS, ids=[door for door, _ in DOORS])
async def house(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    """A bot on one of the two doors, with a consult and a feedback channel."""
    door, server = request.param
    async with open_house(
        door,
        redis_servers[server].emptied(),
        CRE_CONSULT_CHANNEL=CONSULTS,
        CRE_FEEDBACK_CHANNEL=FEEDBACK,
    ) as opened:
        yield opened

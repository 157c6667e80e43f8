"""The playground with a bot of a few lines behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.playground.app import Playground
from bot.playground.standin import SlackStandIn
from tests.bot.playground.tiny_bot import TinyBot


@dataclass
class Stage:
    """What a browser test plays with."""

    playground: Playground
    bot: TinyBot

    @property
    def slack(self) -> SlackStandIn:
        return self.playground.slack

    @property
    def url(self) -> str:
        return self.playground.url


AUDIT: list[dict[str, Any]] = [
    {
        "t": "answer.prepared",
        "ts": 1_795_410_000_000,
        "rid": "0193-abc",
        "who": {"team": "T0HOSPITAL", "user": "U0CLINIC01"},
        "src": {"surface": "slash"},
        "ask": {"question": {"mechanisms": ["kpc"], "sites": ["bacteremia"]}},
        "ans": {"outcome": "answered", "edition": "2026.1"},
    },
    {"id": "1-0", "unreadable": "no such version"},
]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async def read_audit(limit: int) -> list[dict[str, Any]]:
        return AUDIT[:limit]

    async with TinyBot() as bot:
        playground = Playground(
            port=0,
            read_audit=read_audit,
            slack=SlackStandIn(events_url=bot.url, ack_seconds=0.5, retry_delays=()),
        )
        await playground.start()
        try:
            yield Stage(playground, bot)
        finally:
            await playground.stop()

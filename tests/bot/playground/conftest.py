"""A stand-in and a tiny bot that know each other, on real sockets, with a manual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.playground.standin import SlackStandIn
from tests.bot.playground.tiny_bot import ManualClock, TinyBot


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def bot() -> AsyncIterator[TinyBot]:
    async with TinyBot() as tiny:
        yield tiny


@pytest.fixture
async def slept() -> list[float]:
    return []


@pytest.fixture
async def slack(clock: ManualClock, bot: TinyBot, slept: list[float]) -> AsyncIterator[SlackStandIn]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with SlackStandIn(clock, events_url=bot.url, ack_seconds=0.3, sleep=sleep) as standin:
        yield standin

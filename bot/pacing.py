"""`ChannelPace`: at most one post a second in a channel, in the order they came, and never an endless queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from handlers.ports import Clock

Sleep = Callable[[float], Awaitable[None]]

APART_SECONDS = 1.0  # Slack's limit for chat.postMessage
MOST_WAITING = 20  # a post further back would outlive its request
MOST_CHANNELS = 1024


class QueueFull(Exception):
    """Too many posts wait for this channel already."""


@dataclass(slots=True)
class _Line:
    """One channel: who posts now, how many wait, and when the next may go (monotonic seconds)."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    free_at: float = 0.0


class ChannelPace:
    """Whoever has the turn of a channel keeps it to the end, retries included, so that replies keep their order."""

    def __init__(self, clock: Clock, sleep: Sleep = asyncio.sleep, apart_seconds: float = APART_SECONDS) -> None:
        self._clock = clock
        self._sleep = sleep
        self._apart_seconds = apart_seconds
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, channel: str) -> AsyncIterator[None]:
        """Wait for the channel's turn. Raises QueueFull at once when too many wait already."""
        line = self._line(channel)
        if line.waiting >= MOST_WAITING:
            raise QueueFull
        line.waiting += 1
        try:
            async with line.turn:
                wait_seconds = line.free_at - self._clock.monotonic()
                if wait_seconds > 0:
                    await self._sleep(wait_seconds)
                try:
                    yield
                finally:
                    line.free_at = self._clock.monotonic() + self._apart_seconds
        finally:
            line.waiting -= 1

    def _line(self, channel: str) -> _Line:
        if channel not in self._lines and len(self._lines) >= MOST_CHANNELS:
            now = self._clock.monotonic()
            self._lines = {name: line for name, line in self._lines.items() if line.waiting or line.free_at > now}
        return self._lines.setdefault(channel, _Line())

"""`Intake`: entries as they come, handed on in batches.

While one batch is written the next gathers, so a lone entry waits for nothing and a hundred share one call. What nobody
waits for gives what comes after it 200 ms to share its batch.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from bot.audit.writer.waiting import Waiting
from handlers.ports import StoreUnavailable

BATCH = 256
MOST_WAITING = 4096
PATIENCE_SECONDS = 2.0
RIDE_SECONDS = 0.2
_log = structlog.get_logger(__name__)


class Intake:
    """A bounded queue before the one task that gives out places."""

    def __init__(self, commit: Callable[[Sequence[Waiting]], Awaitable[None]]) -> None:
        self._commit = commit
        self._queue: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._riding: asyncio.TimerHandle | None = None

    async def put(self, table: dict[str, Any], shown: tuple[str, bytes] | None = None) -> None:
        """Return once the entry is durable; raises StoreUnavailable."""
        if len(self._queue) >= MOST_WAITING:
            raise StoreUnavailable("too many entries wait for the audit log")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(table, done, shown))
        self._wake.set()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await done
        except TimeoutError:
            raise StoreUnavailable("the audit log did not answer in time") from None

    def ride(self, waiting: Waiting) -> bool:
        """Take what nobody waits for; False when there is no room."""
        if len(self._queue) >= MOST_WAITING:
            return False
        self._queue.append(waiting)
        if self._riding is None:
            self._riding = asyncio.get_running_loop().call_later(RIDE_SECONDS, self._wake.set)
        return True

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._stop_riding()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                try:
                    await self._commit([each for each in batch if not each.is_over])
                except Exception as error:  # the writer outlives any one batch; callers must not wait for ever
                    _log.exception("audit.writer_fault", error=type(error).__name__)
                    for each in batch:
                        each.settle(type(error).__name__)

    def end(self) -> None:
        """Refuse what is left."""
        self._stop_riding()
        for each in self._queue:
            each.settle("the audit writer has stopped")
        self._queue.clear()

    def _stop_riding(self) -> None:
        if self._riding is not None:
            self._riding.cancel()
            self._riding = None

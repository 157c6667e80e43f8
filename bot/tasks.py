"""Work that outlives its request: held, told about when it fails, and finished before the process goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import structlog

CANCEL_AGAIN_SECONDS = 0.2
_log = structlog.get_logger(__name__)


class TaskRegistry:
    """Strong references to running tasks (asyncio keeps weak ones); `handlers.ports.Background`.

    `on_late_failure` hears of work that failed after its request was acknowledged, within that request's context.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.on_late_failure: Callable[[BaseException], None] | None = None

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` on its own; a failure is logged under `name`."""
        task = self._hold(work, name)
        task.add_done_callback(_log_failure)
        return task

    async def within(self, seconds: float, work: Coroutine[Any, Any, None]) -> bool:
        """Run `work`; True, or its exception, when it ended within `seconds`; else it goes on by itself."""
        task = self._hold(work, "reply")
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if done:
            task.result()
            return True
        task.add_done_callback(self._late)
        return False

    async def drain(self, timeout_seconds: float) -> int:
        """Wait for all, also for those that start meanwhile; cancel what is left and say how many that were."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))
        except TimeoutError:
            left = set(self._tasks)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            return len(left)
        return 0

    def _hold(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _late(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if self.on_late_failure is None:
            _log_failure(task)
        else:
            self.on_late_failure(error)


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("task.failed", task=task.get_name(), exc_info=error)


async def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until every one has ended: redis-py can take a cancellation for a fault of its connection."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)
        await asyncio.gather(*ended, return_exceptions=True)  # or asyncio says that nobody asked how they ended

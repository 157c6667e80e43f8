"""`Joining`: what is asked while an answer is under way is asked together in the next call.

A lone call waits for nothing. One that takes long holds up those behind it for `JOIN_SECONDS`, not longer.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

JOIN_SECONDS = 0.01
BATCH = 64
Ask = TypeVar("Ask")


class Joining(Generic[Ask]):
    """`send` answers a batch of one group in its order; what it raises, all of the batch get."""

    def __init__(self, send: Callable[[str, Sequence[Ask]], Awaitable[Sequence[Any]]]) -> None:
        self._send = send
        self._waiting: list[tuple[str, Ask, asyncio.Future[Any]]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._next: asyncio.Handle | None = None

    async def ask(self, group: str, one: Ask) -> Any:
        """The answer to `one`. To cancel this leaves the call alone, which others share."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((group, one, answer))
        if self._next is None:  # not at once: others are about to ask in the same turn of the loop
            self._next = loop.call_later(JOIN_SECONDS, self._go) if self._under_way else loop.call_soon(self._go)
        return await answer

    def _go(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
        waiting, self._waiting = self._waiting, []
        groups: defaultdict[str, list[tuple[Ask, asyncio.Future[Any]]]] = defaultdict(list)
        for group, one, answer in waiting:
            if not answer.done():
                groups[group].append((one, answer))
        for group, batch in groups.items():
            for start in range(0, len(batch), BATCH):
                task = asyncio.ensure_future(self._run(group, batch[start : start + BATCH]))
                self._under_way.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self._waiting and not self._under_way:
            self._go()

    async def _run(self, group: str, batch: Sequence[tuple[Ask, asyncio.Future[Any]]]) -> None:
        try:
            said = await self._send(group, [one for one, _ in batch])
            answers = list(zip(batch, said, strict=True))
        except Exception as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), each in answers:
            if not answer.done():
                answer.set_result(each)

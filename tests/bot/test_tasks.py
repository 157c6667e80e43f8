"""Work that outlives its request is held, reported and finished."""

from __future__ import annotations

import asyncio
import gc

import pytest

from bot.current import Current, current_request
from bot.tasks import TaskRegistry, end_all


async def test_work_within_its_time_is_awaited() -> None:
    """Done: True. Failed: its exception, for the error handler."""
    tasks = TaskRegistry()
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    async def fails() -> None:
        raise ValueError

    assert await tasks.within(5, work())
    with pytest.raises(ValueError):  # noqa: PT011 (its words are not the point)
        await tasks.within(5, fails())
    assert done == [1]
    assert len(tasks) == 0


async def test_work_past_its_time_goes_on_and_is_drained() -> None:
    """Acknowledged at the deadline, finished before the process ends, never lost to the garbage collector."""
    tasks = TaskRegistry()
    go, done = asyncio.Event(), []

    async def work() -> None:
        await go.wait()
        done.append(1)

    assert not await tasks.within(0.001, work())
    gc.collect()
    assert len(tasks) == 1
    draining = asyncio.create_task(tasks.drain(5))
    go.set()
    assert await draining == 0
    assert done == [1]


async def test_drain_waits_for_what_starts_meanwhile_and_cancels_what_never_ends() -> None:
    """The number left is told."""
    tasks = TaskRegistry()
    finished: list[str] = []

    async def second() -> None:
        finished.append("second")

    async def first() -> None:
        tasks.spawn(second(), "second")

    tasks.spawn(first(), "first")
    assert await tasks.drain(5) == 0
    assert finished == ["second"]
    tasks.spawn(asyncio.Event().wait(), "never")
    assert await tasks.drain(0.001) == 1
    assert len(tasks) == 0


async def test_a_late_failure_is_told_with_its_request_at_hand() -> None:
    """The ack is gone by then: somebody must still tell the asker."""
    tasks = TaskRegistry()
    go = asyncio.Event()
    told: list[tuple[BaseException, Current | None]] = []
    tasks.on_late_failure = lambda error: told.append((error, current_request.get()))

    async def work() -> None:
        await go.wait()
        raise ValueError

    async def request(body: dict[str, int]) -> None:
        current_request.set(Current(body))
        await tasks.within(0.001, work())

    await asyncio.gather(request({"n": 1}), request({"n": 2}))
    go.set()
    await tasks.drain(5)
    await asyncio.sleep(0)
    assert sorted(current.body["n"] for _, current in told if current) == [1, 2]
    assert all(isinstance(error, ValueError) for error, _ in told)


async def test_a_task_that_swallows_its_cancellation_ends_all_the_same() -> None:
    """As redis-py does when the cancellation meets a read: one `cancel` is not enough."""
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end_all([task])
    assert task.cancelled()
    assert swallowed == 2

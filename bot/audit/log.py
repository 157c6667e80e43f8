"""`RedisAuditLog`: one writer task owns the order; entries that wait together are stored together.

While one batch is on its way to Redis the next gathers, so a lone entry waits for nothing and a hundred share one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
import uuid6
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit.chain import GENESIS
from bot.audit.entry import App, NotAuditableError, body_of, content_of
from bot.redis_store import FAULTS, Arg, Script
from handlers.ports import AuditRecord, Clock, StoreUnavailable

BATCH = 256
WAITING = 4096
PATIENCE_SECONDS = 2.0
ATTEMPTS = 2

_SCRIPT = Script.beside(__file__, "append.lua")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Waiting:
    body: bytes
    done: asyncio.Future[None]
    deadline: float

    def settle(self, error: Exception | None = None) -> None:
        if self.done.done():  # the caller went away; its entry stands all the same
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class RedisAuditLog:
    """`handlers.ports.AuditLog` on a Redis stream: `append` returns once the script has stored the entry."""

    def __init__(self, redis: Redis, app: App, clock: Clock, new_id: Callable[[], UUID] = uuid6.uuid7) -> None:
        self._redis = redis
        self._app = app
        self._clock = clock
        self._new_id = new_id
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(WAITING)
        self._task: asyncio.Task[None] | None = None
        self._writer = self._new_writer()
        self._stored = 0

    def start(self) -> None:
        """Start the writer task."""
        self._task = asyncio.create_task(self._write(), name="audit-writer")

    async def append(self, record: AuditRecord) -> None:
        """Return once the entry is durable; StoreUnavailable when it is not, NotAuditableError when it must not be."""
        body = body_of(content_of(record, ts=self._clock.now_ms(), app=self._app).table(), GENESIS, "none")
        if self._task is None or self._task.done():
            raise StoreUnavailable("the audit writer is not running")
        waiting = _Waiting(body, asyncio.get_running_loop().create_future(), self._clock.monotonic() + PATIENCE_SECONDS)
        try:
            self._queue.put_nowait(waiting)
        except asyncio.QueueFull:
            raise StoreUnavailable("too many entries wait for the audit log") from None
        await waiting.done

    def note(self, record: AuditRecord) -> None:
        """Record without waiting; what cannot be stored is told in the log."""
        try:
            body = body_of(content_of(record, ts=self._clock.now_ms(), app=self._app).table(), GENESIS, "none")
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.add_done_callback(lambda future: future.cancelled() or future.exception())
            self._queue.put_nowait(_Waiting(body, done, self._clock.monotonic() + PATIENCE_SECONDS))
        except (NotAuditableError, asyncio.QueueFull) as error:
            _log.error("audit.note_lost", type=record.type, error=type(error).__name__)

    async def close(self) -> None:
        """Store what waits, then stop."""
        if self._task is None:
            return
        await self._queue.join()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def _write(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._store(self._fresh(batch))
            except Exception as error:  # the writer outlives any one batch; callers must not wait for ever
                _log.exception("audit.writer_fault", error=type(error).__name__)
                self._give_up(batch, type(error).__name__)
            finally:
                for _ in batch:
                    self._queue.task_done()

    def _fresh(self, batch: list[_Waiting]) -> list[_Waiting]:
        now = self._clock.monotonic()
        for late in [waiting for waiting in batch if waiting.deadline < now]:
            late.settle(StoreUnavailable("the audit log did not answer in time"))
        return [waiting for waiting in batch if waiting.deadline >= now]

    async def _store(self, batch: list[_Waiting]) -> None:
        attempt = 0
        while batch:
            attempt += 1
            try:
                args: list[Arg] = [self._writer, self._stored + 1, *(waiting.body for waiting in batch)]
                reply = await _SCRIPT.run(self._redis, [redis_keys.AUDIT_LOG, redis_keys.AUDIT_HEADS], args)
            except FAULTS as error:
                if attempt >= ATTEMPTS:
                    self._give_up(batch, type(error).__name__)
                    return
                continue  # the reply may be all that was lost: the script skips what it has
            if reply[0] in (b"OK", "OK"):
                self._stored += len(batch)
                for waiting in batch:
                    waiting.settle()
                return
            # GAP: the store lost what it had confirmed (a failover); the rest goes on under a new writer
            _log.error("audit.gap", writer=self._writer, expected=self._stored, found=int(reply[1]))
            self._renew()
            if attempt > ATTEMPTS:
                self._give_up(batch, "GAP")
                return

    def _give_up(self, batch: list[_Waiting], reason: str) -> None:
        """Nobody knows whether the batch is in the store: its sequence numbers are not used again."""
        _log.error("audit.unavailable", reason=reason, entries=len(batch))
        self._renew()
        for waiting in batch:
            waiting.settle(StoreUnavailable(reason))

    def _renew(self) -> None:
        self._writer, self._stored = self._new_writer(), 0

    def _new_writer(self) -> str:
        return f"{self._app.replica[:27]}.{self._new_id()}"

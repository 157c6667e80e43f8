"""`RedisAuditLog`: one task owns the order; entries that wait together are spooled together, with one sync of the disk.

While one batch goes to the disk the next gathers, so a lone entry waits for nothing and a hundred share one call. An
entry is acknowledged once it is in the spool and in Redis; while Redis is away, once it is in the spool; with no spool,
once Redis has proven that it is on its disk; else never.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

import structlog
import uuid6
from redis.asyncio import Redis

from bot.audit.chain import Keyring
from bot.audit.entry import App, NotAuditableError, content_of, system_content
from bot.audit.placing import Chain, Payloads, Placed
from bot.audit.recovery import Recovered, replay
from bot.audit.shipping import Shipper
from bot.audit.spool import Spool, SpoolError
from bot.audit.store import AuditStore, Reply
from bot.audit.volume import outlives_restart
from bot.breaker import Breaker
from bot.redis_store import FAULTS
from handlers.ports import AuditRecord, Clock, EntryType, StoreUnavailable

BATCH = 256
WAITING = 4096
MOST_BARE = 1024
PATIENCE_SECONDS = 2.0
RIDE_SECONDS = 0.2
REDIS_SECONDS = 0.4
DOUBT_SECONDS = 0.05  # what Redis gets when its last answer did not come
PROOF_SECONDS = 0.3
SPOOL_RETRY_SECONDS = 1.0
CLOSE_SECONDS = 5.0
CLOCK_STEP_MS = 2000
BEHIND = 4096  # what waits longer than Redis is given is acknowledged by the spool without a timer
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Durability:
    """When an entry counts as durable while all is well. `replicas` 0: level `redis`, else `replicated`."""

    replicas: int = 0
    refuse_unreplicated: bool = False  # what happens to an entry that too few replicas have in time


@dataclass(slots=True, eq=False)
class _Waiting:
    table: dict[str, Any]
    done: asyncio.Future[None] | None = None  # None: nobody waits
    shown: tuple[str, bytes] | None = None  # SHA-256 and canonical bytes of the payload
    is_spooled: bool = False

    @property
    def is_over(self) -> bool:
        return self.done is not None and self.done.done()

    def settle(self, error: str | None = None) -> None:
        if self.done is None or self.done.done():  # nobody waits, or not any longer; the entry stands all the same
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(StoreUnavailable(error))


class RedisAuditLog:
    """`handlers.ports.AuditLog`: the spool on this host's disk first, then the stream in Redis."""

    def __init__(
        self,
        redis: Redis,
        app: App,
        clock: Clock,
        keyring: Keyring,
        spool: Spool,
        *,
        breaker: Breaker | None = None,
        durability: Durability | None = None,
        new_id: Callable[[], UUID] = uuid6.uuid7,
    ) -> None:
        self._app = app
        self._clock = clock
        self._keyring = keyring
        self._spool = spool
        self._durability = durability or Durability()
        self._new_id = new_id
        self._breaker = breaker or Breaker(clock)
        self._store = AuditStore(redis, replicas=self._durability.replicas)
        proof: Literal["replicas", "none"] = "replicas" if self._durability.replicas else "none"
        self._shipper = Shipper(self._store, self._breaker, self._read_spool, proof)
        self._shipper.shipped = self._shipped
        self._shipper.broken = self._renew
        self._shipper.lost_tail = self._recover_soon  # what came from earlier runs may be lost with it
        self._breaker.when_opened.append(self._stop_waiting)
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="audit-spool")
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._riding: asyncio.TimerHandle | None = None
        self._order = asyncio.Lock()  # whoever gives out places
        self._waiters: dict[int, _Waiting] = {}
        self._payloads = Payloads()
        self._chain = self._new_chain()
        self._tasks: list[asyncio.Task[None]] = []
        self._recovery: asyncio.Task[None] | None = None
        self._spool_ok = True
        self._spool_tried = 0.0
        self._clocks_apart = self._apart_ms()
        self._outlives: bool | None = None
        self.acknowledged_by_spool = 0

    @property
    def writer(self) -> str:
        """The name under which entries are written now."""
        return self._chain.writer

    @property
    def spool_takes(self) -> bool:
        """Whether entries can become durable without Redis."""
        return self._spool_ok and not self._durability.refuse_unreplicated

    def status(self) -> dict[str, Any]:
        """For /readyz: no path, no name."""
        level = "replicated" if self._durability.replicas else "redis"
        if self._breaker.is_open:
            level = "spool" if self._spool_ok else "none"
        return {
            "level": level,
            "backlog": self._shipper.backlog,
            "spool": {
                "writable": self._spool_ok,
                "outlives_restart": self._outlives,
                "files": self._spool.files,
                "fill_percent": round(self._spool.fill * 100),
            },
        }

    async def start(self) -> None:
        """Open the spool, begin this run's chain, bring in what earlier runs left. Raises StartError."""
        await self._on_disk(self._spool.prepare)
        self._outlives = outlives_restart(self._spool.folder)
        if self._outlives is False:
            remedy = "put CRE_SPOOL_DIR on a volume that outlives the container"
            _log.warning("audit.spool_is_ephemeral", path=str(self._spool.folder), remedy=remedy)
        self._shipper.begin(self._chain.writer)
        self._tasks = [
            asyncio.create_task(self._write(), name="audit-writer"),
            asyncio.create_task(self._shipper.run(), name="audit-shipper"),
        ]
        self.note_system("writer.started", {"writer": self._chain.writer, "key": self._keyring.current})
        try:
            await self.recover()
        except FAULTS as error:
            _log.error("audit.recovery_waits", error=type(error).__name__)
            self._recover_soon()

    async def append(self, record: AuditRecord) -> None:
        """Return once the entry is durable; StoreUnavailable when it is not, NotAuditableError when it must not be."""
        table = content_of(record, ts=self._clock.now_ms(), app=self._app).table()
        await self._append(table, _shown(record))

    async def append_system(self, kind: EntryType, facts: Mapping[str, Any]) -> None:
        """The same for what the program says of itself."""
        await self._append(system_content(kind, facts, ts=self._clock.now_ms(), app=self._app).table())

    def note(self, record: AuditRecord) -> None:
        """Record without waiting; what cannot be stored is told in the log."""
        try:
            table = content_of(record, ts=self._clock.now_ms(), app=self._app).table()
        except NotAuditableError as error:
            _log.error("audit.note_lost", kind=record.type, error=type(error).__name__)
            return
        self._note(_Waiting(table, shown=_shown(record)))

    def note_system(self, kind: EntryType, facts: Mapping[str, Any]) -> None:
        """The same for what the program says of itself; raises NotAuditableError."""
        self._note(_Waiting(system_content(kind, facts, ts=self._clock.now_ms(), app=self._app).table()))

    async def release(self, sealed: Mapping[str, int]) -> int:
        """Remove the spool files in which all is sealed (writer -> its last sealed sequence); how many."""
        return await self._on_disk(self._spool.release, sealed)

    async def spooled_writers(self) -> list[str]:
        """Whose entries the spool of this process holds: those that `release` must know of."""
        return await self._on_disk(self._spool.writers)

    async def recover(self) -> None:
        """Bring what ended processes left in the spool folder into the log. Raises what Redis raises."""
        for path, content in (await self._on_disk(self._spool.take_over)).items():
            if content.torn_bytes or content.damaged:
                _log.warning("audit.spool_torn", path=path.name, bytes=content.torn_bytes, count=content.damaged)
        for writer in await self._on_disk(self._spool.writers):
            if writer != self._chain.writer:
                await self._adopt(await replay(self._store, self._read_spool, writer))

    async def close(self) -> None:
        """Store what waits, say that this writer stops, then stop. What Redis did not take stays in the spool."""
        if self._tasks:
            with suppress(StoreUnavailable, NotAuditableError):
                await self.append_system("writer.stopped", {"writer": self._chain.writer})
            await self._shipper.drained(RIDE_SECONDS if self._breaker.is_open else CLOSE_SECONDS)
        tasks, self._tasks = [*self._tasks, *filter(None, [self._recovery])], []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._riding is not None:
            self._riding.cancel()
        for each in (*self._queue, *self._waiters.values()):
            each.settle("the audit writer has stopped")
        if tasks:
            await self._on_disk(self._spool.close)
        self._disk.shutdown(wait=False)

    async def _append(self, table: dict[str, Any], shown: tuple[str, bytes] | None = None) -> None:
        if not self._tasks or self._tasks[0].done():
            raise StoreUnavailable("the audit writer is not running")
        if len(self._queue) >= WAITING:
            raise StoreUnavailable("too many entries wait for the audit log")
        waiting = _Waiting(table, asyncio.get_running_loop().create_future(), shown)
        self._queue.append(waiting)
        self._wake.set()
        assert waiting.done is not None  # noqa: S101 (made two lines above)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await waiting.done
        except TimeoutError:
            raise StoreUnavailable("the audit log did not answer in time") from None

    def _note(self, waiting: _Waiting) -> None:
        if not self._tasks or len(self._queue) >= WAITING:
            _log.error("audit.note_lost", kind=waiting.table["t"], reason="stopped" if not self._tasks else "full")
            return
        self._queue.append(waiting)
        if self._riding is None:
            self._riding = asyncio.get_running_loop().call_later(RIDE_SECONDS, self._wake.set)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._riding is not None:
                self._riding.cancel()
                self._riding = None
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                try:
                    async with self._order:
                        await self._commit([each for each in batch if not each.is_over])
                except Exception as error:  # the writer outlives any one batch; callers must not wait for ever
                    _log.exception("audit.writer_fault", error=type(error).__name__)
                    for each in batch:
                        each.settle(type(error).__name__)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        await self._try_spool_again()
        if not self._spool_ok and (self._breaker.is_open or self._shipper.bare >= MOST_BARE):
            self._refuse(batch, "neither Redis nor the spool takes entries")
            return
        batch = [*self._clock_step(), *batch]
        placed = [self._place(each) for each in batch]
        await self._enqueue(batch, placed)

    async def _enqueue(self, batch: Sequence[_Waiting], placed: Sequence[Placed]) -> None:
        """Spool entries that have their places, give them to the shipper, and see to those who wait."""
        spooled = self._spool_ok and await self._to_spool(placed)
        self._shipper.enqueue(placed, bare=not spooled)
        is_away = self._breaker.is_open or self._shipper.backlog > BEHIND
        overdue: list[int] = []
        for each, place in zip(batch, placed, strict=True):
            each.is_spooled = spooled
            if is_away and not (spooled and self._durability.refuse_unreplicated):
                self._without_redis(each)
            elif each.done is not None:
                self._waiters[place.sequence] = each
                overdue.append(place.sequence)
        if overdue:
            proof = 0.0 if spooled and not self._durability.replicas else PROOF_SECONDS
            seconds = (DOUBT_SECONDS if self._breaker.in_a_row else REDIS_SECONDS) + proof
            asyncio.get_running_loop().call_later(seconds, self._overdue, self._chain.writer, overdue)

    def _overdue(self, writer: str, sequences: Sequence[int]) -> None:
        if writer == self._chain.writer:
            for sequence in sequences:
                if (each := self._waiters.pop(sequence, None)) is not None:
                    self._without_redis(each)

    def _stop_waiting(self) -> None:
        """Redis is away: whoever waits for it need not any longer."""
        for sequence in list(self._waiters):
            self._without_redis(self._waiters.pop(sequence))

    def _without_redis(self, waiting: _Waiting) -> None:
        """Redis has not answered: the spool must do, where it may."""
        if waiting.is_spooled and not self._durability.refuse_unreplicated:
            self.acknowledged_by_spool += 1
            waiting.settle()
        else:
            waiting.settle("not durable in time")

    def _shipped(self, batch: Sequence[Placed], proven: bool) -> None:
        """Redis has these."""
        for place in batch:
            each = self._waiters.pop(place.sequence, None)
            if each is None:
                continue
            if proven or (each.is_spooled and not self._durability.replicas):
                each.settle()
            else:
                self._without_redis(each)

    async def _renew(self, kind: str, reply: Reply) -> None:
        """This writer's chain cannot go on: a new name, and everything that did not arrive once more under it."""
        async with self._order:
            old, arrived = self._chain.writer, self._shipper.arrived
            last_good = reply.head if kind == "GAP" else arrived
            unsent = await self._shipper.unsent(last_good)
            waiters, self._waiters = self._waiters, {}
            self._chain = self._new_chain()
            self._payloads.forget()
            self._shipper.begin(self._chain.writer)
            found = Recovered(old, kind=kind, head=reply.head, unplaced=unsent)
            await self._place_again(found, arrived, waiters)
            for each in waiters.values():
                each.settle("the entry is nowhere")  # those found again are not in there any more
            await self._on_disk(self._spool.abandon, old, last_good)

    async def _adopt(self, found: Recovered) -> None:
        """Tell of a writer that ended; what has no place in its chain is written again under this one's name."""
        if found.is_news:
            _log.warning("audit.recovered", writer=found.writer, entries=found.entries, count=found.added)
            facts = {"writer": found.writer, "entries": found.entries, "added": found.added}
            self.note_system("spool.recovered", {**facts, "stopped": found.is_stopped})
        if found.unplaced:
            async with self._order:
                await self._place_again(found, found.unplaced[0].sequence - 1, {})
            await self._on_disk(self._spool.abandon, found.writer, found.unplaced[0].sequence - 1)

    async def _place_again(self, found: Recovered, expected: int, waiters: dict[int, _Waiting]) -> None:
        facts = {"writer": found.writer, "reason": found.kind.lower(), "expected": expected, "found": found.head}
        _log.error("audit.placed_again", writer=found.writer, reason=found.kind, entries=len(found.unplaced))
        told = system_content("chain.break", facts, ts=self._clock.now_ms(), app=self._app)
        batch = [_Waiting(told.table())]
        placed = [self._chain.place(told.table())]
        for each in found.unplaced:
            batch.append(waiters.pop(each.sequence) if each.sequence in waiters else _Waiting(each.table()))
            placed.append(self._chain.place(each.table(), each.payload))
        await self._enqueue(batch, placed)

    def _recover_soon(self) -> None:
        if self._recovery is None or self._recovery.done():
            self._recovery = asyncio.create_task(self._recover_until_done(), name="audit-recovery")

    async def _recover_until_done(self) -> None:
        while True:
            await asyncio.sleep(SPOOL_RETRY_SECONDS)
            with suppress(*FAULTS):
                await self.recover()
                return

    def _place(self, waiting: _Waiting) -> Placed:
        payload = self._payloads.packed(*waiting.shown) if waiting.shown else None
        return self._chain.place(waiting.table, payload)

    def _clock_step(self) -> list[_Waiting]:
        """An entry that says so when the wall clock has left the monotonic one since the last batch."""
        apart = self._apart_ms()
        step, self._clocks_apart = apart - self._clocks_apart, apart
        if abs(step) < CLOCK_STEP_MS:
            return []
        _log.warning("audit.clock_step", seconds=round(step / 1000))
        content = system_content("clock.step", {"step_ms": step}, ts=self._clock.now_ms(), app=self._app)
        return [_Waiting(content.table())]

    def _apart_ms(self) -> int:
        return self._clock.now_ms() - round(self._clock.monotonic() * 1000)

    def _refuse(self, batch: Sequence[_Waiting], reason: str) -> None:
        _log.error("audit.unavailable", reason=reason, entries=len(batch))
        for each in batch:
            each.settle(reason)

    async def _to_spool(self, placed: Sequence[Placed]) -> bool:
        try:
            await self._on_disk(self._spool.append, placed)
        except SpoolError as error:
            self._spool_ok, self._spool_tried = False, self._clock.monotonic()
            _log.error("audit.spool_unwritable", reason=str(error), entries=len(placed))
            return False
        return True

    async def _try_spool_again(self) -> None:
        if self._spool_ok or self._clock.monotonic() - self._spool_tried < SPOOL_RETRY_SECONDS:
            return
        self._spool_tried = self._clock.monotonic()
        if not await self._on_disk(self._spool.is_writable):
            return
        bare = self._shipper.unspooled()
        self._spool_ok = not bare or await self._to_spool(bare)
        if self._spool_ok:
            self._shipper.now_spooled(bare)
            _log.warning("audit.spool_back", entries=len(bare))

    async def _read_spool(self, writer: str, after: int, limit: int) -> list[Placed]:
        return await self._on_disk(self._spool.entries, writer, after, limit)

    async def _on_disk(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *args)

    def _new_chain(self) -> Chain:
        return Chain(f"{self._app.replica[:27]}.{self._new_id()}", self._keyring)


def _shown(record: AuditRecord) -> tuple[str, bytes] | None:
    digest = record.ans.get("payload_sha256")
    return None if record.payload is None or digest is None else (str(digest), record.payload)

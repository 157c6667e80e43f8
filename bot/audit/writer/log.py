"""`RedisAuditLog`: one task gives out places in the chain, and each batch is spooled before Redis hears of it.

An entry is acknowledged once it is in the spool and in Redis; while Redis is away, once it is in the spool; with no
spool, once Redis has proven that it is on its disk; else never.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal
from uuid import UUID

import orjson
import structlog
import uuid6
from redis.asyncio import Redis

from bot.audit.chain import Keyring
from bot.audit.entry import App, NotAuditableError, content_of, system_content
from bot.audit.writer.disk import SpoolDisk
from bot.audit.writer.intake import Intake
from bot.audit.writer.placing import Chain, Payloads, Placed
from bot.audit.writer.recovery import Recovered, missing, replay
from bot.audit.writer.shipping import Shipper
from bot.audit.writer.spool import Spool
from bot.audit.writer.store import AuditStore, Reply
from bot.audit.writer.waiting import Durability, Waiters, Waiting
from bot.breaker import Breaker
from bot.redis_store import FAULTS
from bot.tasks import end_all
from handlers.ports import AuditRecord, Clock, EntryType, StoreUnavailable

MOST_BARE = 1024  # entries on their way without a spool
RECOVERY_RETRY_SECONDS = 1.0
CLOSE_SECONDS = 5.0
CLOCK_STEP_MS = 2000
_log = structlog.get_logger(__name__)


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
        self._durability = durability or Durability()
        self._new_id = new_id
        self._breaker = breaker or Breaker(clock)
        self._store = AuditStore(redis, replicas=self._durability.replicas)
        self._disk = SpoolDisk(spool, clock)
        self._waiters = Waiters(self._durability, self._breaker)
        proof: Literal["replicas", "none"] = "replicas" if self._durability.replicas else "none"
        self._shipper = Shipper(self._store, self._breaker, self._disk.read, proof)
        self._shipper.shipped = self._waiters.shipped
        self._shipper.broken = self._renew
        self._shipper.lost_tail = self._recover_soon  # what came from earlier runs may be lost with it
        self._intake = Intake(self._commit)
        self._order = asyncio.Lock()  # whoever gives out places
        self._payloads = Payloads()
        self._chain = self._new_chain()
        self._tasks: list[asyncio.Task[None]] = []
        self._recovery: asyncio.Task[None] | None = None
        self._clocks_apart = self._apart_ms()

    @property
    def writer(self) -> str:
        """The name under which entries are written now."""
        return self._chain.writer

    @property
    def spool_takes(self) -> bool:
        """Whether entries can become durable without Redis."""
        return self._disk.takes and not self._durability.refuse_unreplicated

    @property
    def acknowledged_by_spool(self) -> int:
        """How many entries Redis had not confirmed when they were acknowledged."""
        return self._waiters.acknowledged_by_spool

    def status(self) -> dict[str, Any]:
        """For /readyz: no path, no name."""
        level = "replicated" if self._durability.replicas else "redis"
        if self._breaker.is_open:
            level = "spool" if self._disk.takes else "none"
        return {
            "level": level,
            "backlog": self._shipper.backlog,
            "acknowledged_by_spool": self.acknowledged_by_spool,
            "spool": self._disk.status(),
        }

    async def start(self) -> None:
        """Open the spool, begin this run's chain, bring in what earlier runs left. Raises StartError."""
        await self._disk.open()
        self._shipper.begin(self._chain.writer)
        self._tasks = [
            asyncio.create_task(self._intake.run(), name="audit-writer"),
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
        await self._put(table, _shown(record))

    async def append_system(self, kind: EntryType, facts: Mapping[str, Any]) -> None:
        """The same for what the program says of itself."""
        await self._put(system_content(kind, facts, ts=self._clock.now_ms(), app=self._app).table())

    def note(self, record: AuditRecord) -> None:
        """Record without waiting; what cannot be stored is told in the log."""
        try:
            table = content_of(record, ts=self._clock.now_ms(), app=self._app).table()
        except NotAuditableError as error:
            _log.error("audit.note_lost", kind=record.type, error=type(error).__name__)
            return
        self._note(Waiting(table, shown=_shown(record)))

    def note_system(self, kind: EntryType, facts: Mapping[str, Any]) -> None:
        """The same for what the program says of itself; raises NotAuditableError."""
        self._note(Waiting(system_content(kind, facts, ts=self._clock.now_ms(), app=self._app).table()))

    async def release(self, sealed: Mapping[str, int]) -> int:
        """Remove the spool files in which all is sealed (writer -> its last sealed sequence); how many."""
        return await self._disk.release(sealed)

    async def spooled_writers(self) -> list[str]:
        """Whose entries the spool of this process holds: those that `release` must know of."""
        return await self._disk.writers()

    async def recover(self) -> None:
        """Bring what ended processes left in the spool folder into the log. Raises what Redis raises."""
        for path, content in (await self._disk.take_over()).items():
            if content.torn_bytes or content.damaged:
                _log.warning("audit.spool_torn", path=path.name, bytes=content.torn_bytes, count=content.damaged)
        for writer in await self._disk.writers():
            if writer != self._chain.writer:
                await self._adopt(await replay(self._store, self._disk.read, writer))

    async def close(self) -> None:
        """Store what waits, say that this writer stops, then stop. What Redis did not take stays in the spool."""
        if self._tasks:
            with suppress(StoreUnavailable, NotAuditableError):
                await self.append_system("writer.stopped", {"writer": self._chain.writer})
            await self._shipper.drained(CLOSE_SECONDS)
        async with self._order:  # not while entries are placed again: halfway they would be stored twice
            tasks, self._tasks = [*self._tasks, *filter(None, [self._recovery])], []
            await end_all(tasks)
        self._intake.end()
        self._waiters.end()
        if tasks:
            await self._disk.close()

    async def _put(self, table: dict[str, Any], shown: tuple[str, bytes] | None = None) -> None:
        if not self._tasks or self._tasks[0].done():
            raise StoreUnavailable("the audit writer is not running")
        await self._intake.put(table, shown)

    def _note(self, waiting: Waiting) -> None:
        if not self._tasks or not self._intake.ride(waiting):
            _log.error("audit.note_lost", kind=waiting.table["t"], reason="full" if self._tasks else "stopped")

    async def _commit(self, batch: Sequence[Waiting]) -> None:
        if not batch:
            return
        async with self._order:
            missed = self._shipper.unspooled()
            if await self._disk.try_again(missed):
                self._shipper.now_spooled(missed)
            if not self._disk.takes and (self._breaker.is_open or self._shipper.bare >= MOST_BARE):
                _log.error("audit.unavailable", reason="neither Redis nor the spool", entries=len(batch))
                for each in batch:
                    each.settle("neither Redis nor the spool takes entries")
                return
            batch = [*self._clock_step(), *batch]
            await self._enqueue(batch, [self._place(each) for each in batch])

    async def _enqueue(self, batch: Sequence[Waiting], placed: Sequence[Placed]) -> None:
        """Spool entries that have their places, give them to the shipper, and see to those who wait."""
        spooled = self._disk.takes and await self._disk.append(placed)
        self._shipper.enqueue(placed, bare=not spooled)
        self._waiters.add(batch, placed, spooled=spooled, backlog=self._shipper.backlog)

    async def _renew(self, kind: str, reply: Reply) -> None:
        """This writer's chain cannot go on: a new name, and everything that did not arrive once more under it."""
        async with self._order:
            old, arrived = self._chain.writer, self._shipper.arrived
            last_good = reply.head if kind == "GAP" else arrived
            unsent = await self._shipper.unsent(last_good)
            there: list[int] = []
            if kind == "FORK" and unsent:  # some may have arrived, and only the reply was lost
                stored = await self._store.macs(old, int(orjson.loads(unsent[0].body)["ts"]))
                there = [each.sequence for each in unsent if stored.get(each.sequence) == each.mac]
                unsent = missing(unsent, stored)
            waiters = self._waiters.begin()
            for sequence in there:
                if sequence in waiters:
                    waiters.pop(sequence).settle()
            self._chain = self._new_chain()
            self._payloads.forget()
            self._shipper.begin(self._chain.writer)
            found = Recovered(old, kind=kind, head=reply.head, unplaced=unsent)
            await self._place_again(found, arrived, waiters)
            for each in waiters.values():
                each.settle("the entry is nowhere")  # those found again are not in there any more
            await self._disk.abandon(old, last_good)

    async def _adopt(self, found: Recovered) -> None:
        """Tell of a writer that ended; what has no place in its chain is written again under this one's name."""
        if found.is_news:
            _log.warning("audit.recovered", writer=found.writer, entries=found.entries, count=found.added)
            facts = {"writer": found.writer, "entries": found.entries, "added": found.added}
            self.note_system("spool.recovered", {**facts, "stopped": found.is_stopped})
        if found.unplaced:
            async with self._order:  # a process killed between the two stores these entries twice, and loses none
                await self._place_again(found, found.unplaced[0].sequence - 1, {})
                await self._disk.abandon(found.writer, found.unplaced[0].sequence - 1)

    async def _place_again(self, found: Recovered, expected: int, waiters: dict[int, Waiting]) -> None:
        facts = {"writer": found.writer, "reason": found.kind.lower(), "expected": expected, "found": found.head}
        _log.error("audit.placed_again", writer=found.writer, reason=found.kind, entries=len(found.unplaced))
        told = system_content("chain.break", facts, ts=self._clock.now_ms(), app=self._app)
        batch = [Waiting(told.table())]
        placed = [self._chain.place(told.table())]
        for each in found.unplaced:
            batch.append(waiters.pop(each.sequence) if each.sequence in waiters else Waiting(each.table()))
            placed.append(self._chain.place(each.table(), each.payload))
        await self._enqueue(batch, placed)

    def _recover_soon(self) -> None:
        if self._recovery is None or self._recovery.done():
            self._recovery = asyncio.create_task(self._recover_until_done(), name="audit-recovery")

    async def _recover_until_done(self) -> None:
        while True:
            await asyncio.sleep(RECOVERY_RETRY_SECONDS)
            with suppress(*FAULTS):
                await self.recover()
                return

    def _place(self, waiting: Waiting) -> Placed:
        payload = self._payloads.packed(*waiting.shown) if waiting.shown else None
        return self._chain.place(waiting.table, payload)

    def _clock_step(self) -> list[Waiting]:
        """An entry that says so when the wall clock has left the monotonic one since the last batch."""
        apart = self._apart_ms()
        step, self._clocks_apart = apart - self._clocks_apart, apart
        if abs(step) < CLOCK_STEP_MS:
            return []
        _log.warning("audit.clock_step", seconds=round(step / 1000))
        content = system_content("clock.step", {"step_ms": step}, ts=self._clock.now_ms(), app=self._app)
        return [Waiting(content.table())]

    def _apart_ms(self) -> int:
        return self._clock.now_ms() - round(self._clock.monotonic() * 1000)

    def _new_chain(self) -> Chain:
        return Chain(f"{self._app.replica[:27]}.{self._new_id()}", self._keyring)


def _shown(record: AuditRecord) -> tuple[str, bytes] | None:
    digest = record.ans.get("payload_sha256")
    return None if record.payload is None or digest is None else (str(digest), record.payload)

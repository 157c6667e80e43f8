"""`Shipper`: brings spooled entries to Redis, in order, whatever Redis does meanwhile.

What waits is held in memory up to a bound; beyond it, and after Redis has lost entries, it is read from the spool.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from bot.audit.writer.placing import Placed
from bot.audit.writer.store import AuditStore, Proof, Reply
from bot.breaker import PROBER, Breaker
from bot.redis_store import FAULTS

BATCH = 256
MOST_HELD = 8192
REFILL = 4096
PROBE_SECONDS = 1.0
LAST_PROBE_SECONDS = 0.5
_log = structlog.get_logger(__name__)

ReadSpool = Callable[[str, int, int], Awaitable[list[Placed]]]


class Shipper:
    """One writer's entries on their way. `enqueue` in order; `shipped` hears of each batch that arrived.

    `lost_tail` hears that Redis has lost entries it had confirmed, `broken` that this writer's chain cannot go on.
    """

    def __init__(self, store: AuditStore, breaker: Breaker, read_spool: ReadSpool, proof: Proof = "none") -> None:
        self._store = store
        self._breaker = breaker
        self._read_spool = read_spool
        self._proof = proof
        self._held: deque[Placed] = deque()
        self._bare: dict[int, Placed] = {}
        self._writer = ""
        self._arrived = 0
        self._last = 0
        self._is_behind = False  # more waits in the spool than is held here
        self._wake = asyncio.Event()
        self._pause = asyncio.Event()  # set: do not wait for the next probe
        self.shipped: Callable[[Sequence[Placed], bool], None] = lambda batch, proven: None
        self.lost_tail: Callable[[], None] = lambda: None
        self.broken: Callable[[str, Reply], Awaitable[None]] | None = None
        breaker.when_opened.append(self._wake.set)

    @property
    def backlog(self) -> int:
        """How many entries of this writer are not in Redis yet."""
        return self._last - self._arrived

    @property
    def bare(self) -> int:
        """How many of them the spool could not take."""
        return len(self._bare)

    def begin(self, writer: str) -> None:
        """From here on the entries of this writer; what was held of another is forgotten."""
        self._writer, self._arrived, self._last = writer, 0, 0
        self._held.clear()
        self._bare.clear()
        self._is_behind = False

    @property
    def arrived(self) -> int:
        """The last sequence that Redis has confirmed."""
        return self._arrived

    def unspooled(self) -> list[Placed]:
        """Those that the spool could not take, to be given to it again; `now_spooled` when it took them."""
        return list(self._bare.values())

    def now_spooled(self, batch: Sequence[Placed]) -> None:
        """The spool has these after all."""
        for each in batch:
            self._bare.pop(each.sequence, None)

    def enqueue(self, batch: Sequence[Placed], *, bare: bool = False) -> None:
        """Entries that follow what was enqueued before. `bare`: they are not in the spool."""
        self._last = batch[-1].sequence
        if bare:
            self._bare.update((each.sequence, each) for each in batch)
        if not self._is_behind and (bare or len(self._held) < MOST_HELD):
            self._held.extend(batch)
        else:
            self._is_behind = True
        self._wake.set()

    async def unsent(self, after: int) -> list[Placed]:
        """Everything above `after` that can still be found, in order."""
        return self._whole(await self._read_spool(self._writer, after, 10**9), after)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._held or self._is_behind or self._breaker.is_open:
                try:
                    await self._once()
                except Exception as error:  # the way to Redis must outlive any one batch
                    self._breaker.failure(PROBER, error)
                    if not isinstance(error, FAULTS):
                        _log.exception("audit.shipping_fault", error=type(error).__name__)
                        await self._until_probe()

    async def drained(self, seconds: float) -> bool:
        """Wait until nothing is left to ship, at most so long; once Redis is away, for one more probe."""
        clock = asyncio.get_running_loop().time
        deadline, is_probed = clock() + seconds, False
        while self.backlog and clock() < deadline:
            if self._breaker.is_open and not is_probed:
                is_probed, deadline = True, min(deadline, clock() + LAST_PROBE_SECONDS)
                self._pause.set()
            await asyncio.sleep(0.005)
        return not self.backlog

    async def _once(self) -> None:
        if self._breaker.is_open:
            await self._until_probe()
        if not self._held and self._is_behind:
            await self._refill(self._arrived)
        if not self._held:
            await self._store.ping()
            self._breaker.success(PROBER)
            return
        batch = [self._held[n] for n in range(min(BATCH, len(self._held)))]
        proof: Proof = "disk" if any(each.sequence in self._bare for each in batch) else self._proof
        writer = self._writer
        reply = await self._store.append(batch, proof)
        self._breaker.success(PROBER)
        if writer != self._writer:  # begun anew meanwhile
            return
        if reply.kind == "OK" and reply.head == batch[-1].sequence:
            self._arrived = reply.head
            for each in batch:
                self._bare.pop(each.sequence, None)
                self._held.popleft()
            self.shipped(batch, reply.proven)
        elif reply.kind == "GAP":
            _log.error("audit.gap", writer=self._writer, expected=batch[0].sequence - 1, found=reply.head)
            await self._refill(reply.head, reply)
            self.lost_tail()
        else:
            await self._break("FORK", reply)

    async def _refill(self, after: int, reply: Reply | None = None) -> None:
        """Hold what the spool has above `after`."""
        writer = self._writer
        found = self._whole(await self._read_spool(writer, after, REFILL), after)
        if writer != self._writer:
            return
        found = [each for n, each in enumerate(found, after + 1) if each.sequence == n]  # up to the first hole
        if not found:
            await self._break("GAP", reply or Reply("GAP", after, ""))
            return
        self._held = deque(found)
        self._arrived = after
        self._is_behind = found[-1].sequence < self._last

    def _whole(self, spooled: list[Placed], after: int) -> list[Placed]:
        """What the spool has and what it could not take."""
        found = {each.sequence: each for each in spooled}
        found.update((number, each) for number, each in self._bare.items() if number > after)
        return [found[number] for number in sorted(found)]

    async def _break(self, kind: str, reply: Reply) -> None:
        _log.error("audit.chain_break", reason=kind, writer=self._writer, expected=self._arrived, found=reply.head)
        if self.broken is not None:
            await self.broken(kind, reply)

    async def _until_probe(self) -> None:
        """A second, more or less, so that replicas do not knock in step."""
        with suppress(TimeoutError):
            seconds = PROBE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 (no secret hangs on it)
            async with asyncio.timeout(seconds):
                await self._pause.wait()
        self._pause.clear()

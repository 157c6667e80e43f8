"""Redis in company loses a member while questions are asked: `python -m tests.faults.fleets [--rounds 20]`.

Sentinel: the master is killed in each round, the replica takes over, the dead one comes back as its replica. Cluster:
the slots of the log and of the limits move to the next master in each round. Askers go on all the while; each waits
for admission and for a durable entry, as a question does.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot import redis_keys
from bot.admission.fallback import FallbackAdmission
from bot.admission.limits import Limits
from bot.admission.local_admission import LocalAdmission
from bot.admission.redis_admission import RedisAdmission
from bot.audit.writer.log import RedisAuditLog
from bot.breaker import Breaker
from bot.clock import SystemClock
from bot.redis_store import background_client, request_client
from bot.settings_values import Limit
from handlers.ports import Admitted, StoreUnavailable
from tests.bot.auditing import an_audit_log, examine
from tests.bot.builders import a_record, an_asker
from tests.redis_fleet import ClusterFleet, SentinelFleet, started

KINDS: tuple[Literal["sentinel", "cluster"], ...] = ("sentinel", "cluster")
ASKERS = 8
PAUSE_SECONDS = 0.02
SETTLED_SECONDS = 60.0
_MANY = Limit.parse("100000/s burst 100000")


@dataclass
class Outcome:
    """What a run of rounds came to."""

    rounds: int = 0
    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    longest_ms: float = 0.0
    lost: int = 0
    duplicated: int = 0
    chain_faults: list[str] = field(default_factory=list)
    by_spool: int = 0

    def told(self, name: str) -> str:
        return (
            f"{name:9}{self.rounds:4} rounds {len(self.acknowledged):7} acknowledged {self.lost:3} lost "
            f"{self.duplicated:3} duplicated {len(self.chain_faults):3} chain faults {self.refused:3} refused; "
            f"longest pause {self.longest_ms:.0f} ms, {self.by_spool} acknowledged by the spool"
        )


class Askers:
    """Questions without end, each admitted and recorded."""

    def __init__(self, url: str, folder: Path) -> None:
        clock = SystemClock()
        self.redis = request_client(url)
        self.breaker = Breaker(clock)
        self.audit: RedisAuditLog = an_audit_log(self.redis, folder / "spool", clock, breaker=self.breaker)
        limits = Limits(_MANY, _MANY, _MANY)
        shared, local = RedisAdmission(self.redis, limits), LocalAdmission(clock, limits, 1)
        self._admission = FallbackAdmission(shared, local, self.breaker)
        self._outcome = Outcome()
        self._number = 0
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> Outcome:
        await self.audit.start()
        self._tasks = [asyncio.create_task(self._ask()) for _ in range(ASKERS)]
        return self._outcome

    async def stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)
        await self.caught_up()
        self._outcome.by_spool = self.audit.acknowledged_by_spool
        await self.audit.close()
        await self.redis.aclose()

    async def caught_up(self) -> None:
        """Redis is back and has everything."""
        async with asyncio.timeout(SETTLED_SECONDS):
            while self.breaker.is_open or self.audit.status()["backlog"]:
                await asyncio.sleep(0.02)

    async def _ask(self) -> None:
        while not self._stopping:
            self._number += 1
            asker, record = an_asker(self._number), a_record(self._number)
            began = time.perf_counter()
            assert isinstance(await self._admission.admit(asker, charge=True), Admitted)
            try:
                await self.audit.append(record)
                self._outcome.acknowledged.append(record.rid)
            except StoreUnavailable:
                self._outcome.refused += 1
            took = (time.perf_counter() - began) * 1000
            self._outcome.longest_ms = max(self._outcome.longest_ms, took)
            await asyncio.sleep(PAUSE_SECONDS)


async def sentinel(rounds: int, folder: Path) -> Outcome:
    """Failovers."""
    with started(SentinelFleet(folder / "sentinel")) as fleet:

        async def fail_over() -> None:
            old = fleet.master()
            old.stop()
            await asyncio.to_thread(fleet.failed_over_from, old)
            await askers.caught_up()
            await asyncio.to_thread(old.start)
            await asyncio.to_thread(fleet.settled)

        askers = Askers(fleet.url, folder)
        return await _rounds(rounds, fleet.url, askers, fail_over)


async def cluster(rounds: int, folder: Path) -> Outcome:
    """Slots on the move."""
    with started(ClusterFleet(folder / "cluster")) as fleet:
        keys = (redis_keys.AUDIT_LOG, redis_keys.admission("T0001", "u", "U0001"))

        async def move() -> None:
            for key in keys:
                await asyncio.to_thread(fleet.migrate, fleet.slot_of(key))
            await askers.caught_up()

        askers = Askers(fleet.url, folder)
        return await _rounds(rounds, fleet.url, askers, move)


async def _rounds(rounds: int, url: str, askers: Askers, disturb: Callable[[], Awaitable[None]]) -> Outcome:
    outcome = await askers.start()
    for _ in range(rounds):
        await asyncio.sleep(0.3)
        await disturb()
        outcome.rounds += 1
    await asyncio.sleep(0.3)
    await askers.stop()
    reader = background_client(url)
    try:
        found = await examine(reader)
    finally:
        await reader.aclose()
    stored = Counter(found.rids())
    outcome.lost = sum(rid not in stored for rid in outcome.acknowledged)
    outcome.duplicated = sum(count > 1 for count in stored.values())
    outcome.chain_faults = found.faults
    return outcome


async def run(kind: Literal["sentinel", "cluster"], rounds: int) -> Outcome:
    """So many rounds on a fresh fleet."""
    with tempfile.TemporaryDirectory(prefix="cre-fleet-") as folder:
        return await (sentinel if kind == "sentinel" else cluster)(rounds, Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kind", choices=KINDS, action="append")
    given = parser.parse_args()
    good = True
    for kind in given.kind or KINDS:
        outcome = asyncio.run(run(kind, given.rounds))
        print(outcome.told(kind), flush=True)
        good = good and not (outcome.lost or outcome.duplicated or outcome.chain_faults or outcome.refused)
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()

"""The rounds: every kind of tampering at so many places, and clean logs that must not raise an alarm."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from bot.audit.proof.findings import Findings
from bot.audit.writer.placing import Chain
from tests.fakes import ManualClock
from tests.tampering.kinds import Kind
from tests.tampering.stage import Stage
from tests.tampering.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Round:
    """One tampering: whether it was found, and found where it is."""

    kind: str
    place: int
    found: Findings
    is_found: bool
    is_placed: bool

    def __str__(self) -> str:
        first = self.found.wrong[0] if self.found.wrong else None
        return f"{self.kind}, place {self.place}: {first.as_json() if first else 'nothing found'}"


async def tamper(stage: Stage, kind: Kind, places: range) -> AsyncIterator[Round]:
    """Do this harm at each place in turn, look, undo it."""
    for place in places:
        expected = await kind.does(stage, random.Random(f"{kind.name}/{place}"))  # noqa: S311 (can be made again)
        found = await stage.workshop.verify()
        await stage.restore()
        is_found = found.exit_code == 1
        yield Round(kind.name, place, found, is_found, is_found and expected(found.wrong[0]))


async def clean_run(redis: Redis, folder: Path, seed: int, now: float) -> Findings:
    """A log with everything that happens in a good life: restarts, failovers, lost ends, trimming, purging, silence."""
    await redis.flushall()
    chance = random.Random(seed)  # noqa: S311 (can be made again)
    clock = ManualClock(now)
    workshop = Workshop(redis, folder, clock, seed, writers=chance.randrange(1, 4))
    for _ in range(chance.randrange(1, 7)):
        await workshop.answer(chance.randrange(12), batch=chance.randrange(1, 5), ended=chance.random() < 0.9)
        match chance.randrange(8):
            case 0:
                await workshop.stop()
                workshop.chains = [Chain(f"test.{seed}.{chance.getrandbits(32)}", workshop.keyring)]
            case 1:
                clock.advance(chance.randrange(400))
            case 2:
                clock.advance(91 * 86400)
            case 3:
                await workshop.fail_over(chance.randrange(1, 6))
        if chance.random() < 0.8:
            await workshop.sealer().seal_all(even_if_quiet=chance.random() < 0.3)
    return await workshop.verify()

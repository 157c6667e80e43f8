"""Redis goes and comes back: the bot goes on from its own disk and memory meanwhile, and nothing is missing after."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.admission.fallback import FallbackAdmission
from bot.admission.local_admission import LocalAdmission
from bot.admission.redis_admission import RedisAdmission
from bot.audit.writer import shipping
from bot.breaker import Breaker
from bot.redis_store import request_client, warm
from handlers.ports import Admitted, Duplicate, StoreUnavailable
from tests.bot.auditing import an_audit_log, examine
from tests.bot.builders import a_record, an_asker
from tests.fakes import LIMITS, ManualClock
from tests.servers import KINDS, RedisServer


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        server = RedisServer(request.param, Path(folder))
        server.start()
        yield server
        server.stop()


async def test_over_restarts_of_redis_everything_goes_on(
    server: RedisServer, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stale connection, no missing script, no lost entry: a Redis that forgot everything gets it again."""
    monkeypatch.setattr(shipping, "PROBE_SECONDS", 0.02)
    redis = request_client(server.url)
    await warm(redis, 8)
    breaker = Breaker(clock)
    shared = RedisAdmission(redis, LIMITS)
    admission = FallbackAdmission(shared, LocalAdmission(clock, LIMITS), breaker)
    log = an_audit_log(redis, tmp_path, clock, breaker=breaker)
    await log.start()
    written = 0
    for start in (0, 100, 200):
        for away in (False, True):
            if away:
                server.stop()
                with pytest.raises(StoreUnavailable):
                    await shared.admit(an_asker(start + 90), charge=True)
            askers = [an_asker(start + 50 * away + n, user=f"U{start}{away}") for n in range(3)]
            verdicts = await asyncio.gather(*(admission.admit(each, charge=True) for each in askers))
            assert all(isinstance(verdict, Admitted) for verdict in verdicts)
            await asyncio.gather(*(log.append(a_record(n)) for n in range(8)))
            written += 8
        assert log.status()["level"] == "spool"
        assert isinstance(await admission.admit(askers[0], charge=True), Duplicate)
        server.start()
        async with asyncio.timeout(5):
            while log.status()["backlog"] or breaker.is_open:
                await asyncio.sleep(0.01)
        found = await examine(redis)
        assert (len(found.asked), found.faults) == (written, [])
        assert isinstance(await admission.admit(askers[1], charge=True), Duplicate)
    await log.close()
    await redis.aclose()

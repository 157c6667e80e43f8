"""Redis goes and comes back: the bot refuses meanwhile and works again at once, without a restart of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import redis_keys
from bot.admission.redis_admission import RedisAdmission
from bot.audit.entry import App
from bot.audit.log import RedisAuditLog
from bot.redis_store import request_client, warm
from handlers.ports import Admitted, StoreUnavailable
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


async def test_after_a_restart_of_redis_everything_goes_on(server: RedisServer, clock: ManualClock) -> None:
    """No stale connection, no missing script, no lost place in the log."""
    redis = request_client(server.url)
    await warm(redis, 8)
    admission, log = RedisAdmission(redis, LIMITS), RedisAuditLog(redis, App(version="0.1.0", replica="test"), clock)
    log.start()
    for start in (0, 100, 200):
        verdicts = await asyncio.gather(*(admission.admit(an_asker(start + n), charge=True) for n in range(8)))
        assert all(isinstance(verdict, Admitted) for verdict in verdicts)
        await asyncio.gather(*(log.append(a_record(n)) for n in range(8)))
        assert await redis.xlen(redis_keys.AUDIT_LOG) == 8
        server.stop()
        with pytest.raises(StoreUnavailable):
            await admission.admit(an_asker(start + 50), charge=True)
        with pytest.raises(StoreUnavailable):
            await log.append(a_record())
        server.start()
    await log.close()
    await redis.aclose()

"""Fixtures for all: real Redis servers, a manual clock, quiet logs."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from redis.asyncio import Redis

from bot.redis_store import request_client
from tests.fakes import ManualClock
from tests.servers import KINDS, Kind, RedisServer

settings.register_profile("cre", deadline=None)  # a busy machine is no defect; what must be fast is told by CPU time
settings.load_profile("cre")


class _Misspelt(logging.Handler):
    """Collects Bolt's complaint about a listener argument it does not know (it passes None instead)."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "is not a valid argument" in record.getMessage():
            self.seen.append(record.getMessage())


@pytest.fixture(autouse=True)
def _no_misspelt_listener_arguments() -> Iterator[None]:
    """A misspelt listener argument fails the test that met it."""
    handler, logger = _Misspelt(), logging.getLogger("slack_bolt")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    assert not handler.seen


@pytest.fixture(autouse=True)
def _short_tracebacks() -> Iterator[None]:
    """An incident that a test expects costs seconds when its trace is drawn with every local variable."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _data_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or leaves files in the data folder of whoever runs it, nor in another test's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def redis_servers() -> Iterator[dict[Kind, RedisServer]]:
    """Both servers, started once."""
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        servers = {kind: RedisServer(kind, Path(folder) / kind) for kind in KINDS}
        for server in servers.values():
            server.start()
        yield servers
        for server in servers.values():
            server.stop()


@pytest.fixture(params=KINDS)
def redis_url(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> str:
    """The URL of an empty Redis: each test that asks for one runs against both servers."""
    return redis_servers[request.param].emptied()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client like the one on the way to the answer, on an empty Redis."""
    client = request_client(redis_url)
    yield client
    await client.aclose()

"""A few of the rounds in every test run; `make faults` plays them by the hundred."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import crashes
from tests.faults.crashes import ROUNDS, Stage, Tally, run_round
from tests.faults.links import lose_replies, refuse


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="cre-") as name:
        yield Path(name)


@pytest.mark.parametrize("name", ROUNDS)
def test_nothing_acknowledged_is_lost(name: str, folder: Path) -> None:
    """kill -9 of the bot, of Redis, of both, a power cut, a short disk: all there, none twice, every chain whole."""
    tally = Tally()
    run_round(name, 0, time.time_ns() % 10**6, folder, tally)
    assert tally.is_clean, tally
    assert tally.acknowledged > 0
    assert tally.refused == 0 or name == "disk"  # an entry larger than a file may be


def test_the_rounds_would_see_a_loss(folder: Path) -> None:
    """A disk that keeps nothing, and a Redis that keeps nothing: the count says so."""
    stage, tally = Stage(folder / "s", random.Random(1), "no"), Tally()  # noqa: S311 (no secret hangs on it)
    try:
        worker = stage.started_worker()
        crashes._kill(worker)
        stage.server.kill()
        for path in stage.job.spool.iterdir():
            path.unlink()
        stage.server.start()
        stage.finish(tally, "loss")
    finally:
        stage.close()
    assert tally.lost > 0
    assert not tally.is_clean


async def test_lost_replies_add_nothing(folder: Path) -> None:
    """Each entry stored by a call whose reply is lost on the way."""
    tally = Tally()
    await lose_replies(folder, 25, tally)
    assert tally.is_clean, tally
    assert tally.acknowledged == 25


async def test_answers_go_on(folder: Path) -> None:
    """Redis silent, then full: every question is answered within Slack's time, and is in the log afterwards."""
    tally = Tally()
    await refuse(folder, 1, tally, ("silent", "OOM of a full server"), seconds=0.5)
    assert tally.is_clean, tally

"""Rounds in which the recording process, Redis, both, or the power goes; and what must be true after each."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from tests.bot.auditing import Found, examine
from tests.faults.servers import CrashServer
from tests.faults.worker import REFUSED, Job, work, written
from tests.servers import KINDS

START_SECONDS = 30.0
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.faults.worker"])


@dataclass
class Tally:
    """What came of some rounds."""

    rounds: int = 0
    acknowledged: int = 0
    refused: int = 0
    lost: int = 0
    doubled: int = 0
    faults: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.faults)

    def judge(self, found: Found, acknowledged: list[str], where: str) -> None:
        """Every acknowledged entry once, none twice, every chain whole."""
        stored = Counter((each["rid"], each["t"]) for each in found.asked)
        prepared = {rid for rid, kind in stored if kind == "answer.prepared"}
        self.rounds += 1
        self.acknowledged += len(acknowledged)
        self.lost += len(set(acknowledged) - prepared)
        self.doubled += sum(count - 1 for count in stored.values())
        self.faults += [f"{where}: {fault}" for fault in found.faults]
        self.notes.update(each["t"] for each in found.entries if each["t"] in ("spool.recovered", "chain.break"))


class Stage:
    """A folder of its own, a server, and workers on both."""

    def __init__(self, folder: Path, dice: random.Random, fsync: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.dice = dice
        self.server = CrashServer(dice.choice(KINDS), folder / "r", fsync)
        self.server.start()
        self.job = Job(self.server.url, folder)

    def start_worker(self, seconds: float = 0.0, largest_file: int = 0) -> Any:
        job = Job(self.job.url, self.folder, seconds, largest_file)
        process = _processes.Process(target=work, args=(job,), daemon=True)
        process.start()
        return process

    def started_worker(self, largest_file: int = 0) -> Any:
        """A worker that has something acknowledged."""
        before = self._acked_bytes()
        process = self.start_worker(largest_file=largest_file)
        deadline = time.monotonic() + START_SECONDS
        while self._acked_bytes() == before:
            assert process.is_alive(), "the worker ended by itself"
            assert time.monotonic() < deadline, "the worker acknowledges nothing"
            time.sleep(0.005)
        return process

    def pause(self, shortest: float, longest: float) -> None:
        time.sleep(self.dice.uniform(shortest, longest))

    def finish(self, tally: Tally, where: str) -> None:
        """One more worker brings in what is left; then everything is counted by somebody else."""
        last = self.start_worker(seconds=0.02)
        last.join(START_SECONDS)
        assert last.exitcode == 0, f"{where}: the last worker ended with {last.exitcode}"
        lines = written(self.job.acks).splitlines(keepends=True)
        tally.refused += lines.count(REFUSED)
        acknowledged = [line.decode().strip() for line in lines if line != REFUSED]
        tally.judge(asyncio.run(_examined(self.server.url)), acknowledged, where)

    def close(self) -> None:
        self.server.kill()
        shutil.rmtree(self.folder)

    def _acked_bytes(self) -> int:
        return len(written(self.job.acks))


async def _examined(url: str) -> Found:
    async with Redis.from_url(url, protocol=2) as client:
        return await examine(client)


def bot_dies(stage: Stage) -> None:
    """kill -9 of the recording process, at any moment, twice."""
    for _ in range(2):
        worker = stage.started_worker()
        stage.pause(0.0, 0.25)
        _kill(worker)


def redis_dies(stage: Stage) -> None:
    """kill -9 of Redis under a process that goes on; now and then twice."""
    worker = stage.started_worker()
    for _ in range(stage.dice.randint(1, 2)):
        stage.pause(0.0, 0.2)
        stage.server.kill()
        stage.pause(0.0, 0.2)
        stage.server.start()
    stage.pause(0.0, 0.1)
    _kill(worker)


def both_die(stage: Stage) -> None:
    """Both at once, or one shortly after the other."""
    worker = stage.started_worker()
    stage.pause(0.0, 0.25)
    ends: list[Callable[[], None]] = [stage.server.kill, lambda: _kill(worker)]
    stage.dice.shuffle(ends)
    ends[0]()
    stage.pause(0.0, 0.05)
    ends[1]()
    stage.server.start()


def power_goes(stage: Stage) -> None:
    """Both at once, and every file keeps what was synced and any part of what was not."""
    worker = stage.started_worker()
    stage.pause(0.0, 0.3)
    os.kill(worker.pid, 19)  # SIGSTOP: nothing is written any more
    stage.server.kill()
    _kill(worker)
    cut_to_synced(stage.job, stage.dice)
    stage.server.cut(stage.dice)
    stage.server.start()


def disk_is_short(stage: Stage) -> None:
    """No file of the spool may grow beyond a few entries (RLIMIT_FSIZE): writes fail in the middle, all the time."""
    worker = stage.started_worker(largest_file=stage.dice.randint(3_000, 30_000))
    stage.pause(0.0, 0.3)
    _kill(worker)


def cut_to_synced(job: Job, dice: random.Random) -> None:
    """Cut the spool's files to what was promised, or to anything between that and what was written."""
    sizes: dict[str, int] = {}
    named: set[str] = set()
    for line in written(job.synced).decode().splitlines():
        kind, *values = line.split()
        if kind == "d":
            named.update(values)
        else:
            sizes[values[0]] = int(values[1])
    for path in job.spool.iterdir():
        inode, size = str(path.stat().st_ino), path.stat().st_size
        if inode not in named and dice.random() < 0.5:
            path.unlink()
            continue
        promised = sizes.get(inode, 0)
        kept = dice.choice([promised, dice.randint(promised, size)])
        with path.open("r+b") as file:
            file.truncate(kept)
            file.seek(kept)
            file.write(dice.choice([b"", b"\0" * dice.randint(0, size - kept), dice.randbytes(min(9, size - kept))]))


def _kill(worker: Any) -> None:
    worker.kill()
    worker.join()


ROUNDS: dict[str, tuple[Callable[[Stage], None], tuple[str, ...]]] = {
    "bot": (bot_dies, ("no", "everysec")),
    "redis": (redis_dies, ("no", "everysec")),
    "both": (both_die, ("no", "everysec")),
    "power": (power_goes, ("everysec",)),
    "disk": (disk_is_short, ("no", "everysec")),
}
"""Each kind of round, and how its Redis may sync."""


def run_round(name: str, number: int, seed: int, folder: Path, tally: Tally) -> None:
    """One round on a stage of its own."""
    dice = random.Random(f"{seed}/{name}/{number}")  # noqa: S311 (rounds that can be played again)
    play, syncs = ROUNDS[name]
    stage = Stage(folder / f"{name}{number}", dice, dice.choice(syncs))
    try:
        play(stage)
        stage.finish(tally, f"{name} {number}")
    finally:
        stage.close()

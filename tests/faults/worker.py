"""A process that records as fast as it can, to be killed. It tells what was acknowledged by a file of request ids."""

from __future__ import annotations

import asyncio
import mmap
import os
import resource
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
import uuid6

from bot.audit import chain
from bot.audit.chain import Keyring
from bot.audit.entry import App
from bot.audit.writer import shipping, spool
from bot.audit.writer.log import RedisAuditLog
from bot.clock import SystemClock
from bot.redis_store import request_client
from handlers.ports import StoreUnavailable
from tests.bot.auditing import KEY
from tests.bot.builders import a_record

AT_ONCE = 12
PROBE_SECONDS = 0.05  # a round lasts less than a second
REFUSED = b"refused\n"
TAPE_BYTES = 2 * 1024 * 1024


class Tape:
    """Lines that are there after kill -9, and that no limit on the size of files cuts: a file of fixed size, mapped."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        os.ftruncate(descriptor, TAPE_BYTES)
        self._memory = mmap.mmap(descriptor, TAPE_BYTES)
        os.close(descriptor)
        self._end = len(written(path))

    def write(self, line: bytes) -> None:
        self._memory[self._end : self._end + len(line)] = line
        self._end += len(line)


def written(path: Path) -> bytes:
    """What is on a tape."""
    try:
        return path.read_bytes().rstrip(b"\0")
    except FileNotFoundError:
        return b""


@dataclass(frozen=True)
class Job:
    """What one worker does. `seconds` 0: until it is killed."""

    url: str
    folder: Path
    seconds: float = 0.0
    largest_file: int = 0  # RLIMIT_FSIZE; 0: none

    @property
    def acks(self) -> Path:
        """Request ids, one a line, each written after its append returned."""
        return self.folder / "acknowledged"

    @property
    def synced(self) -> Path:
        """What the disk has promised: path and size, after each sync that returned."""
        return self.folder / "synced"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"


def work(job: Job) -> None:
    """The process's life."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    shipping.PROBE_SECONDS = PROBE_SECONDS
    _tell_syncs(job)
    asyncio.run(_work(job))


async def _work(job: Job) -> None:
    redis = request_client(job.url)
    log = RedisAuditLog(
        redis, App(version="0.1.0", replica="worker"), SystemClock(), Keyring([KEY]), spool.Spool(job.spool)
    )
    await log.start()
    acks = Tape(job.acks)
    if job.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job.largest_file, job.largest_file))
    tasks = [asyncio.create_task(_append_for_ever(log, acks, number)) for number in range(AT_ONCE)]
    with suppress(TimeoutError):
        async with asyncio.timeout(job.seconds or None):
            await asyncio.gather(*tasks)
    await log.close()
    await redis.aclose()


async def _append_for_ever(log: RedisAuditLog, acks: Tape, number: int) -> None:
    count = 0
    while True:
        count += 1
        payload = f'{{"n":{count % 5}}}'.encode()
        record = replace(a_record(number, payload=payload), rid=str(uuid6.uuid7()))
        try:
            await log.append(record)
        except StoreUnavailable:
            acks.write(REFUSED)
            await asyncio.sleep(0.01)
        else:
            acks.write(f"{record.rid}\n".encode())
            log.note(replace(record, type="answer.delivered", ask={}, rl={}, ms={}, dlv={"status": "ok"}, payload=None))


def _tell_syncs(job: Job) -> None:
    """Write down what each sync of the spool has made durable, once it returned; files by inode, the folder by name."""
    told = Tape(job.synced)
    sync_data: Any = spool._sync_data
    sync_folder = chain.sync_folder

    def tell_data(descriptor: int) -> None:
        before = os.fstat(descriptor)
        sync_data(descriptor)
        told.write(f"f {before.st_ino} {before.st_size}\n".encode())

    def tell_folder(folder: Path) -> None:
        names = [str(entry.inode()) for entry in os.scandir(folder)]
        sync_folder(folder)
        told.write(f"d {' '.join(names)}\n".encode())

    spool._sync_data = tell_data
    vars(spool)["sync_folder"] = tell_folder

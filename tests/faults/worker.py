"""A process that records as fast as it can, to be killed. It tells what was acknowledged by a file of request ids."""

from __future__ import annotations

import asyncio
import os
import resource
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
import uuid6

from bot.audit import chain, shipping, spool
from bot.audit.chain import Keyring
from bot.audit.entry import App
from bot.audit.log import RedisAuditLog
from bot.clock import SystemClock
from bot.redis_store import request_client
from handlers.ports import StoreUnavailable
from tests.bot.auditing import KEY
from tests.bot.builders import a_record

AT_ONCE = 12
PROBE_SECONDS = 0.05  # a round lasts less than a second
REFUSED = b"refused\n"


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
    if job.largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job.largest_file, job.largest_file))
    acks = os.open(job.acks, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    tasks = [asyncio.create_task(_append_for_ever(log, acks, number)) for number in range(AT_ONCE)]
    with suppress(TimeoutError):
        async with asyncio.timeout(job.seconds or None):
            await asyncio.gather(*tasks)
    await log.close()
    await redis.aclose()


async def _append_for_ever(log: RedisAuditLog, acks: int, number: int) -> None:
    count = 0
    while True:
        count += 1
        payload = f'{{"n":{count % 5}}}'.encode()
        record = replace(a_record(number, payload=payload), rid=str(uuid6.uuid7()))
        try:
            await log.append(record)
        except StoreUnavailable:
            os.write(acks, REFUSED)
            await asyncio.sleep(0.01)
        else:
            os.write(acks, f"{record.rid}\n".encode())
            log.note(replace(record, type="answer.delivered", ask={}, rl={}, ms={}, dlv={"status": "ok"}, payload=None))


def _tell_syncs(job: Job) -> None:
    """Write down what each sync of the spool has made durable, once it returned; files by inode, the folder by name."""
    told = os.open(job.synced, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    sync_data: Any = spool._sync_data
    sync_folder = chain.sync_folder

    def tell_data(descriptor: int) -> None:
        before = os.fstat(descriptor)
        sync_data(descriptor)
        os.write(told, f"f {before.st_ino} {before.st_size}\n".encode())

    def tell_folder(folder: Path) -> None:
        names = [str(entry.inode()) for entry in os.scandir(folder)]
        sync_folder(folder)
        os.write(told, f"d {' '.join(names)}\n".encode())

    spool._sync_data = tell_data
    vars(spool)["sync_folder"] = tell_folder

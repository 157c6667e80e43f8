"""`SpoolDisk`: the spool from an event loop, and whether it takes anything at present."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import structlog

from bot.audit.writer.frames import Content
from bot.audit.writer.placing import Placed
from bot.audit.writer.spool import Spool, SpoolError
from bot.audit.writer.volume import outlives_restart
from handlers.ports import Clock

RETRY_SECONDS = 1.0
T = TypeVar("T")
_log = structlog.get_logger(__name__)


class SpoolDisk:
    """One thread does all that touches the disk, so a slow disk stops no request that does not need it."""

    def __init__(self, spool: Spool, clock: Clock) -> None:
        self._spool = spool
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit-spool")
        self._tried = 0.0
        self._outlives: bool | None = None
        self.takes = True

    async def open(self) -> None:
        """Raises StartError when the folder cannot be used; says so when it goes with the container."""
        await self._run(self._spool.prepare)
        self._outlives = outlives_restart(self._spool.folder)
        if self._outlives is False:
            remedy = "put CRE_SPOOL_DIR on a volume that outlives the container"
            _log.warning("audit.spool_is_ephemeral", path=str(self._spool.folder), remedy=remedy)

    def status(self) -> dict[str, Any]:
        """For /readyz: no path."""
        return {
            "writable": self.takes,
            "outlives_restart": self._outlives,
            "files": self._spool.files,
            "fill_percent": round(self._spool.fill * 100),
        }

    async def append(self, batch: Sequence[Placed]) -> bool:
        """Whether the batch is durable here."""
        try:
            await self._run(self._spool.append, batch)
        except SpoolError as error:
            self.takes, self._tried = False, self._clock.monotonic()
            _log.error("audit.spool_unwritable", reason=str(error), entries=len(batch))
            return False
        return True

    async def try_again(self, missed: Sequence[Placed]) -> bool:
        """After a failure, once a second: whether it takes entries again, those that it has `missed` first."""
        if self.takes or self._clock.monotonic() - self._tried < RETRY_SECONDS:
            return False
        self._tried = self._clock.monotonic()
        if not await self._run(self._spool.is_writable) or (missed and not await self.append(missed)):
            return False
        self.takes = True
        _log.warning("audit.spool_back", entries=len(missed))
        return True

    async def read(self, writer: str, after: int, limit: int) -> list[Placed]:
        """As `Spool.entries`."""
        return await self._run(self._spool.entries, writer, after, limit)

    async def writers(self) -> list[str]:
        return await self._run(self._spool.writers)

    async def take_over(self) -> dict[Path, Content]:
        return await self._run(self._spool.take_over)

    async def abandon(self, writer: str, last_good: int) -> None:
        await self._run(self._spool.abandon, writer, last_good)

    async def release(self, sealed: Mapping[str, int]) -> int:
        return await self._run(self._spool.release, sealed)

    async def close(self) -> None:
        """Unlock the files; what is in them stays for the next start."""
        await self._run(self._spool.close)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

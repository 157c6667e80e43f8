"""What every audit command begins with: the archive, Redis if it answers, and the record of the look itself."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from bot.audit.archive.archiving import archive_of
from bot.audit.archive.segments import Archive
from bot.audit.readers.history import History
from bot.cli.audit_recording import NotRecordedError, record
from bot.cli.audit_store import audit_redis
from bot.cli.console import FAILED, err, show_faults
from bot.faults import Fault, StartError
from bot.redis_store import FAULTS
from bot.settings import REMEDIES, Settings


@dataclass(frozen=True, slots=True)
class Session:
    """Where the record is. `redis` None: it does not answer, the archive does."""

    settings: Settings
    archive: Archive
    redis: Redis | None

    @property
    def history(self) -> History:
        return History(self.archive, self.redis)

    async def look(self, what: str, **ask: Any) -> None:
        """Record a look before anything is shown; where that can't be, say so."""
        try:
            await record(self.settings, self.redis, "admin.read", {"what": what, **ask}, team=ask.get("team"))
        except NotRecordedError as error:
            err.print(Text(f"This look is not recorded: {error}.", "yellow"))


@asynccontextmanager
async def session(settings: Settings) -> AsyncIterator[Session]:
    """Redis where it answers; the archive alone where it does not. Raises StartError when there is neither."""
    archive = archive_of(settings)
    try:
        async with audit_redis(settings, "read") as redis:
            try:
                await redis.ping()
            except FAULTS as error:
                if not archive.last_number():
                    raise
                err.print(Text(f"Redis does not answer ({type(error).__name__}): the archive only.", "yellow"))
                yield Session(settings, archive, None)
            else:
                yield Session(settings, archive, redis)
    except StartError:
        if settings.redis_url or settings.redis_reader_url or not archive.last_number():
            raise
        err.print(Text("No Redis (REDIS_URL is not set): the archive only.", "yellow"))
        yield Session(settings, archive, None)


def unreachable(error: BaseException, code: int = FAILED) -> int:
    """Say why the log can't be read, with the remedy."""
    faults = (
        error.faults
        if isinstance(error, StartError)
        else [Fault("REDIS_URL", f"leads to no Redis that answers ({type(error).__name__})", REMEDIES["REDIS_URL"])]
    )
    show_faults("The audit log cannot be read.", faults)
    return code


def write_json(*tables: Mapping[str, Any]) -> None:
    """One JSON object a line."""
    for table in tables:
        sys.stdout.buffer.write(orjson.dumps(table, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


@asynccontextmanager
async def progress(what: str) -> AsyncIterator[Callable[[int, int], None]]:
    """A bar on standard error while somebody watches it there; else nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)

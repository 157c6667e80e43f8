"""`audit seal`, `purge`, `stats`, `recover-spool` and `export`: what an operator does with the record as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.audit import stream
from bot.audit.archive.archiving import archive_of, new_sealer
from bot.audit.archive.purging import purgeable, remove
from bot.audit.archive.segments import HOLD, ArchiveError
from bot.audit.readers.choosing import Choice
from bot.audit.readers.export_words import Format, Reason
from bot.audit.readers.exporting import ExportFile
from bot.cli.audit_recording import NotRecordedError, open_log, record
from bot.cli.audit_session import Session, progress, session, unreachable, write_json
from bot.cli.audit_store import audit_redis
from bot.cli.auditing import body_of, chosen
from bot.cli.console import BAD_USAGE, FAILED, OK, err, out
from bot.clock import SystemClock
from bot.faults import StartError
from bot.redis_store import FAULTS
from bot.settings import Settings
from handlers.ports import StoreUnavailable

_FAULTS = (StartError, ArchiveError, NotRecordedError, StoreUnavailable, *FAULTS)


async def seal(settings: Settings, *, begin_anew: bool, as_json: bool) -> int:
    """Seal what waits now, one digest at least."""
    try:
        async with audit_redis(settings) as redis, audit_redis(settings, "seal") as sealing:
            log = await open_log(settings, redis)
            try:
                sealer = new_sealer(settings, sealing, SystemClock(), log)
                if begin_anew:
                    await sealer.begin_anew()
                made = await sealer.seal_all(even_if_quiet=True)
            finally:
                await log.close()
    except _FAULTS as error:
        return _failed("Not sealed", error)
    if not made:
        err.print("Another replica sealed at the same moment: nothing is left to do.")
        return OK
    told = [{"segment": d.n, "entries": d.count, "again": d.again, "strange": d.strange, "key": d.key} for d in made]
    if as_json:
        write_json(*told)
    for digest in made if not as_json else ():
        odd = "".join(f", {n} {word}" for n, word in ((digest.again, "sent again"), (digest.strange, "strange")) if n)
        out.print(f"Segment {digest.n}: {digest.count} entries{odd}, signed by {digest.key}.", soft_wrap=True)
    return OK


async def purge(settings: Settings, *, really: bool, as_json: bool) -> int:
    """Remove segments past CRE_ARCHIVE_MONTHS; without `really` only say which."""
    archive, clock, months = archive_of(settings), SystemClock(), settings.archive_months
    found = purgeable(archive, months, clock.now_ms())
    told: dict[str, Any] = {
        "to": found.to,
        "segments": len(found.segments),
        "entries": found.entries,
        "bytes": found.bytes,
        "payloads": len(found.payloads),
        "months": months,
        "held": archive.is_held,
        "purged": False,
    }
    try:
        if really and found.segments and not archive.is_held:
            await _purge(settings, found, months, clock)
            told["purged"] = True
    except _FAULTS as error:
        return _failed("Not purged", error)
    if as_json:
        write_json(told)
    else:
        _tell_purge(told, str(archive.folder))
    return FAILED if really and archive.is_held and found.segments else OK


async def _purge(settings: Settings, found: Any, months: int, clock: SystemClock) -> None:
    async with audit_redis(settings) as redis, audit_redis(settings, "seal") as sealing:
        log = await open_log(settings, redis)
        try:
            # first the digest that says what goes, signed; a crash in between leaves files, never a gap unexplained
            await new_sealer(settings, sealing, clock, log).seal_all(even_if_quiet=True, purged_to=found.to)
            facts = {"to": found.to, "segments": len(found.segments), "count": found.entries, "months": months}
            await log.append_system("archive.purged", facts)
            remove(archive_of(settings), found)
        finally:
            await log.close()


def _tell_purge(told: Mapping[str, Any], folder: str) -> None:
    what = f"{told['segments']} segments ({told['entries']:,} entries, {told['bytes'] / 2**20:.1f} MiB)"
    payloads = f" and {told['payloads']} payloads" if told["payloads"] else ""
    if not told["segments"]:
        out.print(f"Nothing is older than {told['months']} months (CRE_ARCHIVE_MONTHS).", soft_wrap=True)
    elif told["held"]:
        text = f"A legal hold is on: nothing is purged while the file {HOLD} lies in {folder}. Past their term: {what}."
        out.print(Text(text, "yellow"), soft_wrap=True)
    elif told["purged"]:
        out.print(f"Purged up to segment {told['to']}: {what}{payloads}. Their digests stay.", soft_wrap=True)
    else:
        out.print(f"Past their term: {what}{payloads}. `cre-bot audit purge --yes` removes them.", soft_wrap=True)


async def stats(settings: Settings, *, as_json: bool) -> int:
    """Where the record is and how large."""
    try:
        async with session(settings) as here:
            told = await _stats(here)
            await here.look("stats")
    except (*_FAULTS,) as error:
        return unreachable(error)
    if as_json:
        write_json(told)
        return OK
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in told.items():
        table.add_row(name.replace("_", " "), _said(name, value))
    out.print(table)
    return OK


async def _stats(here: Session) -> dict[str, Any]:
    archive, settings = here.archive, here.settings
    number = archive.last_number()
    newest = archive.read(number)[0] if number else None
    old = purgeable(archive, settings.archive_months, SystemClock().now_ms())
    told: dict[str, Any] = {}
    if here.redis is not None:
        found = await stream.extent(here.redis)
        told = {
            "live_entries": found.length,
            "live_since": int(found.first_id.partition("-")[0]) if found.first_id else None,
            "not_sealed_yet": max(0, found.added - (newest.added if newest else 0)),
            "writers_in_redis": len(await stream.heads(here.redis)),
        }
    return {
        **told,
        "archive": str(archive.folder),
        "segments": number,
        "sealed_entries": newest.total if newest else 0,
        "sealed_at": newest.at if newest else None,
        "seal_key": newest.key if newest else None,
        "answers_without_end": len(newest.open) if newest else 0,
        "purged_to": newest.purged_to if newest else 0,
        "past_their_term": len(old.segments),
        "legal_hold": archive.is_held,
    }


async def recover_spool(settings: Settings, folder: Path, *, as_json: bool) -> int:
    """Bring the entries of another host's spool into the log, under their own names; none twice."""
    if not folder.is_dir():
        err.print(Text(f"{folder} is no folder: name the spool folder of the host that was lost.", "red"))
        return BAD_USAGE
    try:
        async with audit_redis(settings) as redis, audit_redis(settings, "read") as reader:
            before = await stream.extent(reader)
            log = await open_log(settings, redis, folder)
            try:
                waiting = await log.spooled_writers()
                await log.recover()
            finally:
                await log.close()
            own = log.writer
            found = [body_of(row) async for page in stream.pages(reader, f"({before.last_id}") for row in page]
    except _FAULTS as error:
        return _failed("Not recovered", error)
    told = [each["sys"] for each in found if each.get("t") == "spool.recovered"]
    if as_json:
        write_json(*told)
    else:
        for each in told:
            ended = "ended in good order" if each.get("stopped") else "had crashed"
            counts = f"{each['entries']} entries in the spool, {each['added']} of them were missing"
            out.print(f"{each['writer']}, which {ended}: {counts}.", soft_wrap=True)
        if not told:
            others = len([writer for writer in waiting if writer != own])
            out.print(f"Nothing was missing ({others} writers in the spool, all of it in the log).", soft_wrap=True)
    return OK


async def export(
    settings: Settings, choice: Choice, kind: Format, reason: Reason, ticket: str | None, path: Path, *, as_json: bool
) -> int:
    """Write what fits to a new file, once the log says who exports what, and why."""
    ask = {"what": "export", "format": kind.value, "reason": reason.value, **choice.words()}
    if ticket:
        ask["ticket"] = ticket
    try:
        async with session(settings) as here, progress("Exporting") as step:
            await record(settings, here.redis, "admin.export", ask, team=choice.team, role="exporter")
            try:
                file = ExportFile(path, kind)
            except OSError as error:
                err.print(
                    Text(f"{path} cannot be made ({error.strerror}): name a new file in a folder of yours.", "red")
                )
                return FAILED
            try:
                expected = here.history.expected(choice.first_ms, choice.last_ms)
                async for item in chosen(here.history, choice, lambda done: step(done, expected)):
                    file.add(item, body_of(item))
                digest = file.finish()
            except BaseException:
                file.give_up()
                raise
    except _FAULTS as error:
        return _failed("Not exported", error)
    told = {"file": str(path), "format": kind.value, "entries": file.count, "sha256": digest}
    if as_json:
        write_json(told)
    else:
        out.print(Text(f"{file.count} entries in {path}", "green"), soft_wrap=True)
        out.print(Text(f"SHA-256 {digest}", "dim"), soft_wrap=True)
    return OK


def _failed(what: str, error: BaseException) -> int:
    if isinstance(error, StartError | OSError) or not isinstance(error, (ArchiveError, NotRecordedError)):
        return unreachable(error)
    err.print(Text(f"{what}: {error}.", "red"), soft_wrap=True)
    return FAILED


def _said(name: str, value: Any) -> str:
    if value is None:
        return "never" if name.endswith("_at") else "-"
    if name in ("live_since", "sealed_at"):
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)

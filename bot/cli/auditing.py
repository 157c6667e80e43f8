"""`audit tail` and `audit show`: what the bot recorded, as a table or as JSON."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from rich.table import Table
from rich.text import Text

from bot.audit.reading import AuditReader, StoredEntry, UnreadableEntry
from bot.cli.audit_store import audit_redis
from bot.cli.console import BAD_USAGE, FAILED, OK, err, out, show_faults
from bot.faults import Fault, StartError
from bot.redis_store import FAULTS
from bot.settings import REMEDIES, Settings

NOT_FOUND = "No entry has this request id."
Entries = Sequence[StoredEntry | UnreadableEntry]


async def tail(settings: Settings, count: int, *, as_json: bool) -> int:
    """The newest entries, oldest of them first."""
    return await _show(settings, as_json, lambda reader: _newest(reader, count), "The audit log is empty.")


async def show(settings: Settings, rid: str, *, as_json: bool) -> int:
    """Every entry of one question."""
    try:
        rid = str(UUID(rid))
    except ValueError:
        err.print("RID is the request id of a question, like 0192d3a4-…; `cre-bot audit tail` lists them.")
        return BAD_USAGE
    if as_json:
        return await _show(settings, True, lambda reader: reader.find(rid), NOT_FOUND, when_empty=FAILED)
    try:
        async with _reader(settings) as reader:
            entries = await reader.find(rid)
    except (StartError, *FAULTS) as error:
        return _unreachable(error)
    if not entries:
        err.print(NOT_FOUND)
        return FAILED
    for stored in entries:
        out.print(_details(stored))
    return OK


async def _show(settings: Settings, as_json: bool, read: Any, nothing: str, *, when_empty: int = OK) -> int:
    try:
        async with _reader(settings) as reader:
            entries: Entries = await read(reader)
    except (StartError, *FAULTS) as error:
        return _unreachable(error)
    if as_json:
        for each in entries:
            sys.stdout.buffer.write(orjson.dumps(each.as_json(), option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    elif entries:
        out.print(_table(entries))
    if not entries:
        err.print(nothing)
        return when_empty
    return OK


async def _newest(reader: AuditReader, count: int) -> Entries:
    return list(reversed(await reader.page(count)))


@asynccontextmanager
async def _reader(settings: Settings) -> AsyncIterator[AuditReader]:
    """A reader of the log of this host."""
    async with audit_redis(settings) as redis:
        yield AuditReader(redis)


def _unreachable(error: BaseException) -> int:
    faults = (
        error.faults
        if isinstance(error, StartError)
        else [Fault("REDIS_URL", f"leads to no Redis that answers ({type(error).__name__})", REMEDIES["REDIS_URL"])]
    )
    show_faults("The audit log cannot be read.", faults)
    return FAILED


def _table(entries: Entries) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("time (UTC)", "type", "who", "where", "asked", "outcome", "request"):
        table.add_column(column, overflow="fold", no_wrap=column in ("time (UTC)", "request"))
    for each in entries:
        if isinstance(each, UnreadableEntry):
            table.add_row("", Text("unreadable", style="red"), "", "", "", each.why, each.stream_id)
            continue
        entry = each.entry
        table.add_row(
            _time(entry.ts),
            entry.t,
            f"{entry.who.team}/{entry.who.user}",
            f"{entry.src.surface} {entry.src.channel}",
            _asked(entry.ask),
            Text(str(entry.ans.get("outcome", "")), style="green" if entry.ans.get("outcome") == "answered" else ""),
            entry.rid,
        )
    return table


def _details(stored: StoredEntry) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _flat(stored.as_json()):
        table.add_row(name, _time(value) if name == "ts" else str(value))
    return table


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, item in value.items():
        if isinstance(item, dict):
            rows.extend(_flat(item, f"{prefix}{name}."))
        else:
            rows.append((f"{prefix}{name}", ", ".join(map(str, item)) if isinstance(item, list) else item))
    return rows


def _asked(ask: dict[str, Any]) -> str:
    question = ask.get("question") or {}
    parts = [*question.get("mechanisms", ()), *question.get("sites", ())]
    if renal := question.get("renal"):
        parts.append(f"{renal.get('measure')} {renal.get('value', '')}".strip())
    return " · ".join(map(str, parts))


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")

"""`audit tail`, `search`, `show` and `replay`: what was recorded, for people and for programs."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from bot.audit.archive.digests import sha256
from bot.audit.entry import Entry
from bot.audit.readers.choosing import QUESTIONS, Choice, feedback_of
from bot.audit.readers.history import History, Item
from bot.audit.readers.payloads import payload_of
from bot.audit.readers.replaying import parsed_payload, rendered_again
from bot.audit.rows import Row
from bot.cli.audit_session import Session, progress, session, unreachable, write_json
from bot.cli.console import BAD_USAGE, FAILED, OK, err, out
from bot.cli.reading import show_blocks
from bot.faults import StartError
from bot.redis_store import FAULTS
from bot.settings import Settings

NOT_FOUND = "No entry has this request id."
OF_THE_PROGRAM = frozenset(
    {"writer.started", "writer.stopped", "archive.sealed", "kb.loaded", "clock.step", "spool.recovered"}
)
_LOOKED_AT = 20_000  # newest entries searched for those that are not of the program itself
_MOST_RIDS = 100_000
_WIDE, _NARROW = 165, 125  # columns of a terminal


async def tail(settings: Settings, count: int, *, everything: bool, as_json: bool) -> int:
    """The newest entries, oldest of them first."""
    try:
        async with session(settings) as here:
            found = await _newest(here, count, everything=everything)
            await here.look("tail", count=count)
    except (StartError, *FAULTS) as error:
        return unreachable(error)
    _list(found, as_json=as_json)
    if not found:
        err.print("The audit log is empty.")
    return OK


async def search(settings: Settings, choice: Choice, limit: int, *, as_json: bool) -> int:
    """The newest entries that fit, oldest of them first."""
    try:
        async with session(settings) as here, progress("Searching") as step:
            expected = here.history.expected(choice.first_ms, choice.last_ms)
            fitting = chosen(here.history, choice, lambda done: step(done, expected))
            found = deque([item async for item in fitting], maxlen=limit + 1)
            await here.look("search", **choice.words())
    except (StartError, *FAULTS) as error:
        return unreachable(error)
    more = len(found) > limit
    _list(list(found)[-limit:], as_json=as_json)
    if not found:
        err.print("Nothing fits.")
    elif more:
        err.print(f"The newest {limit}; --limit shows more, `audit export` writes all.")
    return OK


async def chosen(history: History, choice: Choice, step: Any = lambda done: None) -> Any:
    """The rows that fit, oldest first. Feedback is looked for first: it comes after what it is about."""
    told: frozenset[str] | None = None
    if choice.feedback is not None:
        wanted: dict[str, bool] = {}
        async for item in history.rows(choice.first_ms):
            body = body_of(item)
            if (verdict := feedback_of(body)) is not None and len(wanted) < _MOST_RIDS:
                wanted[str(body.get("rid"))] = verdict == choice.feedback
        told = frozenset(rid for rid, fits in wanted.items() if fits)
    async for item in history.rows(choice.first_ms, choice.last_ms, step):
        if choice.fits(body_of(item), told):
            yield item


async def show(settings: Settings, rid: str, *, as_json: bool) -> int:
    """Every entry of one question."""
    found = await _found(settings, rid, "show")
    if isinstance(found, int):
        return found
    if as_json:
        write_json(*(as_table(row) for row in found))
        return OK
    for row in found:
        body = body_of(row)
        out.print(Text(f"{_time(body.get('ts', 0))} UTC, {body.get('t')}", "bold"))
        out.print(_details(row))
        out.print()
    return OK


async def replay(settings: Settings, rid: str, *, as_json: bool) -> int:
    """What was shown for a request, proven by the digest in its entry; 1 when that can't be."""
    try:
        rid = str(UUID(rid))
        async with session(settings) as here:
            found = [row for row in await here.history.find(rid) if body_of(row).get("t") in QUESTIONS]
            shown = [await _shown(here, settings, body_of(row)) for row in found]
            await here.look("replay", rid=rid)
    except ValueError:
        return _no_rid()
    except (StartError, *FAULTS) as error:
        return unreachable(error)
    if not found:
        err.print(NOT_FOUND)
        return FAILED
    for row, (content, how) in zip(found, shown, strict=True):
        payload = parsed_payload(content) if content is not None else None
        _replayed(row, payload, how, as_json=as_json)
    return OK if all(content is not None for content, _ in shown) else FAILED


async def _shown(here: Session, settings: Settings, body: Mapping[str, Any]) -> tuple[bytes | None, str]:
    sha = payload_of(body) or str((body.get("ans") or {}).get("payload_sha256", ""))
    content = await here.history.payload(sha) if len(sha) == 64 else None
    if content is None:
        return rendered_again(settings, body)
    if sha256(content) != sha:
        return None, "what is kept is not what was shown: its digest differs. Run `cre-bot audit verify`"
    return content, "the bytes that were shown: their digest is the one recorded"


def _replayed(row: Row, payload: Mapping[str, Any] | None, how: str, *, as_json: bool) -> None:
    body = body_of(row)
    sha = (body.get("ans") or {}).get("payload_sha256")
    if as_json:
        told = {"id": row.id, "rid": body.get("rid"), "t": body.get("t"), "payload_sha256": sha}
        write_json({**told, "proven": payload is not None, "how": how, "payload": payload})
        return
    out.print(Text(f"{_time(body.get('ts', 0))} UTC, {body.get('t')}: {_asked(body.get('ask', {}))}", "bold"))
    out.print()
    if payload is not None:
        show_blocks(payload["blocks"])
    out.print(Text.assemble(("Proven: " if payload is not None else "Not proven: ", "bold"), how), soft_wrap=True)
    out.print(Text(f"SHA-256 {sha}", "dim"), soft_wrap=True)


async def _found(settings: Settings, rid: str, what: str) -> list[Row] | int:
    try:
        rid = str(UUID(rid))
        async with session(settings) as here, progress("Searching") as step:
            found = await here.history.find(rid, lambda done: step(done, 0))
            await here.look(what, rid=rid)
    except ValueError:
        return _no_rid()
    except (StartError, *FAULTS) as error:
        return unreachable(error)
    if not found:
        err.print(NOT_FOUND)
        return FAILED
    return found


def _no_rid() -> int:
    err.print("RID is the request id of a question, like 0192d3a4-…; `cre-bot audit tail` lists them.")
    return BAD_USAGE


async def _newest(here: Session, count: int, *, everything: bool) -> Sequence[Item]:
    looked = count if everything else min(_LOOKED_AT, max(500, 10 * count))
    found = await here.history.newest(looked)
    kept = [item for item in found if everything or body_of(item).get("t") not in OF_THE_PROGRAM]
    if len(kept) < count and len(found) == looked and looked < _LOOKED_AT and not everything:
        found = await here.history.newest(_LOOKED_AT)
        kept = [item for item in found if body_of(item).get("t") not in OF_THE_PROGRAM]
    return kept[-count:]


def _list(items: Iterable[Item], *, as_json: bool) -> None:
    items = list(items)
    if as_json:
        write_json(*map(as_table, items))
    elif items:
        out.print(_table(items))
    sys.stdout.flush()


def as_table(item: Item) -> dict[str, Any]:
    """An entry as programs get it; what is none says so."""
    if not isinstance(item, Row):
        return {"id": item.id, "unreadable": "was not written by any writer of ours"}
    try:
        entry = Entry.model_validate({**body_of(item), "w": item.w, "s": item.s})
    except ValidationError as error:
        return {"id": item.id, "w": item.w, "s": item.s, "unreadable": type(error).__name__}
    return {"id": item.id, "m": item.m, **entry.model_dump(mode="json", exclude_none=True)}


def body_of(item: Item) -> dict[str, Any]:
    """What an entry says; empty for what is none."""
    if not isinstance(item, Row):
        return {}
    try:
        body = orjson.loads(item.b)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _table(items: Iterable[Item]) -> Table:
    """A row an entry; on a narrow terminal two, the request below."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_header=out.width >= _NARROW)
    columns = ["time (UTC)", "type", "who", "where", "asked", "outcome", "request"]
    if out.width < _WIDE:
        columns.remove("where")
    if out.width < _NARROW:
        columns = ["time (UTC)", "type", "what"]
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("time (UTC)", "type", "request"))
    for item in items:
        cells = _cells(as_table(item))
        if out.width >= _NARROW:
            table.add_row(*(cells[column] for column in columns))
            continue
        table.add_row(cells["time (UTC)"], cells["type"], _joined(cells["who"], cells["outcome"]))
        if cells["asked"]:
            table.add_row("", "", cells["asked"])
        table.add_row("", "", cells["request"])
    return table


def _cells(told: Mapping[str, Any]) -> dict[str, Text]:
    if "unreadable" in told:
        found = {
            "type": Text("unreadable", "red"),
            "outcome": Text(str(told["unreadable"])),
            "request": Text(told["id"]),
        }
        return {name: found.get(name, Text()) for name in (*found, "time (UTC)", "who", "where", "asked")}
    who, src, ans = told["who"], told["src"], told.get("ans", {})
    outcome = str(ans.get("outcome") or told.get("dlv", {}).get("status") or ans.get("feedback") or "")
    names = ("team", "user") if out.width >= _WIDE else ("user",)
    return {
        "time (UTC)": Text(_time(told["ts"])),
        "type": Text(told["t"]),
        "who": Text("/".join(who[name] for name in names if who.get(name)) or who["role"]),
        "where": Text(" ".join(src[name] for name in ("surface", "channel") if src.get(name))),
        "asked": Text(_asked(told.get("ask", {}))),
        "outcome": Text(outcome, "green" if outcome == "answered" else ""),
        "request": Text(told["rid"]),
    }


def _joined(*parts: Text) -> Text:
    return Text("  ").join([part for part in parts if part])


def _details(row: Row) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in _flat(as_table(row)):
        if value != "":  # an empty list
            table.add_row(name, str(value))
    return table


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, item in value.items():
        if isinstance(item, dict):
            rows.extend(_flat(item, f"{prefix}{name}."))
        else:
            rows.append((f"{prefix}{name}", ", ".join(map(str, item)) if isinstance(item, list) else item))
    return rows


def _asked(ask: Mapping[str, Any]) -> str:
    if "what" in ask:
        return str(ask["what"])
    question = ask.get("question") or {}
    parts = [*question.get("mechanisms", ()), *question.get("sites", ())]
    if renal := question.get("renal"):
        parts.append(f"{renal.get('measure')} {renal.get('value', '')}".strip())
    return " · ".join(map(str, parts))


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")

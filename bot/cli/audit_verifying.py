"""`audit verify` and `audit reconcile`: is the record whole, and did every answer end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table
from rich.text import Text

from bot.audit.archive.archiving import archive_of, checkpoint_places, seal_keys_of
from bot.audit.archive.seal_key import SealKeyError, read_seal_keys
from bot.audit.proof.entry_checks import PENDING_MS
from bot.audit.proof.findings import CHECKS, INCOMPLETE, Findings
from bot.audit.proof.pairs import Pairs
from bot.audit.proof.verifying import Evidence, Verifier, read_checkpoints
from bot.audit.rows import Row
from bot.cli.audit_recording import keyring_of
from bot.cli.audit_session import progress, session, unreachable, write_json
from bot.cli.audit_store import audit_redis
from bot.cli.console import FAILED, OK, err, out
from bot.clock import SystemClock
from bot.faults import StartError
from bot.redis_store import FAULTS
from bot.settings import Settings

USAGE = 3
_SHOWN = 20
_COLOURS = {"clean": "bold green", "tampered": "bold red", "incomplete": "bold yellow"}


async def verify(
    settings: Settings, checkpoint_files: Sequence[Path], public_key: Path | None, *, redis: bool, as_json: bool
) -> int:
    """0 clean, 1 tampered, 2 incomplete or unreachable, 3 bad usage."""
    try:
        contents = [content for path in checkpoint_files for content in path.read_bytes().splitlines() if content]
        seal_keys = read_seal_keys(public_key) if public_key else seal_keys_of(settings, make=False)
        keyring = keyring_of(settings)
        places = checkpoint_places(settings)
    except (OSError, SealKeyError, StartError) as error:
        err.print(Text(f"Not verified: {error}", "red"))
        return USAGE
    unread: list[str] = []
    for place in places:
        try:
            if newest := place.newest():
                contents.append(newest)
        except OSError as error:
            unread.append(f"{place.name}: {error.strerror or error}")
    checkpoints, bad = read_checkpoints(contents)
    if bad and checkpoint_files:
        err.print(Text(f"Not verified: {bad} lines given as checkpoints are none.", "red"))
        return USAGE
    async with AsyncExitStack() as closing:
        client = None
        if redis:
            try:
                client = await closing.enter_async_context(audit_redis(settings, "read"))
            except (StartError, *FAULTS) as error:
                if not archive_of(settings).last_number():
                    return unreachable(error, INCOMPLETE)
                unread.append("the live log: no Redis (REDIS_URL)")
        step = await closing.enter_async_context(progress("Verifying"))
        evidence = Evidence(archive_of(settings), client, keyring, seal_keys, tuple(checkpoints))
        found = await Verifier(evidence, SystemClock().now_ms(), step).run()
    for each in unread:
        found.skip(each)
    if not any(found.counts.values()) and client is None:
        found.skip("anything: there is neither an archive nor a Redis here")
    if as_json:
        write_json(found.as_json())
    else:
        _tell(found, str(evidence.archive.folder))
    return found.exit_code


def _tell(found: Findings, folder: str) -> None:
    out.print(Text(f"The audit log is {found.verdict}.", _COLOURS[found.verdict]))
    if found.wrong:
        first = found.wrong[0]
        out.print(Text.assemble(("First bad place: ", "bold"), first.place), soft_wrap=True)
        out.print(Text(f"  {first.problem}"), soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right", style="bold")
    table.add_column()
    for name, meaning in CHECKS.items():
        if found.counts[name]:
            table.add_row(f"{found.counts[name]:,}", meaning)
    out.print(table)
    if found.wrong[1:]:
        out.print(Text(f"{found.wrong_total} findings:", "bold red"))
        for each in found.wrong[:_SHOWN]:
            out.print(Text(f"  {each.place}: {each.problem}"), soft_wrap=True)
        if found.wrong_total > _SHOWN:
            out.print(Text(f"  … and {found.wrong_total - _SHOWN} more (--json has the first hundred)"))
    for title, lines, style in (("Not checked", found.unchecked, "yellow"), ("Worth knowing", found.notes, "dim")):
        for line in lines:
            out.print(Text(f"{title}: {line}", style), soft_wrap=True)
    out.print(Text(f"Archive: {folder}", "dim"), soft_wrap=True)


async def reconcile(settings: Settings, first_ms: int, last_ms: int | None, *, as_json: bool) -> int:
    """Answers and their ends; 0 when each has one, 1 when one lacks it, or has too many."""
    pairs, odd = Pairs(), []
    try:
        async with session(settings) as here, progress("Reconciling") as step:
            history = here.history
            expected = history.expected(first_ms, last_ms)
            async for item in history.rows(first_ms, last_ms, lambda done: step(done, expected)):
                if isinstance(item, Row) and (problem := pairs.take(item.id, _body(item))) is not None:
                    odd.append({"id": item.id, "rid": _body(item).get("rid"), "problem": problem})
            await here.look("reconcile")
    except (StartError, *FAULTS) as error:
        return unreachable(error)
    now = SystemClock().now_ms()
    late = pairs.open(now - PENDING_MS)
    told = {
        "begun": pairs.begun,
        **{kind.partition(".")[2]: count for kind, count in pairs.ends.items()},
        "on_their_way": len(pairs.open()) - len(late),
        "without_end": [{"id": each.id, "rid": each.rid} for each in late],
        "odd": odd,
    }
    if as_json:
        write_json(told)
    else:
        _tell_pairs(told)
    return FAILED if late or odd else OK


def _tell_pairs(told: Mapping[str, Any]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right", style="bold")
    table.add_column()
    for name, words in (
        ("begun", "answers prepared or shared"),
        ("delivered", "delivered"),
        ("failed", "failed: Slack refused them, and the asker was told"),
        ("unknown", "unknown: a crash or a lost connection in between"),
        ("on_their_way", "on their way (younger than ten minutes)"),
    ):
        table.add_row(f"{told[name]:,}", words)
    out.print(table)
    for each in told["without_end"][:_SHOWN]:
        out.print(Text(f"No end: request {each['rid']} (id {each['id']})", "yellow"), soft_wrap=True)
    for each in told["odd"][:_SHOWN]:
        out.print(Text(f"Odd: request {each['rid']} (id {each['id']}): {each['problem']}", "red"), soft_wrap=True)
    left = len(told["without_end"]) + len(told["odd"])
    if left > _SHOWN:
        out.print(f"{left} in all; --json has every one.")
    elif not left:
        out.print(Text("Every answer has its end.", "green"))


def _body(row: Row) -> dict[str, Any]:
    try:
        body = orjson.loads(row.b)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}

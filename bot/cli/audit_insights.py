"""`audit insights`: what was asked over a period, as a table, as JSON or as a picture; the look itself is recorded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.audit.readers.insights import Counting
from bot.audit.readers.insights_svg import insights_svg
from bot.cli.audit_recording import NotRecordedError, newest_team, record
from bot.cli.audit_session import unreachable, write_json
from bot.cli.audit_store import audit_redis
from bot.cli.console import BAD_USAGE, FAILED, OK, err, out
from bot.clock import SystemClock
from bot.faults import StartError
from bot.redis_store import FAULTS
from bot.settings import Settings
from handlers.insights import DISCLAIMER, METHOD, Insights
from handlers.layouts.review_insights import figures, signal_lines, tables, title
from handlers.review import day_of


async def insights(settings: Settings, days: int, team: str | None, svg: Path | None, *, as_json: bool) -> int:
    """Count, record the look, show. What cannot be recorded is not shown."""
    last = day_of(SystemClock().now_ms())
    first = last - timedelta(days=days - 1)
    if svg is not None and svg.exists():
        err.print(Text(f"{svg} is there already and is not overwritten: name another file."))
        return BAD_USAGE
    try:
        async with audit_redis(settings, "read") as redis:
            team = team or await newest_team(redis)
            if team is None:
                err.print("The audit log is empty.")
                return OK
            ask = {"what": "insights", "first": str(first), "last": str(last)}
            await record(settings, redis, "admin.read", ask, team=team)
            found = await Counting(redis).between(team, first, last)
    except NotRecordedError as error:
        err.print(Text(f"This look cannot be recorded: {error}. Nothing is shown unrecorded."))
        return FAILED
    except (StartError, *FAULTS) as error:
        return unreachable(error)
    if svg is not None and not _written(svg, insights_svg(found)):
        return FAILED
    if as_json:
        write_json({"team": team, **as_table(found)})
    else:
        _show(found)
        if svg is not None:
            out.print(Text(f"Written: {svg}", "green"))
    return OK


def as_table(found: Insights) -> dict[str, Any]:
    """The insights as plain values."""
    counts = ("mechanisms", "sites", "surfaces", "outcomes", "editions", "feedback", "limits", "endings", "answer_ms")
    return {
        "first": str(found.first),
        "last": str(found.last),
        "questions": found.questions,
        "taps": found.taps,
        "asked_back": None if found.asked_back is None else round(found.asked_back, 4),
        "unanswered": found.unanswered,
        "by_day": {str(day): count for day, count in found.by_day},
        **{name: dict(getattr(found, name)) for name in counts},
        "signals": [
            {
                "mechanism": each.mechanism,
                "count": each.count,
                "mean": round(each.mean, 3),
                "threshold": round(each.threshold, 3),
            }
            for each in found.signals
        ],
        "history_weeks": found.history_weeks,
        "unreadable": found.unreadable,
        "counted_from": None if found.counted_from is None else str(found.counted_from),
        "note": DISCLAIMER,
        "method": METHOD,
    }


def _show(found: Insights) -> None:
    out.print(Text(title(found), "bold"))
    for line in figures(found):
        out.print(Text(line))
    for line in signal_lines(found):
        out.print(Text(line, "bold yellow" if found.signals else "dim"))
    days = {f"{day:%a %-d %b %Y}": count for day, count in found.by_day}
    for heading, counts in [("By day (UTC)", days), *tables(found)]:
        if counts:
            out.print(_bars(heading, counts))
    out.print(Text(f"{DISCLAIMER} {METHOD}", "dim"))


def _bars(heading: str, counts: Mapping[str, int]) -> Table:
    most = max(counts.values()) or 1
    table = Table(box=None, padding=(0, 2, 0, 0), title=Text(heading, "bold"), title_justify="left", show_header=False)
    for word, count in counts.items():
        table.add_row(word, Text(str(count), justify="right"), Text("█" * round(30 * count / most), "blue"))
    return table


def _written(path: Path, picture: str) -> bool:
    """A new file that only its owner reads; never over another, never through a link."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        err.print(Text(f"{path} cannot be made: {error.strerror}. Name another file in a folder you may write to."))
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(picture)
    return True

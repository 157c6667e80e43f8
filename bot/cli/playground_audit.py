"""The playground's audit panel over the real log: entries, insights, verify, and a demonstration on a copy."""

from __future__ import annotations

from typing import Any

import uuid6
from redis.asyncio import Redis

from bot.audit.archive.archiving import archive_of, seal_keys_of
from bot.audit.chain import Keyring
from bot.audit.proof.demonstrating import COPY_DB, DONE, KINDS, TooFewEntriesError, demonstrate
from bot.audit.proof.findings import CHECKS, Findings
from bot.audit.proof.verifying import Evidence, Verifier
from bot.audit.readers.insights import Counting
from bot.audit.readers.insights_svg import insights_svg
from bot.audit.readers.reading import AuditReader
from bot.clock import SystemClock
from bot.embedded import data_dir
from bot.playground.cast import TEAM
from bot.playground.records import Json
from bot.running import Bot
from handlers.layouts.review_insights import figures, signal_lines, tables
from handlers.ports import Asker, AuditRecord, Surface
from handlers.review import Filters, day_of

ADMIN = "U0ADMIN001"
INSIGHT_DAYS = 28


class PlaygroundAudit:
    """`bot.playground.desk.AuditDesk`, and the panel's list; `bot` is there once it has started."""

    def __init__(self, redis: Redis, embedded_url: str | None) -> None:
        """`embedded_url`: of the server that is ours alone; None: there is no demonstration."""
        self._redis = redis
        self._reader = AuditReader(redis)
        self._counting = Counting(redis)
        self._embedded_url = embedded_url
        self._clock = SystemClock()
        self.bot: Bot | None = None

    async def entries(self, count: int) -> list[dict[str, Any]]:
        """The newest entries."""
        await self._record("list")
        return [each.as_json() for each in await self._reader.page(count)]

    async def insights(self) -> Json:
        await self._record("insights")
        period = Filters.usual(day_of(self._clock.now_ms()), INSIGHT_DAYS)
        found = await self._counting.between(TEAM, period.first, period.last)
        return {
            "svg": insights_svg(found),
            "figures": [*figures(found), *signal_lines(found)],
            "tables": [[name, dict(counts)] for name, counts in tables(found) if counts],
        }

    async def verify(self) -> Json:
        await self._record("verify")
        return _told(await Verifier(self._evidence(), self._clock.now_ms()).run())

    async def tamper(self, kind: str) -> Json:
        known = next((each for each in KINDS if each == kind), None)
        if self._embedded_url is None or known is None:
            return {"error": "The demonstration needs the playground's own Redis: start it without REDIS_URL."}
        await self._record("demonstration")
        copy = Redis.from_url(self._embedded_url, db=COPY_DB, protocol=2)
        try:
            shown = await demonstrate(self._redis, copy, self._evidence(), known, self._clock.now_ms())
        except TooFewEntriesError as error:
            return {"error": str(error)}
        finally:
            await copy.aclose()
        return {
            "done": DONE[known],
            "place": f"{shown.writer} entry {shown.sequence}, id {shown.place}",
            "found": shown.is_found,
            "before": _told(shown.before),
            "after": _told(shown.after),
        }

    def _evidence(self) -> Evidence:
        assert self.bot is not None  # noqa: S101 - the page is shown once the bot has started
        settings = self.bot.settings
        return Evidence(
            archive=archive_of(settings),
            redis=self._redis,
            keyring=Keyring.open(settings.audit_key_file, data_dir(settings.data_dir)),
            seal_keys=seal_keys_of(settings, make=False),
        )

    async def _record(self, what: str) -> None:
        """Nothing is shown unrecorded here either."""
        if self.bot is None:
            return
        rid = str(uuid6.uuid7())
        asker = Asker(team=TEAM, user=ADMIN, channel="playground", surface=Surface.CLI, transport="cli", delivery=rid)
        record = AuditRecord(rid=rid, type="admin.read", asker=asker, ask={"what": what}, ans={}, role="reviewer")
        await self.bot.audit.append(record)


def _told(findings: Findings) -> Json:
    """For the panel: the verdict, the first bad places, what was checked and what could not be."""
    return {
        "verdict": findings.verdict,
        "wrong": [{"place": each.place, "problem": each.problem} for each in findings.wrong[:5]],
        "wrong_total": findings.wrong_total,
        "checked": [{"what": CHECKS[name], "count": count} for name, count in findings.counts.items() if count],
        "unchecked": findings.unchecked,
        "notes": findings.notes,
    }

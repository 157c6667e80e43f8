"""Answers whose end nobody told: after five minutes the log says that it is unknown whether they arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import orjson
import structlog
from redis.asyncio import Redis

from bot.audit import stream
from bot.audit.archive.digests import Digest
from bot.audit.entry import NotAuditableError
from bot.audit.rows import Row, at_ms
from handlers.ports import Asker, AuditRecord, EntryType, Surface

UNKNOWN_AFTER_MS = 5 * 60 * 1000
_log = structlog.get_logger(__name__)


class SealLog(Protocol):
    """Where the sealer's own entries go; both return once the entry is durable."""

    async def append(self, record: AuditRecord) -> None: ...

    async def append_system(self, kind: EntryType, facts: Mapping[str, Any]) -> None: ...


async def mark_unknown(redis: Redis, log: SealLog, newest: Digest, now_ms: int) -> None:
    """A crash between record and delivery: nobody knows whether the answer arrived, and the log says that."""
    late = [each for each in newest.open if now_ms - at_ms(each.id) >= UNKNOWN_AFTER_MS]
    if not late:
        return
    told = await _not_sealed_yet(redis, newest)
    for each in late:
        if each.rid in told:
            continue  # an end waits to be sealed, or another replica marked it
        found = [row async for page in stream.pages(redis, each.id, each.id) for row in page]
        try:
            await log.append(_unknown_end(orjson.loads(found[0].b) if isinstance(found[0], Row) else {}))
        except (LookupError, ValueError, TypeError, NotAuditableError):  # gone from Redis, or altered
            _log.error("audit.open_answer_gone", rid=each.rid, at=each.id)


async def _not_sealed_yet(redis: Redis, newest: Digest) -> set[str]:
    """The requests that entries behind the newest digest are about."""
    rids: set[str] = set()
    async for page in stream.pages(redis, f"({newest.last_id}"):
        for row in page:
            if isinstance(row, Row) and b'"answer.' in row.b:
                rids.add(str(_table(row.b).get("rid")))
    return rids


def _table(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _unknown_end(prepared: Mapping[str, Any]) -> AuditRecord:
    who, src, ans = prepared["who"], prepared["src"], prepared["ans"]
    asker = Asker(
        team=who["team"],
        user=who["user"],
        channel=src["channel"],
        surface=Surface(src["surface"]),
        transport=src["transport"],
        delivery=src["delivery"],
        enterprise=who.get("org"),
        user_team=who.get("user_team"),
        channel_kind=src["kind"],
        thread_ts=src.get("thread"),
    )
    kept = {name: ans[name] for name in ("outcome", "payload_sha256") if name in ans}
    dlv = {"status": "unknown", "error": "no_end"}
    return AuditRecord(prepared["rid"], "answer.unknown", asker, {}, kept, dlv=dlv, role="system")

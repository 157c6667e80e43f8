"""Nothing is shown on this host that the log does not say was looked at: who, what, and for an export why."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import orjson
import uuid6
from redis.asyncio import Redis

from bot.audit import stream
from bot.audit.archive.archiving import archive_of
from bot.audit.archive.sorting import Sealed
from bot.audit.chain import KEY_FILE, Keyring
from bot.audit.opening import new_audit_log
from bot.audit.rows import Row
from bot.audit.writer.log import RedisAuditLog
from bot.breaker import Breaker
from bot.cli.audit_store import audit_redis
from bot.clock import SystemClock
from bot.embedded import data_dir
from bot.faults import StartError
from bot.redis_store import FAULTS
from bot.settings import Settings
from handlers.ports import Asker, AuditRecord, StoreUnavailable, Surface

_LOOKED_AT = 200  # newest entries searched for the workspace
HOST = "host"


class NotRecordedError(Exception):
    """What was to be recorded is not; the message says why."""


def keyring_of(settings: Settings) -> Keyring | None:
    """The MAC keys, if this host has them; none are made for a reader. Raises StartError for a bad file."""
    folder = data_dir(settings.data_dir)
    if settings.audit_key_file is None and not (folder / KEY_FILE).exists():
        return None
    return Keyring.open(settings.audit_key_file, folder)


async def open_log(settings: Settings, redis: Redis, spool_dir: Path | None = None) -> RedisAuditLog:
    """A started log for this command; close it. Raises NotRecordedError."""
    clock = SystemClock()
    try:
        if keyring_of(settings) is None:
            raise NotRecordedError("this host has no MAC key (CRE_AUDIT_KEY_FILE)")
        if spool_dir is not None:
            settings = settings.model_copy(update={"spool_dir": spool_dir})
        log = new_audit_log(settings, redis, clock, Breaker(clock), version("cre-bot"))
        await log.start()
    except StartError as error:
        raise NotRecordedError("; ".join(f"{fault.name} {fault.problem}" for fault in error.faults)) from None
    except FAULTS as error:
        raise NotRecordedError(f"Redis does not take it ({type(error).__name__})") from None
    archive = archive_of(settings)
    sealed = Sealed(archive).last_of(await log.spooled_writers(), archive.last_number())
    await log.release(sealed)  # commands leave spool files too, and where no bot runs nobody else lets them go
    return log


async def record(
    settings: Settings,
    redis: Redis | None,
    kind: Literal["admin.read", "admin.export", "knowledge.signed"],
    ask: Mapping[str, Any],
    *,
    team: str | None = None,
    role: Literal["operator", "exporter"] = "operator",
) -> None:
    """Return once it is durable; raises NotRecordedError. `redis` may only read: the entry goes through REDIS_URL."""
    if redis is None:
        raise NotRecordedError("Redis does not answer")
    if settings.redis_url is None and settings.redis_reader_url is not None:
        raise NotRecordedError("REDIS_URL is not set, and CRE_REDIS_READER_URL only reads")
    rid = str(uuid6.uuid7())
    try:
        team = team or await newest_team(redis) or HOST
    except FAULTS as error:
        raise NotRecordedError(f"Redis does not answer ({type(error).__name__})") from None
    asker = Asker(
        team=team, user=f"uid-{os.getuid()}", channel=HOST, surface=Surface.CLI, transport="cli", delivery=rid
    )
    async with audit_redis(settings) as writer:
        log = await open_log(settings, writer)
        try:
            await log.append(AuditRecord(rid=rid, type=kind, asker=asker, ask=ask, ans={}, role=role))
        except StoreUnavailable as error:
            raise NotRecordedError(str(error)) from None
        finally:
            await log.close()


async def newest_team(redis: Redis) -> str | None:
    """The workspace of the newest entry that has one."""
    for row in reversed(await stream.newest(redis, _LOOKED_AT)):
        team = orjson.loads(row.b).get("who", {}).get("team") if isinstance(row, Row) else None
        if team not in (None, HOST):
            return str(team)
    return None

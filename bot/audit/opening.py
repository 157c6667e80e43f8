"""The audit log as the settings ask for it."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from bot.audit.chain import Keyring
from bot.audit.entry import App
from bot.audit.writer.log import RedisAuditLog
from bot.audit.writer.spool import Spool
from bot.audit.writer.waiting import Durability
from bot.breaker import Breaker
from bot.embedded import data_dir
from bot.settings import Settings
from handlers.ports import Clock
from knowledge.base import KnowledgeBase

SPOOL = "spool"


def new_audit_log(settings: Settings, redis: Redis, clock: Clock, breaker: Breaker, version: str) -> RedisAuditLog:
    """Not started yet; raises StartError when the MAC key cannot be had."""
    folder = data_dir(settings.data_dir)
    spool = settings.spool_dir.expanduser() if settings.spool_dir else folder / SPOOL
    replicated = settings.audit_level == "replicated"
    return RedisAuditLog(
        redis,
        App(version=version, replica=settings.replica),
        clock,
        Keyring.open(settings.audit_key_file, folder),
        Spool(spool),
        breaker=breaker,
        durability=Durability(settings.audit_replicas if replicated else 0, settings.audit_on_timeout == "refuse"),
    )


def loaded_facts(knowledge: KnowledgeBase) -> dict[str, Any]:
    """What `kb.loaded` says: which content answers from now on."""
    local = {"overlay_sha256": knowledge.local.digest} if knowledge.local else {}
    return {"edition": knowledge.edition.id, "knowledge_sha256": knowledge.digest, **local}

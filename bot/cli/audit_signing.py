"""`knowledge sign` in the audit log: that content was signed, where the log can be reached."""

from __future__ import annotations

import asyncio
import hashlib

from rich.text import Text

from bot.cli.audit_recording import NotRecordedError, record
from bot.cli.audit_store import audit_redis
from bot.cli.console import err
from bot.faults import StartError
from bot.redis_store import FAULTS
from bot.settings import Settings


def note_signed(settings: Settings, edition: str, knowledge_sha256: str, public_key: str) -> None:
    """Leave `knowledge.signed`: edition, digest and key, no name. The signature stands without it, too."""
    key = hashlib.sha256(public_key.encode()).hexdigest()[:16]
    ask = {"what": "sign", "edition": edition, "knowledge_sha256": knowledge_sha256, "key": key}

    async def note() -> None:
        async with audit_redis(settings, "read") as redis:
            await record(settings, redis, "knowledge.signed", ask)

    try:
        asyncio.run(note())
    except (NotRecordedError, StartError, *FAULTS) as error:
        reason = str(error) if isinstance(error, NotRecordedError) else "Redis does not answer"
        err.print(Text(f"Signed, but the audit log does not say so: {reason}.", "yellow"), soft_wrap=True)

"""`AuditDesk`: what the playground's audit panel can do beyond its list; the page knows no store."""

from __future__ import annotations

from typing import Protocol

from bot.playground.records import Json


class AuditDesk(Protocol):
    """For the admin of the playground. Each read is recorded before it is shown."""

    async def insights(self) -> Json:
        """{"svg": a picture, "figures": [lines], "tables": [[title, {word: count}]]}."""
        ...

    async def verify(self) -> Json:
        """What verify finds in the log as it is."""
        ...

    async def tamper(self, kind: str) -> Json:
        """What verify finds in a copy that was tampered with; {"error": words} when that cannot be shown."""
        ...

"""While the bot runs: is the clinical content on disk still what it answers from?

The loaded edition goes on answering whatever happens to the files; a change is told, with what a
restart would make of it.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum

import structlog

from bot.knowing import load_known
from bot.settings import Settings
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.files import content_digest

EVERY_SECONDS = 3600.0
_MOST_TOLD = 5
_log = structlog.get_logger(__name__)


class OnDisk(StrEnum):
    """What the files are against what was loaded, as `/readyz` says it."""

    AS_LOADED = "as loaded"
    SOUND = "changed: sound, a restart takes it up"
    FAULTY = "changed: faulty, a restart would be refused"


class KnowledgeWatch:
    """Looks once an hour, in a thread: nothing waits for the disk."""

    def __init__(self, settings: Settings, knowledge: KnowledgeBase, seconds: float = EVERY_SECONDS) -> None:
        self._settings = settings
        self._loaded = (knowledge.digest, knowledge.local.digest if knowledge.local else None)
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None
        self.on_disk = OnDisk.AS_LOADED

    async def look(self) -> None:
        """Compare now. While the files differ, each look says so in the log."""
        before = self.on_disk
        try:
            self.on_disk = await asyncio.to_thread(self._compare)
        except OSError as error:  # a folder that vanished in the middle of a look
            _log.error("knowledge.unreadable", error=type(error).__name__)
            return
        if self.on_disk is OnDisk.AS_LOADED and before is not OnDisk.AS_LOADED:
            _log.info("knowledge.as_loaded", digest=self._loaded[0])

    def start(self) -> None:
        """Look each hour until `stop`."""
        self._task = asyncio.create_task(self._watch(), name="knowledge-watch")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _compare(self) -> OnDisk:
        local = self._settings.local_dir
        found = (content_digest(self._settings.knowledge_dir), content_digest(local) if local else None)
        if found == self._loaded:
            return OnDisk.AS_LOADED
        told = {"expected": self._loaded[0], "found": found[0]}
        try:
            known, _ = load_known(self._settings)
        except KnowledgeDataError as error:
            faults = error.faults[:_MOST_TOLD]
            remedy = "put the files back; the loaded edition goes on answering"
            _log.error("knowledge.changed_on_disk", status="faulty", faults=faults, remedy=remedy, **told)
            return OnDisk.FAULTY
        remedy = "restart to answer from it, or put the files back; the loaded edition goes on answering"
        _log.error("knowledge.changed_on_disk", status="sound", edition=known.edition.id, remedy=remedy, **told)
        return OnDisk.SOUND

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            await self.look()

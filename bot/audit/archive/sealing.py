"""`Sealer`: moves the live log into signed segments, so that what Redis held can be proven when Redis no longer does.

Any replica may seal. A lock with a time to live saves double work; that a number is taken once is the archive's doing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

import structlog
import uuid6
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit import stream
from bot.audit.archive.checkpoints import Checkpoints
from bot.audit.archive.digests import Digest, sha256
from bot.audit.archive.examining import examine
from bot.audit.archive.retention import DAY_MS, Trimmer
from bot.audit.archive.seal_key import SealKeys
from bot.audit.archive.segments import Archive, ArchiveError, Newest
from bot.audit.archive.sorting import Sealed, Sorted, carried, sort_rows
from bot.audit.archive.unended import SealLog, mark_unknown
from bot.audit.chain import Keyring
from bot.audit.rows import START, Row, Strange, at_ms, order
from bot.redis_store import FAULTS, Script
from handlers.ports import Clock, StoreUnavailable

EVERY_SECONDS = 60.0
MOST_ENTRIES = 5_000
LOOK_SECONDS = 5.0
QUIET_MS = 60 * 60 * 1000  # a digest an hour says that nothing happened
RESCAN_MS = 10 * 60 * 1000
MOST_RESCANNED = 100_000
_LOCK_MS = 50_000
_RELEASE = Script("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")
_log = structlog.get_logger(__name__)


class Sealer:
    """Seals on its own every minute once `run`, or when told (`seal_all`)."""

    def __init__(
        self,
        redis: Redis,
        archive: Archive,
        keys: SealKeys,
        keyring: Keyring | None,
        checkpoints: Checkpoints,
        clock: Clock,
        log: SealLog,
        hot_days: int,
    ) -> None:
        self._redis = redis
        self._archive = archive
        self._keys = keys
        self._keyring = keyring
        self._checkpoints = checkpoints
        self._clock = clock
        self._log = log
        self._hot_ms = hot_days * DAY_MS
        self._sealed = Sealed(archive)
        self._trimmer = Trimmer(redis)
        self._token = secrets.token_hex(8)

    async def run(self) -> None:
        """Seal every minute, or as soon as 5,000 entries wait; for ever. What fails is logged and tried again."""
        last, told = self._clock.monotonic(), ""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                due = self._clock.monotonic() - last >= EVERY_SECONDS
                if due or await self._waiting() >= MOST_ENTRIES:
                    last = self._clock.monotonic()
                    await self.tick()
                    told = ""
            except (*FAULTS, ArchiveError, StoreUnavailable) as error:
                if told != (told := f"{type(error).__name__}: {error}"):  # once, not every five seconds of an outage
                    _log.error("audit.sealing_failed", error=type(error).__name__, reason=str(error)[:300])
            except Exception as error:  # whatever an altered entry may do to one round, the next one is tried
                if told != (told := type(error).__name__):
                    _log.exception("audit.sealing_failed")

    async def tick(self) -> list[Digest]:
        """One round, if no other replica is at it: seal, mark lost deliveries, let go of what is old."""
        if not await self._redis.set(redis_keys.AUDIT_SEALING, self._token, nx=True, px=_LOCK_MS):
            return []
        try:
            return await self.seal_all()
        finally:
            await _RELEASE.run(self._redis, [redis_keys.AUDIT_SEALING], [self._token])

    async def seal_all(self, *, even_if_quiet: bool = False, purged_to: int = 0) -> list[Digest]:
        """Seal everything that waits, a segment of at most 5,000 entries at a time; the digests made."""
        made: list[Digest] = []
        while True:
            digest = await self._seal(even_if_quiet=even_if_quiet and not made, purged_to=purged_to)
            if digest is None:
                break
            made.append(digest)
            if digest.count < MOST_ENTRIES:
                break
        newest = await asyncio.to_thread(self._archive.newest)
        if newest.digest is not None:
            await mark_unknown(self._redis, self._log, newest.digest, self._clock.now_ms())
            await self._trimmer.trim(newest.digest.trimmed_to)
        return made

    async def sealed_up_to(self, writers: Sequence[str]) -> dict[str, int]:
        """The last sealed sequence of each of these writers, so that its spool can be let go."""
        newest = await asyncio.to_thread(self._archive.newest)
        return await asyncio.to_thread(self._sealed.last_of, writers, newest.number)

    async def _waiting(self) -> int:
        newest = await asyncio.to_thread(self._archive.newest)
        found = await stream.extent(self._redis)
        return found.added - (newest.digest.added if newest.digest else 0)

    async def _seal(self, *, even_if_quiet: bool, purged_to: int) -> Digest | None:
        newest = await asyncio.to_thread(self._archive.newest)
        last, now = newest.digest, self._clock.now_ms()
        await self._check_origin(last)
        extent = await stream.extent(self._redis)
        found = await self._gather(newest, extent)
        seen = await asyncio.to_thread(examine, found, last, self._keyring)
        if seen.is_quiet and not even_if_quiet and last is not None and now - last.at < QUIET_MS:
            return None
        cursor = max([last.last_id if last else START, *(line.id for line in found.lines)], key=order)
        digest = Digest(
            origin=last.origin if last else str(uuid6.uuid7()),
            n=newest.number + 1,
            at=now,
            first_id=found.lines[0].id if found.lines else None,
            last_id=cursor,
            count=seen.count,
            again=seen.again,
            strange=seen.strange,
            sha256=seen.sha256,
            size=seen.size,
            total=(last.total if last else 0) + seen.count,
            total_again=(last.total_again if last else 0) + seen.again,
            writers=found.writers(),
            heads=carried(found.heads, seen.stopped, now),
            open=seen.open,
            lost=await self._keep_payloads(seen.shown),
            added=extent.added,
            length=extent.length,
            trimmed_to=self._trim_to(last, cursor, now),
            purged_to=max(purged_to, last.purged_to if last else 0),
            previous=newest.sha256,
            key=self._keys.signer,
        ).signed(self._keys)
        if not await asyncio.to_thread(self._archive.publish, digest, seen.lines):
            return None  # another replica was first: the next round goes on from there
        await self._redis.set(redis_keys.AUDIT_ORIGIN, digest.origin, nx=True)
        file_sha256 = sha256(digest.file())
        await self._checkpoints.send(digest, file_sha256)
        if not seen.is_quiet:
            await self._say_sealed(digest, file_sha256)
        return digest

    async def _check_origin(self, last: Digest | None) -> None:
        """One log, one archive: another Redis, or a folder that was lost, must not go unnoticed."""
        found: Any = await self._redis.get(redis_keys.AUDIT_ORIGIN)
        own = last.origin if last else ""
        if (found or b"").decode() == own or (found is None and await self._is_of(last)):
            return
        log = f"is sealed into archive {found.decode()}" if found else "was never sealed"
        there = f"holds archive {own}" if own else "is empty"
        raise ArchiveError(
            f"this log {log}, but {self._archive.folder} {there}: correct CRE_ARCHIVE_DIR or REDIS_URL; "
            "if the other is lost for good, `cre-bot audit seal --begin-anew`"
        )

    async def _is_of(self, last: Digest | None) -> bool:
        """Whether a log that does not say so (a failover may have lost that) is the one sealed here."""
        if last is None or last.total == 0 or last.heads.keys() & (await stream.heads(self._redis)).keys():
            return True
        return bool(await self._redis.xrange(redis_keys.AUDIT_LOG, last.last_id, last.last_id))

    async def begin_anew(self) -> None:
        """Seal into this archive from now on, whatever was said before; an entry tells of it."""
        newest = await asyncio.to_thread(self._archive.newest)
        await self._redis.delete(redis_keys.AUDIT_ORIGIN)
        if newest.digest is not None:
            await self._redis.set(redis_keys.AUDIT_ORIGIN, newest.digest.origin)
        await self._log.append_system("config.changed", {"setting": "archive_origin"})

    async def _gather(self, newest: Newest, extent: stream.Extent) -> Sorted:
        """What waits; with the ten minutes before, when ids ran backwards or a sequence has a hole (a failover)."""
        cursor = newest.digest.last_id if newest.digest else START
        heads = newest.digest.heads if newest.digest else {}
        rows: list[Row | Strange] = []
        async for page in stream.pages(self._redis, f"({cursor}"):
            rows += page
            if len(rows) >= MOST_ENTRIES:
                break
        rows = rows[:MOST_ENTRIES]
        found = await asyncio.to_thread(sort_rows, rows, heads, self._sealed, newest.number)
        if not found.gaps and order(extent.last_id) >= order(cursor):
            return found
        if newest.number == 0:
            return found
        before = f"{max(0, at_ms(cursor) - RESCAN_MS)}-0"
        again: list[Row | Strange] = []
        async for page in stream.pages(self._redis, before, cursor):
            again += page
            if len(again) > MOST_RESCANNED:
                _log.error("audit.rescan_cut", count=len(again))
                break
        return await asyncio.to_thread(sort_rows, [*again, *rows], heads, self._sealed, newest.number)

    async def _keep_payloads(self, shown: Sequence[str]) -> tuple[str, ...]:
        """Archive what was shown; the digests of payloads that neither the store nor the archive has."""
        lost = []
        for sha in shown:
            content = await stream.payload(self._redis, sha)
            if content is None:
                kept = await asyncio.to_thread(self._archive.payload(sha).exists)
            else:
                kept = await asyncio.to_thread(self._archive.keep_payload, sha, content)
            if not kept:
                _log.error("audit.payload_missing", digest=sha)
                lost.append(sha)
        return tuple(lost)

    def _trim_to(self, last: Digest | None, cursor: str, now: int) -> str:
        old = f"{max(0, now - self._hot_ms)}-0"
        return max(last.trimmed_to if last else START, min(old, cursor, key=order), key=order)

    async def _say_sealed(self, digest: Digest, file_sha256: str) -> None:
        facts = {"origin": digest.origin, "segment": digest.n, "digest_sha256": file_sha256, "count": digest.count}
        await self._log.append_system("archive.sealed", facts)

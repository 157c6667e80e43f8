"""`Workshop`: a real log in a real Redis with a real archive, written and sealed by the product's own parts."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit import stream
from bot.audit.archive.checkpoints import Checkpoint, Checkpoints, Place
from bot.audit.archive.digests import Digest, sha256
from bot.audit.archive.seal_key import SealKeys
from bot.audit.archive.sealing import Sealer
from bot.audit.archive.segments import Archive
from bot.audit.chain import Keyring
from bot.audit.entry import App, Content, content_of, system_content
from bot.audit.proof.findings import Findings
from bot.audit.proof.verifying import Evidence, Verifier
from bot.audit.rows import Row
from bot.audit.writer.placing import Chain, Payload, Placed
from bot.audit.writer.store import AuditStore
from handlers.ports import AuditRecord, EntryType
from tests.bot.builders import an_asker
from tests.fakes import ManualClock

APP = App(version="0.1.0", replica="test")
MAC_KEY, SEAL_SEED = b"k" * 32, b"s" * 32
MECHANISMS = ("kpc", "ndm", "oxa48")


class Kept:
    """A checkpoint place in memory: nobody who tampers reaches it."""

    name = "kept"

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    def put(self, checkpoint: Checkpoint) -> None:
        self.contents.append(checkpoint.file())

    def newest(self) -> bytes | None:
        return self.contents[-1] if self.contents else None


class Workshop:
    """Writers that answer questions, a sealer and a verifier over one Redis and one archive."""

    def __init__(self, redis: Redis, folder: Path, clock: ManualClock, seed: int = 0, writers: int = 2) -> None:
        self.redis = redis
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 (inputs that can be made again)
        self.keyring = Keyring([MAC_KEY])
        self.seal_keys = SealKeys(Ed25519PrivateKey.from_private_bytes(SEAL_SEED), ())
        self.archive = Archive(folder)
        self.checkpoints = Kept()
        self.store = AuditStore(redis)
        self.chains = [Chain(f"test.{n}", self.keyring) for n in range(writers)]
        self.own = Chain("test.sealer", self.keyring)
        self.places: list[Place] = [self.checkpoints]

    def sealer(self, hot_days: int = 90) -> Sealer:
        """A new one, as another replica would have."""
        checkpoints = Checkpoints(self.seal_keys, self.places)
        return Sealer(self.redis, self.archive, self.seal_keys, self.keyring, checkpoints, self.clock, self, hot_days)

    async def append(self, record: AuditRecord) -> None:
        """As `SealLog`."""
        await self._own(content_of(record, ts=self.clock.now_ms(), app=APP))

    async def append_system(self, kind: EntryType, facts: Mapping[str, Any]) -> None:
        """As `SealLog`."""
        await self._own(system_content(kind, facts, ts=self.clock.now_ms(), app=APP))

    async def _own(self, content: Content) -> None:
        if (await self.store.append([self.own.place(content.table())])).kind == "GAP":
            self.own = Chain(f"test.{self.random.getrandbits(64)}", self.keyring)
            await self._own(content)

    async def answer(self, count: int, *, ended: bool = True, batch: int = 100) -> list[Placed]:
        """So many answered questions, each prepared and delivered, by writers in turn."""
        written: list[Placed] = []
        for start in range(0, count, batch):
            turns = range(start, min(count, start + batch))
            for at, chain in enumerate(list(self.chains)):
                mine = [each for n in turns if n % len(self.chains) == at for each in self.placed(chain, ended=ended)]
                written += await self._write(chain, mine) if mine else []
        return written

    async def _write(self, chain: Chain, placed: list[Placed]) -> list[Placed]:
        """As the writer does: a head that is gone means a new name, an entry that tells of it, and all once more."""
        reply = await self.store.append(placed)
        if reply.kind == "GAP":
            facts = {"writer": chain.writer, "reason": "gap", "expected": placed[0].sequence - 1, "found": reply.head}
            told = system_content("chain.break", facts, ts=self.clock.now_ms(), app=APP).table()
            new = Chain(f"test.{self.random.getrandbits(64)}", self.keyring)
            self.chains[self.chains.index(chain)] = new
            placed = [new.place(told), *(new.place(each.table(), each.payload) for each in placed)]
            reply = await self.store.append(placed)
        assert reply.kind == "OK"
        return placed

    def placed(self, chain: Chain, *, ended: bool = True) -> list[Placed]:
        """The entries of one question, in their places."""
        number = self.random.randrange(50)
        shown = orjson.dumps({"blocks": [], "text": f"answer {number}"})
        digest = sha256(shown)
        rid = str(UUID(int=self.random.getrandbits(128), version=4))
        question = {"mechanisms": [MECHANISMS[number % 3]], "sites": ["bacteremia"]}
        ans = {"outcome": "answered", "edition": "2026.1", "payload_sha256": digest, "blocks": 0}
        prepared = AuditRecord(
            rid, "answer.prepared", an_asker(number, user=f"U{number:04d}"), {"question": question}, ans
        )
        table = content_of(prepared, ts=self.clock.now_ms(), app=APP).table()
        entries = [chain.place(table, Payload(digest, zlib.compress(shown)))]
        if ended:
            kept = {"outcome": "answered", "payload_sha256": digest}
            end = AuditRecord(rid, "answer.delivered", an_asker(number), {}, kept, dlv={"status": "ok"})
            entries.append(chain.place(content_of(end, ts=self.clock.now_ms(), app=APP).table()))
        return entries

    async def stop(self) -> None:
        """Every writer says that it stops."""
        for chain in list(self.chains):
            content = system_content("writer.stopped", {"writer": chain.writer}, ts=self.clock.now_ms(), app=APP)
            await self._write(chain, [chain.place(content.table())])

    async def fail_over(self, lost: int) -> None:
        """The new master lacks the newest entries of one writer, sealed or not; the writer sends them again."""
        chain = self.random.choice(self.chains)
        rows = [row async for page in stream.pages(self.redis) for row in page if isinstance(row, Row)]
        gone = [row for row in rows if row.w == chain.writer][-lost:]
        if not gone or rows[-1].id != gone[-1].id:
            return  # a tail is lost, not a middle
        tail = rows[-1 : -len(gone) - 1 : -1]
        if any(row.w != chain.writer for row in tail):
            return
        before, added = orjson.loads(gone[0].b)["p"], (await stream.extent(self.redis)).added - len(gone)
        async with self.redis.pipeline(transaction=False) as pipe:
            await self.redis.delete(redis_keys.AUDIT_LOG)
            for row in rows[: -len(gone)]:
                fields: dict[Any, Any] = {"w": row.w, "s": str(row.s), "m": row.m, "b": row.b}
                pipe.xadd(redis_keys.AUDIT_LOG, fields, id=row.id)
            await pipe.execute()
        if len(rows) > len(gone):
            last = rows[-len(gone) - 1].id
            setid = ("XSETID", redis_keys.AUDIT_LOG, last, "ENTRIESADDED", added, "MAXDELETEDID", "0-0")
            await self.redis.execute_command(*setid)  # type: ignore[no-untyped-call]  # redis-py leaves it without types
        if gone[0].s == 1:
            await self.redis.hdel(redis_keys.AUDIT_HEADS, chain.writer)
        else:
            head = f"{gone[0].s - 1}:{before}"
            await self.redis.hset(redis_keys.AUDIT_HEADS, chain.writer, head)
        again = [Placed(row.w, row.s, row.m, row.b) for row in gone]
        assert (await self.store.append(again)).kind == "OK"

    async def seal(self, **options: Any) -> list[Digest]:
        """One round of sealing, however quiet it is."""
        return await self.sealer().seal_all(even_if_quiet=True, **options)

    async def verify(self, *, checkpoints: bool = True, **changes: Any) -> Findings:
        """What `verify` finds, with the newest checkpoint."""
        newest = self.checkpoints.newest() if checkpoints else None
        return await self.verify_with(checkpoints=(Checkpoint.read(newest),) if newest else (), **changes)

    async def verify_with(self, **changes: Any) -> Findings:
        """The same with other evidence."""
        evidence = {
            "archive": self.archive,
            "redis": self.redis,
            "keyring": self.keyring,
            "seal_keys": self.seal_keys,
            **changes,
        }
        return await Verifier(Evidence(**evidence), self.clock.now_ms()).run()

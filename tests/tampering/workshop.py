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

from bot.audit.chain import Keyring
from bot.audit.checkpoints import Checkpoint, Checkpoints, Place
from bot.audit.digests import Digest, sha256
from bot.audit.entry import App, content_of, system_content
from bot.audit.findings import Findings
from bot.audit.placing import Chain, Payload, Placed
from bot.audit.seal_key import SealKeys
from bot.audit.sealing import Sealer
from bot.audit.segments import Archive
from bot.audit.store import AuditStore
from bot.audit.verifying import Evidence, Verifier
from handlers.delivering import OPENING
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
        content = content_of(record, ts=self.clock.now_ms(), app=APP)
        await self.store.append([self.own.place(content.table())])

    async def append_system(self, kind: EntryType, facts: Mapping[str, Any]) -> None:
        """As `SealLog`."""
        content = system_content(kind, facts, ts=self.clock.now_ms(), app=APP)
        await self.store.append([self.own.place(content.table())])

    async def answer(self, count: int, *, ended: bool = True, batch: int = 100) -> list[Placed]:
        """So many answered questions, each prepared and delivered, by writers in turn."""
        written: list[Placed] = []
        for start in range(0, count, batch):
            for chain in self.chains:
                mine = [
                    n
                    for n in range(start, min(count, start + batch))
                    if n % len(self.chains) == self.chains.index(chain)
                ]
                if mine:
                    placed = [each for _ in mine for each in self.placed(chain, ended=ended)]
                    assert (await self.store.append(placed)).kind == "OK"
                    written += placed
        return written

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
        for chain in self.chains:
            content = system_content("writer.stopped", {"writer": chain.writer}, ts=self.clock.now_ms(), app=APP)
            await self.store.append([chain.place(content.table())])

    async def seal(self, **options: Any) -> list[Digest]:
        """One round of sealing, however quiet it is."""
        return await self.sealer().seal_all(even_if_quiet=True, **options)

    async def verify(self, *, redis: bool = True, checkpoints: bool = True, **changes: Any) -> Findings:
        """What `verify` finds."""
        newest = self.checkpoints.newest() if checkpoints else None
        evidence = {
            "archive": self.archive,
            "redis": self.redis if redis else None,
            "keyring": self.keyring,
            "seal_keys": self.seal_keys,
            "checkpoints": (Checkpoint.read(newest),) if newest else (),
            **changes,
        }
        return await Verifier(Evidence(**evidence), self.clock.now_ms()).run()


assert OPENING  # what `placed` writes first is of these

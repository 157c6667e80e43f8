"""Audit logs for tests, and what stands in the store as an independent reader finds it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from bot.audit.chain import Keyring
from bot.audit.entry import App
from bot.audit.writer.log import RedisAuditLog
from bot.audit.writer.spool import Spool
from handlers.ports import Clock
from tests.fakes import ManualClock

APP = App(version="0.1.0", replica="test")
KEY = bytes(range(32))
ROOT = Path(__file__).resolve().parents[2]
LOG, HEADS = "{cre:audit}:log", "{cre:audit}:heads"
OF_THE_PROGRAM = ("writer.started", "writer.stopped", "kb.loaded", "spool.recovered", "clock.step", "chain.break")


def an_audit_log(redis: Any, folder: Path, clock: Clock | None = None, **changes: Any) -> RedisAuditLog:
    """Not started. `folder` holds its spool."""
    options = {"keyring": Keyring([KEY]), "spool": Spool(folder), **changes}
    return RedisAuditLog(redis, APP, clock or ManualClock(), **options)


@dataclass
class Found:
    """What the log holds, checked with nothing of the product but the contract of the stored form."""

    entries: list[dict[str, Any]] = field(default_factory=list)  # bodies with w, s, m, in stream order
    faults: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[dict[str, Any]]:
        """Without what the program says of itself."""
        return [each for each in self.entries if each["t"] not in OF_THE_PROGRAM]

    def rids(self, kind: str = "answer.prepared") -> list[str]:
        return [each["rid"] for each in self.entries if each["t"] == kind]


async def examine(redis: Redis, keys: Iterable[bytes] = (KEY,)) -> Found:
    """MACs, sequences, links and heads of everything stored."""
    known = {hashlib.sha256(b"cre-audit-key-id\n" + key).hexdigest()[:16]: key for key in keys}
    found = Found()
    last: dict[str, tuple[int, str]] = {}
    rows: Any = await redis.xrange(LOG)
    for _, fields in rows:
        writer, sequence, mac = fields[b"w"].decode(), int(fields[b"s"]), fields[b"m"].decode()
        body = orjson.loads(fields[b"b"])
        place = f"{writer} {sequence}"
        key = known.get(body["k"])
        right = key and hmac.new(key, f"cre-audit-1\n{writer}\n{sequence}\n".encode() + fields[b"b"], "sha256")
        if not right or right.hexdigest() != mac:
            found.faults.append(f"{place}: MAC")
        before = last.get(writer, (0, "0" * 64))
        if sequence != before[0] + 1:
            found.faults.append(f"{place}: comes after {before[0]}")
        if body["p"] != before[1]:
            found.faults.append(f"{place}: link")
        last[writer] = (sequence, mac)
        found.entries.append({**body, "w": writer, "s": sequence, "m": mac})
    heads: Any = await redis.hgetall(HEADS)
    if {name.decode(): value.decode() for name, value in heads.items()} != {
        w: f"{s}:{m}" for w, (s, m) in last.items()
    }:
        found.faults.append("heads")
    return found

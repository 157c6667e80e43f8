"""Audit logs made for tests and measurements: entries as the bot stores them, in bulk and at chosen times."""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from redis import Redis

from bot import redis_keys
from bot.audit.chain import GENESIS

TEAM = "T0HOSPITAL"
MECHANISMS = ("kpc", "ndm", "vim", "imp", "oxa48", "mbl", "non_cp", "unknown")
SITES = ("bacteremia", "pneumonia", "cystitis", "cuti", "ciai", "ssti")
SURFACES = ("slash", "mention", "dm", "action")
OUTCOMES = ("answered", "answered", "answered", "answered", "asked", "not_covered", "out_of_scope", "helped")
PAYLOAD: dict[str, Any] = {
    "text": "shown",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "shown"}}],
}
SHOWN = orjson.dumps(PAYLOAD, option=orjson.OPT_SORT_KEYS)
SHA = hashlib.sha256(SHOWN).hexdigest()


@dataclass(frozen=True)
class Made:
    """An entry to be, at its time (UTC milliseconds)."""

    ts: int
    body: dict[str, Any]

    @property
    def keys(self) -> list[str]:
        """The index streams that list it."""
        if self.body["t"] not in ("answer.prepared", "answer.shared"):
            return []
        mechanisms = self.body["ask"].get("question", {}).get("mechanisms", [])
        user = redis_keys.audit_of_user(self.body["who"]["team"], self.body["who"]["user"])
        return [user, *map(redis_keys.audit_of_mechanism, mechanisms)]


def rid_at(ts: int, number: int = 0) -> str:
    """A request id of that time."""
    return str(UUID(int=ts << 80 | 7 << 76 | 2 << 62 | number % (1 << 62)))


def made(ts: int, number: int = 0, kind: str = "answer.prepared", **changes: Any) -> Made:
    """One entry; `changes` replace whole parts (who, src, ask, ans, …)."""
    body = {
        "v": 1,
        "t": kind,
        "ts": ts,
        "rid": rid_at(ts, number),
        "who": {"role": "clinician", "team": TEAM, "user": "U0CLINIC01"},
        "src": {
            "channel": "C0ICU00001",
            "delivery": "ab" * 32,
            "kind": "channel",
            "retry": 0,
            "surface": "slash",
            "transport": "http",
        },
        "ask": {"question": {"mechanisms": ["kpc"], "sites": ["bacteremia"]}, "length": 14},
        "ans": {"outcome": "answered", "edition": "2026.1", "payload_sha256": SHA, "blocks": 1},
        "rl": {"verdict": "admitted", "mode": "redis"},
        "ms": {"answer": 2, "understand": 1},
        "app": {"replica": "one", "version": "0.1.0"},
        "k": "00" * 8,
        "p": GENESIS,
    }
    return Made(ts, {**body, **changes})


def ended(of: Made, after_ms: int, **changes: Any) -> Made:
    """How its delivery ended, so many milliseconds later."""
    ans = {"outcome": of.body["ans"]["outcome"], "payload_sha256": SHA}
    body = {**of.body, "t": "answer.delivered", "ts": of.ts + after_ms, "ask": {}, "ans": ans, "dlv": {"status": "ok"}}
    return Made(of.ts + after_ms, {**body, **changes})


def store(redis: Redis, entries: Iterable[Made]) -> list[str]:
    """Write them with their index entries, as the append script does; the places. Times must not go back."""
    places: list[str] = []
    pipe = redis.pipeline(transaction=False)
    pipe.set(redis_keys.audit_payload(SHA), zlib.compress(SHOWN))
    last, number = 0, 0
    for sequence, each in enumerate(entries, 1):
        last, number = (each.ts, number + 1) if each.ts == last else (each.ts, 0)
        place = f"{last}-{number}"
        raw = orjson.dumps(each.body, option=orjson.OPT_SORT_KEYS)
        pipe.xadd(redis_keys.AUDIT_LOG, {"w": "one", "s": sequence, "m": GENESIS, "b": raw}, id=place)
        for key in each.keys:
            pipe.xadd(key, {"t": "p"}, id=place)
        places.append(place)
        if len(places) % 2000 == 0:
            pipe.execute()
    pipe.execute()
    return places


def many(count: int, first_ms: int, last_ms: int, *, users: int = 200, seed: int = 1) -> Iterator[Made]:
    """`count` entries spread evenly, half of them ends of deliveries, of many users; one of them is rare."""
    chance = random.Random(seed)  # noqa: S311 - the same log each time
    step = (last_ms - first_ms) / max(1, count // 2)
    for number in range(count // 2):
        ts = int(first_ms + number * step)
        user = "U0RARE0001" if number % 5003 == 0 else f"U{chance.randrange(users):09d}"
        mechanism = "imp" if number % 997 == 0 else chance.choice(("kpc", "ndm", "oxa48"))
        question = {"mechanisms": [mechanism], "sites": [chance.choice(SITES)]}
        ans = {"outcome": chance.choice(OUTCOMES), "edition": "2026.1", "payload_sha256": SHA, "blocks": 1}
        entry = made(
            ts, number, who={"role": "clinician", "team": TEAM, "user": user}, ask={"question": question}, ans=ans
        )
        yield entry
        yield ended(entry, 0)

"""`AuditStore`: one batch to Redis by the append script, and the proof that it is more than in memory there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot import redis_keys
from bot.audit.writer.placing import Placed, indexes_of
from bot.redis_store import Arg, Script

PROOF_MS = 300
_APART_MS = 15 * 60 * 1000  # how far the clocks of writer and Redis may be apart
_PAGE = 500
Proof = Literal["none", "replicas", "disk"]
_SCRIPT = Script.beside(__file__, "append.lua")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the script said, with the writer's head in the store after it; `proven`: the proof asked for was given."""

    kind: str  # OK, GAP or FORK
    head: int
    mac: str
    proven: bool = True


class AuditStore:
    """Raises what `bot.redis_store.FAULTS` names; each call is one attempt with the client's timeouts."""

    def __init__(self, redis: Redis, *, replicas: int = 0) -> None:
        """`replicas`: how many must have a batch for the proof of that name."""
        self._redis = redis
        self._replicas = replicas

    async def append(self, batch: Sequence[Placed], proof: Proof = "none") -> Reply:
        """Store a batch of one writer whose sequences follow each other."""
        keys, args = call_of(batch)
        if proof == "none" or not hasattr(self._redis, "client"):  # a Cluster client has no connection to ask again
            return _reply(await _SCRIPT.run(self._redis, keys, args), proven=proof == "none")
        async with self._redis.client() as one:  # WAIT speaks of what its own connection has written
            reply = _reply(await _SCRIPT.run(one, keys, args), proven=False)
            proven = reply.kind == "OK" and await self._proven(one, proof)
            return Reply(reply.kind, reply.head, reply.mac, proven)

    async def head(self, writer: str) -> tuple[int, str]:
        """Sequence and MAC of the last entry stored of a writer; 0 and "" for an unknown one."""
        stored: Any = await self._redis.hget(redis_keys.AUDIT_HEADS, writer)
        sequence, _, mac = (stored or b"0:").decode().partition(":")
        return int(sequence), mac

    async def macs(self, writer: str, since_ms: int) -> dict[int, str]:
        """The MACs of what the log holds of a writer, by sequence, from shortly before that time on.

        Reads page by page; for when the head is not the entry that was expected there, which is rare.
        """
        found: dict[int, str] = {}
        first = str(max(0, since_ms - _APART_MS))
        while True:
            rows: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, first, "+", _PAGE)
            for _, fields in rows:
                if fields.get(b"w") == writer.encode():
                    found[int(fields[b"s"])] = fields[b"m"].decode()
            if len(rows) < _PAGE:
                return found
            first = f"({rows[-1][0].decode()}"

    async def ping(self) -> None:
        """Raise unless the store answers."""
        await self._redis.ping()

    async def _proven(self, one: Redis, proof: Proof) -> bool:
        try:
            if proof == "replicas":
                return int(await one.wait(self._replicas, PROOF_MS)) >= self._replicas
            if await _is_always_synced(one):
                return True
            waitaof: Any = one.execute_command  # redis-py has no method for it, and leaves this one without types
            on_disk: Any = await waitaof("WAITAOF", 1, 0, PROOF_MS)
            return int(on_disk[0]) >= 1
        except ResponseError as error:  # an old server, no append-only file, or a user who may not ask
            _log.warning("audit.no_proof", mode=proof, error=type(error).__name__)
            return False


async def _is_always_synced(one: Redis) -> bool:
    try:
        found: Any = await one.config_get("append*")
    except ResponseError:
        return False
    return (found.get("appendonly"), found.get("appendfsync")) == ("yes", "always")


def call_of(batch: Sequence[Placed]) -> tuple[list[str], list[Arg]]:
    """KEYS and ARGV of the append script."""
    keys = [redis_keys.AUDIT_LOG, redis_keys.AUDIT_HEADS]
    first = batch[0]
    args: list[Arg] = [first.writer, first.sequence, first.previous, redis_keys.AUDIT_TTL_SECONDS]
    for each in batch:
        tag, indexes = indexes_of(each.body)
        if each.payload is not None:
            keys.append(redis_keys.audit_payload(each.payload.sha256))
        keys.extend(indexes)
        args += [each.mac, each.body, each.payload.packed if each.payload else b"", tag, len(indexes)]
    return keys, args


def _reply(found: Any, *, proven: bool) -> Reply:
    kind, head, mac = (part.decode() if isinstance(part, bytes) else part for part in found)
    return Reply(str(kind), int(head), str(mac), proven)

"""A demonstration: a copy of the log is tampered with, and verify says what it finds. The log itself is not touched.

Only for a server that is ours alone (the playground's embedded one): the copy stands in a database of its own there
and is removed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from redis.asyncio import Redis

from bot.audit.proof.findings import Findings
from bot.audit.proof.verifying import Evidence, Verifier
from bot.redis_keys import AUDIT_HEADS, AUDIT_LOG

Kind = Literal["edit", "remove", "swap", "cut"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DONE = {
    "edit": "One answer's recorded outcome was changed.",
    "remove": "One entry was removed from the middle.",
    "swap": "What two entries say was exchanged.",
    "cut": "The newest entries were cut off the end.",
}
COPY_DB = 15
_DB = str(COPY_DB)
MOST_ENTRIES = 20_000
LEAST_ENTRIES = 4
_PAGE = 1000
Fields = dict[bytes, bytes]


class TooFewEntriesError(Exception):
    """There is nothing to tamper with yet, or too much for a demonstration; the text says which."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was done to the copy, where, and what verify said before and after."""

    kind: Kind
    place: str  # id in the stream
    writer: str
    sequence: int
    before: Findings
    after: Findings

    @property
    def is_found(self) -> bool:
        """Whether verify names the place: this entry; one that is gone may be missed before the next of its writer."""
        places = {(self.writer, self.sequence), (self.writer, self.sequence + (self.kind == "remove"))}
        return any(each.id == self.place or (each.writer, each.sequence) in places for each in self.after.wrong)


async def demonstrate(log: Redis, copy: Redis, evidence: Evidence, kind: Kind, now_ms: int) -> Demonstration:
    """Copy, verify, tamper, verify again. `copy` is a client of database `COPY_DB` of the same server."""
    await _emptied(copy)
    try:
        async with log.pipeline(transaction=True) as pipe:
            pipe.copy(AUDIT_LOG, AUDIT_LOG, _DB)
            pipe.copy(AUDIT_HEADS, AUDIT_HEADS, _DB)
            await pipe.execute()
        async for key in log.scan_iter("{cre:audit}:p:*", _PAGE):
            await log.copy(key, key, _DB)
        on_copy = replace(evidence, redis=copy)
        before = await Verifier(on_copy, now_ms).run()
        place, fields = await _tamper(copy, kind)
        after = await Verifier(on_copy, now_ms).run()
        return Demonstration(kind, place, fields[b"w"].decode(), int(fields[b"s"]), before, after)
    finally:
        await _emptied(copy)


async def _tamper(copy: Redis, kind: Kind) -> tuple[str, Fields]:
    """Do it; the entry that is not as it was."""
    rows: list[tuple[str, Fields]] = []
    found: Any = await copy.xrange(AUDIT_LOG, "-", "+", MOST_ENTRIES + 1)
    rows = [(each.decode(), fields) for each, fields in found]
    answers = [number for number, (_, fields) in enumerate(rows) if b'"t":"answer.prepared"' in fields[b"b"]]
    if not answers or len(rows) < LEAST_ENTRIES:
        raise TooFewEntriesError("There are too few entries yet: ask one or two questions first.")
    if len(rows) > MOST_ENTRIES:
        raise TooFewEntriesError(f"The log holds more than {MOST_ENTRIES} entries: too many for a demonstration.")
    at = answers[len(answers) // 2]
    place, fields = rows[at]
    match kind:
        case "edit":
            body = fields[b"b"]
            changed = body.replace(b'"outcome":"answered"', b'"outcome":"asked"')
            if changed == body:
                changed = body.replace(b'"outcome":"', b'"outcome":"helped_')
            await _rewritten(copy, rows, {at: {**fields, b"b": changed}})
        case "remove":
            await copy.xdel(AUDIT_LOG, place)
        case "swap":
            other = at + 1 if at + 1 < len(rows) else at - 1
            mine, theirs = {**fields, b"b": rows[other][1][b"b"]}, {**rows[other][1], b"b": fields[b"b"]}
            await _rewritten(copy, rows, {at: mine, other: theirs})
        case "cut":
            at = len(rows) - 2
            await copy.xdel(AUDIT_LOG, *(each for each, _ in rows[at:]))
            return rows[at]
    return place, fields


async def _rewritten(copy: Redis, rows: list[tuple[str, Fields]], changed: Mapping[int, Fields]) -> None:
    """The stream once more under the same ids, as somebody with the store's password could do it."""
    pipe = copy.pipeline(transaction=True)
    pipe.delete(AUDIT_LOG)
    for number, (place, fields) in enumerate(rows):
        written: dict[Any, Any] = {**changed.get(number, fields)}
        pipe.xadd(AUDIT_LOG, written, id=place)
    await pipe.execute()


async def _emptied(copy: Redis) -> None:
    """Only keys of the audit log are ever in that database."""
    keys = [key async for key in copy.scan_iter("{cre:audit}:*", _PAGE)]
    if keys:
        await copy.delete(*keys)

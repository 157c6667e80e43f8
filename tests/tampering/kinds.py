"""The kinds of tampering: each does its harm somewhere by chance and says where it must be found."""

from __future__ import annotations

import gzip
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import redis_keys
from bot.audit import stream
from bot.audit.archive.digests import Digest, sha256
from bot.audit.archive.seal_key import SealKeys
from bot.audit.proof.findings import Finding
from bot.audit.readers.payloads import payload_of
from bot.audit.rows import Row
from tests.tampering.stage import Stage

Expected = Callable[[Finding], bool]
Tamper = Callable[["Stage", random.Random], Awaitable[Expected]]
FORGER = SealKeys(Ed25519PrivateKey.from_private_bytes(b"f" * 32), ())


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of tampering."""

    name: str
    does: Tamper


def at_line(segment: int, line: int) -> Expected:
    """Found in that line of that segment."""
    return lambda found: (found.segment, found.line) == (segment, line)


def in_segment(segment: int) -> Expected:
    """Found at that segment."""
    return lambda found: found.segment == segment


def at_id(stream_id: str) -> Expected:
    """Found at that entry of the live log."""
    return lambda found: found.id == stream_id


def of_writer(row: Row) -> Expected:
    """Found where that entry is missing: at its place, or at the entry that should follow it."""
    return lambda found: found.writer == row.w and found.sequence in (row.s, row.s + 1)


def altered(row: Row, chance: random.Random) -> Row:
    """The entry with another outcome, user or time; the MAC stays, the forger has no key."""
    body = orjson.loads(row.b)
    match chance.randrange(3):
        case 0:
            body["ts"] += 1
        case 1:
            body["rid"] = "00000000-0000-4000-8000-000000000000"
        case _:
            body["who"]["user" if "user" in body["who"] else "role"] = "U9999" if "user" in body["who"] else "clinician"
    return row._replace(b=orjson.dumps(body, option=orjson.OPT_SORT_KEYS))


async def edit_a_sealed_line(stage: Stage, chance: random.Random) -> Expected:
    """A field of an archived entry is changed."""
    n, lines = stage.segment(chance)
    at = chance.randrange(len(lines))
    lines[at] = altered(lines[at], chance)
    stage.write_segment(n, lines)
    return at_line(n, at + 1)


async def edit_a_segment_and_its_digest(stage: Stage, chance: random.Random) -> Expected:
    """The digest is made to fit; only the signature can't be."""
    n, lines = stage.segment(chance)
    at = chance.randrange(len(lines))
    lines[at] = altered(lines[at], chance)
    file = stage.write_segment(n, lines)
    digest = stage.workshop.archive.read(n)[0]
    stage.write(stage.workshop.archive.digest(n), _changed(digest, sha256=sha256(file), size=len(file)).file())
    return in_segment(n)


async def remove_a_sealed_line(stage: Stage, chance: random.Random) -> Expected:
    """An archived entry is cut out."""
    n, lines = stage.segment(chance)
    row = lines.pop(chance.randrange(len(lines)))
    stage.write_segment(n, lines)
    return lambda found: (
        (of_writer(row)(found) or found.check == "files")
        and (found.segment == n or found.segment == n + 1 or of_writer(row)(found))
    )


async def insert_a_sealed_line(stage: Stage, chance: random.Random) -> Expected:
    """An entry is made up and put into the archive."""
    n, lines = stage.segment(chance)
    at = chance.randrange(1, len(lines) + 1)
    before = lines[at - 1]
    milliseconds, _, number = before.id.partition("-")
    forged = altered(before, chance)._replace(
        id=f"{milliseconds}-{int(number) + 900_000}", m=f"{chance.getrandbits(256):064x}"
    )
    lines.insert(at, forged)
    stage.write_segment(n, lines)
    return at_line(n, at + 1)


async def swap_sealed_lines(stage: Stage, chance: random.Random) -> Expected:
    """Two archived entries change places, each keeps the id of the place."""
    n, lines = stage.segment(chance, least=2)
    first, second = sorted(chance.sample(range(len(lines)), 2))
    one, two = lines[first], lines[second]
    lines[first], lines[second] = two._replace(id=one.id), one._replace(id=two.id)
    stage.write_segment(n, lines)
    return lambda found: found.segment == n and first + 1 <= (found.line or 0) <= second + 1


async def repeat_a_sealed_line(stage: Stage, chance: random.Random) -> Expected:
    """An authentic entry stands in the archive twice."""
    n, lines = stage.segment(chance)
    row = chance.choice(lines)
    last = lines[-1].id.partition("-")
    lines.append(row._replace(id=f"{last[0]}-{int(last[2]) + 1}"))
    stage.write_segment(n, lines)
    return at_line(n, len(lines))


async def remove_a_segment(stage: Stage, chance: random.Random) -> Expected:
    """A segment's file is gone, its digest stays."""
    n, _ = stage.segment(chance)
    stage.remove(stage.workshop.archive.segment(n))
    return in_segment(n)


async def remove_a_segment_and_its_digest(stage: Stage, chance: random.Random) -> Expected:
    """A number is missing altogether."""
    n = chance.randrange(1, stage.last)
    stage.remove(stage.workshop.archive.segment(n))
    stage.remove(stage.workshop.archive.digest(n))
    return in_segment(n)


async def cut_the_end_of_the_archive(stage: Stage, chance: random.Random) -> Expected:
    """The newest segments are gone with their digests; what is left fits together."""
    first = chance.randrange(1, stage.last + 1)
    for n in range(first, stage.last + 1):
        stage.remove(stage.workshop.archive.segment(n))
        stage.remove(stage.workshop.archive.digest(n))
    return lambda found: (
        found.check in ("checkpoints", "announced", "copies", "counts")
        and (found.segment in (None, first) or found.check == "announced")
    )


async def sign_anew_with_another_key(stage: Stage, chance: random.Random) -> Expected:
    """From some segment on everything is changed, linked and signed again, by somebody else."""
    first = chance.randrange(1, stage.last + 1)
    previous = stage.workshop.archive.read(first)[0].previous
    for n in range(first, stage.last + 1):
        digest = _changed(stage.workshop.archive.read(n)[0], previous=previous, at=chance.randrange(10**12))
        file = digest.signed(FORGER).file()
        stage.write(stage.workshop.archive.digest(n), file)
        previous = sha256(file)
    return in_segment(first)


async def change_a_digest(stage: Stage, chance: random.Random) -> Expected:
    """A count, a time or a writer in a digest is changed."""
    n = chance.randrange(1, stage.last + 1)
    digest = stage.workshop.archive.read(n)[0]
    change: dict[str, Any] = chance.choice([{"at": digest.at + 1}, {"added": digest.added + 1}, {"trimmed_to": "9-9"}])
    stage.write(stage.workshop.archive.digest(n), _changed(digest, **change).file())
    return in_segment(n)


async def change_a_payload(stage: Stage, chance: random.Random) -> Expected:
    """What was shown is replaced in the archive."""
    _, lines = stage.segment(chance)
    sha = chance.choice([sha for row in lines if (sha := payload_of(orjson.loads(row.b)))])
    changed = gzip.compress(orjson.dumps({"text": chance.random()}))
    if chance.random() < 0.2:
        changed = b"damaged"
    stage.write(stage.workshop.archive.payload(sha), changed)
    first = stage.first_shown(sha)
    return at_line(*first)


async def edit_the_live_log(stage: Stage, chance: random.Random) -> Expected:
    """An entry in Redis is changed, sealed already or not."""
    rows = await stage.live()
    at = chance.randrange(len(rows))
    rows[at] = altered(rows[at], chance)
    await stage.write_live(rows)
    return at_id(rows[at].id)


async def remove_from_the_live_log(stage: Stage, chance: random.Random) -> Expected:
    """An entry in Redis is deleted."""
    rows = await stage.live()
    row = chance.choice(rows)
    await stage.redis.xdel(redis_keys.AUDIT_LOG, row.id)
    return lambda found: at_id(row.id)(found) or of_writer(row)(found)


async def insert_into_the_live_log(stage: Stage, chance: random.Random) -> Expected:
    """An entry is made up and added in Redis."""
    row = altered(chance.choice(await stage.live()), chance)
    forged = row._replace(s=row.s + chance.randrange(3), m=f"{chance.getrandbits(256):064x}")
    return at_id(await stage.add(forged))


async def replay_in_the_live_log(stage: Stage, chance: random.Random) -> Expected:
    """An authentic entry is added once more in Redis."""
    return at_id(await stage.add(chance.choice(await stage.live())))


async def swap_in_the_live_log(stage: Stage, chance: random.Random) -> Expected:
    """Two entries of a writer change places in Redis. (Between writers nothing is said of order until it is sealed.)"""
    rows = await stage.live()
    writer = chance.choice(rows).w
    own = [at for at, row in enumerate(rows) if row.w == writer]
    nth = chance.randrange(len(own) - 1)
    first, second = own[nth], own[nth + 1]
    one, two = rows[first], rows[second]
    rows[first], rows[second] = two._replace(id=one.id), one._replace(id=two.id)
    await stage.write_live(rows)
    return lambda found: found.id in (one.id, two.id) or of_writer(one)(found) or of_writer(two)(found)


async def cut_the_end_of_the_live_log(stage: Stage, chance: random.Random) -> Expected:
    """The newest entries are deleted in Redis, before they are sealed."""
    rows = await stage.tail()
    gone = rows[-chance.randrange(1, len(rows) + 1) :]
    await stage.redis.xdel(redis_keys.AUDIT_LOG, *[row.id for row in gone])
    first: dict[str, int] = {}
    for row in gone:
        first.setdefault(row.w, row.s)
    return lambda found: found.writer is not None and found.sequence == first.get(found.writer)


async def set_a_head_back(stage: Stage, chance: random.Random) -> Expected:
    """A writer's head in Redis is another than its last entry."""
    heads = await stream.heads(stage.redis)
    writer = chance.choice(sorted(heads))
    sequence, mac = heads[writer]
    change = chance.choice([f"{max(0, sequence - 1)}:{mac}", f"{sequence + 1}:{mac}", f"{sequence}:{'0' * 64}"])
    await stage.redis.hset(redis_keys.AUDIT_HEADS, writer, change)
    return lambda found: found.check == "heads" and found.writer == writer


async def trim_the_live_log_early(stage: Stage, chance: random.Random) -> Expected:
    """The oldest entries are trimmed in Redis although the archiver has not let them go."""
    rows = await stage.live()
    at = chance.randrange(1, len(rows))
    await stage.redis.xtrim(redis_keys.AUDIT_LOG, minid=rows[at].id, approximate=False)
    return at_id(rows[0].id)


def _changed(digest: Digest, **changes: Any) -> Digest:
    return digest.model_copy(update=changes)


KINDS = tuple(
    Kind(does.__name__.replace("_", " "), does)
    for does in (
        edit_a_sealed_line,
        edit_a_segment_and_its_digest,
        remove_a_sealed_line,
        insert_a_sealed_line,
        swap_sealed_lines,
        repeat_a_sealed_line,
        remove_a_segment,
        remove_a_segment_and_its_digest,
        cut_the_end_of_the_archive,
        sign_anew_with_another_key,
        change_a_digest,
        change_a_payload,
        edit_the_live_log,
        remove_from_the_live_log,
        insert_into_the_live_log,
        replay_in_the_live_log,
        swap_in_the_live_log,
        cut_the_end_of_the_live_log,
        set_a_head_back,
        trim_the_live_log_early,
    )
)

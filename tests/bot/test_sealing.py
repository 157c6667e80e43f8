"""Sealing: the live log becomes signed segments; nothing is left out, nothing is in twice, and silence is visible."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import stat
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import orjson
import pytest
import structlog
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit import stream
from bot.audit.archive import retention, sealing
from bot.audit.archive.archiving import Archiving, check_archive, new_sealer
from bot.audit.archive.checkpoints import Bucket, Checkpoint, Folder
from bot.audit.archive.digests import FIRST_LINK, Digest, read_digest, sha256
from bot.audit.archive.retention import DAY_MS
from bot.audit.archive.seal_key import SealKeyError, load_seal_keys, read_seal_keys
from bot.audit.archive.sealing import QUIET_MS
from bot.audit.archive.segments import Archive, ArchiveError
from bot.audit.archive.unended import UNKNOWN_AFTER_MS
from bot.audit.opening import new_audit_log
from bot.audit.rows import Again, Row, Strange, at_ms, parse_line, row_of
from bot.audit.writer.placing import Chain
from bot.breaker import Breaker
from bot.clock import SystemClock
from bot.logs import configure_logging
from bot.redis_store import background_client
from bot.settings import Settings
from tests.bot.builders import a_record
from tests.fakes import ManualClock
from tests.tampering.workshop import Workshop


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """As the sealer has it: nobody waits, so a busy host may take its time."""
    client = background_client(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def workshop(redis: Redis, tmp_path: Path, clock: ManualClock) -> Workshop:
    clock.seconds = datetime.now(UTC).timestamp()  # the store gives its own times as ids
    return Workshop(redis, tmp_path / "archive", clock)


def sealed(archive: Archive) -> list[Row]:
    numbers = range(1, archive.last_number() + 1)
    files = [archive.lines(n) for n in numbers if archive.segment(n).exists()]
    return [line for lines in files for line in lines if isinstance(line, Row)]


async def test_everything_is_sealed_once_in_order_byte_for_byte(workshop: Workshop) -> None:
    """What the segments hold is what the stream holds; digests are linked, signed and say how far it goes."""
    await workshop.answer(40)
    await workshop.seal()
    await workshop.answer(10)
    await workshop.seal()
    await workshop.seal()
    live = [row async for page in stream.pages(workshop.redis) for row in page]
    kept = sealed(workshop.archive)
    assert kept == live  # the third round sealed the second's `archive.sealed`, and told nothing of itself
    digests = [workshop.archive.read(n) for n in (1, 2, 3)]
    assert [digest.count for digest, _ in digests] == [80, 21, 1]
    assert [digest.previous for digest, _ in digests] == [FIRST_LINK, digests[0][1], digests[1][1]]
    assert all(workshop.seal_keys.verify(d.key, d.said(), d.signature) for d, _ in digests)
    assert digests[1][0].writers["test.0"].first == 41
    assert digests[1][0].last_id == kept[100].id
    file = workshop.archive.segment(1)
    assert sha256(file.read_bytes()) == digests[0][0].sha256
    assert stat.S_IMODE(file.stat().st_mode) == 0o400


async def test_a_segment_has_a_greatest_size(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 entries, here a hundred; what waits beyond that makes further segments in the same round."""
    monkeypatch.setattr(sealing, "MOST_ENTRIES", 100)
    await workshop.answer(105)
    assert [digest.count for digest in await workshop.seal()] == [100, 100, 12]


async def test_silence_is_visible_but_not_every_minute(workshop: Workshop) -> None:
    """Nothing new: a digest an hour, and the entries that tell of sealing don't call for more sealing."""
    await workshop.answer(1)
    sealer = workshop.sealer()
    assert len(await sealer.seal_all()) == 1
    workshop.clock.advance(120)
    assert await sealer.seal_all() == []
    workshop.clock.advance(QUIET_MS / 1000)
    [hourly] = await sealer.seal_all()
    assert hourly.count == 1  # the `archive.sealed` of the first
    workshop.clock.advance(QUIET_MS / 1000)
    [empty] = await sealer.seal_all()
    assert empty.is_empty
    assert not workshop.archive.segment(empty.n).exists()
    assert (await workshop.verify()).exit_code == 0


async def test_a_number_is_taken_once(workshop: Workshop) -> None:
    """Two sealers at the same moment: one chain of digests, every entry once."""
    await workshop.answer(30)
    sealers = [workshop.sealer() for _ in range(4)]
    await asyncio.gather(*(sealer.seal_all() for sealer in sealers))
    await asyncio.gather(*(sealer.seal_all(even_if_quiet=True) for sealer in sealers))
    kept = sealed(workshop.archive)
    assert len({row.id for row in kept}) == len(kept)
    assert (await workshop.verify()).wrong == []


async def test_the_lock_lets_one_replica_work(workshop: Workshop) -> None:
    """A replica that finds the lock taken leaves; the lock is given back."""
    await workshop.answer(1)
    await workshop.redis.set(redis_keys.AUDIT_SEALING, "another", px=5000)
    assert await workshop.sealer().tick() == []
    await workshop.redis.delete(redis_keys.AUDIT_SEALING)
    assert len(await workshop.sealer().tick()) == 1
    assert await workshop.redis.exists(redis_keys.AUDIT_SEALING) == 0


async def test_a_sealer_that_died_between_segment_and_digest_blocks_nobody(workshop: Workshop) -> None:
    """Its segment is taken over when it holds the same, and put aside, not deleted, when it does not."""
    await workshop.answer(3)
    rows = [row async for page in stream.pages(workshop.redis) for row in page]
    left = workshop.archive.segment(1)
    left.parent.mkdir(parents=True)
    left.write_bytes(b"".join(row.line() + b"\n" for row in rows))
    await workshop.seal()
    assert list(left.parent.glob("*.stray")) == []
    assert (await workshop.verify(checkpoints=False)).wrong == []
    stray = workshop.archive.segment(2)
    stray.write_bytes(b"half a segment")
    await workshop.answer(3)
    await workshop.seal()
    assert (await workshop.verify(checkpoints=False)).wrong == []
    assert [path.read_bytes() for path in stray.parent.glob("*.stray")] == [b"half a segment"]


async def test_an_archive_that_cannot_be_read_is_not_begun_anew(workshop: Workshop) -> None:
    """A damaged newest digest stops sealing with a sentence that says what to do."""
    await workshop.answer(1)
    await workshop.seal()
    path = workshop.archive.digest(1)
    path.chmod(0o600)
    path.write_bytes(b"{}")
    with pytest.raises(ArchiveError, match="audit verify"):
        await workshop.seal()


async def test_one_log_has_one_archive(workshop: Workshop, tmp_path: Path) -> None:
    """An empty folder for a sealed log, or another log for a used folder, is refused until the operator decides."""
    await workshop.answer(2)
    await workshop.seal()
    used, workshop.archive = workshop.archive, Archive(tmp_path / "empty")
    with pytest.raises(ArchiveError, match="is empty: correct CRE_ARCHIVE_DIR"):
        await workshop.seal()
    await workshop.redis.delete(redis_keys.AUDIT_ORIGIN)
    assert len(await workshop.seal()) == 1  # a log whose mark is lost is taken for new by an empty folder
    await workshop.redis.flushall()
    workshop.own.sequence, workshop.chains = 0, [Chain("elsewhere", workshop.keyring)]
    await workshop.answer(1)
    workshop.archive = used
    with pytest.raises(ArchiveError, match="was never sealed"):
        await workshop.seal()
    workshop.own = Chain("operator", workshop.keyring)
    await workshop.sealer().begin_anew()
    assert len(await workshop.seal()) == 1


async def test_entries_sent_again_after_a_failover_are_sealed_once(workshop: Workshop) -> None:
    """Sealed, lost by the new master, sent again under new ids: the segment names them and does not repeat them."""
    written = await workshop.answer(10)
    await workshop.seal()
    ids = [row.id async for page in stream.pages(workshop.redis) for row in page]
    lost = [each for each in written if each.writer == "test.1"][-4:]
    keep = [each for each in written if each.writer == "test.1"][:-4]
    await workshop.redis.xdel(redis_keys.AUDIT_LOG, *ids[-5:])  # its last four, and the `archive.sealed`
    await workshop.redis.hset(redis_keys.AUDIT_HEADS, "test.1", f"{keep[-1].sequence}:{keep[-1].mac}")
    await workshop.redis.hdel(redis_keys.AUDIT_HEADS, "test.sealer")
    workshop.own.sequence = 0
    assert (await workshop.store.append(lost)).kind == "OK"
    await workshop.answer(5)
    await workshop.seal()
    lines = list(workshop.archive.lines(2))
    assert [type(line) for line in lines[:4]] == [Again] * 4
    assert [line.s for line in lines[:4] if isinstance(line, Again)] == [each.sequence for each in lost]
    assert len({(row.w, row.s) for row in sealed(workshop.archive)}) == 30


async def test_a_clock_that_ran_behind_hides_nothing(workshop: Workshop) -> None:
    """Entries that a new master put before the cursor are found by their gap, or by the store's last id."""
    await workshop.answer(4)
    await workshop.seal()
    cursor = workshop.archive.read(1)[0].last_id
    # what a master whose clock is behind does: ids between those that are sealed
    late = [each for n in range(2) for each in workshop.placed(workshop.chains[0])]
    await workshop.redis.delete(redis_keys.AUDIT_LOG)
    behind = [f"{at_ms(cursor) - 5000}-{n}" for n in range(len(late))]
    for stream_id, each in zip(behind, late, strict=True):
        fields: dict[Any, Any] = {"w": each.writer, "s": str(each.sequence), "m": each.mac, "b": each.body}
        await workshop.redis.xadd(redis_keys.AUDIT_LOG, fields, id=stream_id)
    await workshop.redis.hset(redis_keys.AUDIT_HEADS, "test.0", f"{late[-1].sequence}:{late[-1].mac}")
    await workshop.seal()
    assert [row.s for row in sealed(workshop.archive) if row.w == "test.0"] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_what_no_writer_wrote_is_kept_as_evidence(workshop: Workshop) -> None:
    """Foreign fields go into the segment whole; verify names them."""
    await workshop.redis.xadd(redis_keys.AUDIT_LOG, {"w": 'a"b', "x": b"\xff\n"})
    await workshop.answer(1)
    [digest] = await workshop.seal()
    assert (digest.strange, digest.count) == (1, 2)
    strange = next(workshop.archive.lines(1))
    assert strange == Strange(strange.id, ((b"w", b'a"b'), (b"x", b"\xff\n")))
    found = await workshop.verify()
    assert (found.exit_code, found.wrong[0].line) == (1, 1)


async def test_payloads_are_archived_under_their_digest(workshop: Workshop) -> None:
    """Each distinct payload once; `gunzip | sha256sum` gives its name."""
    await workshop.answer(60)
    await workshop.seal()
    files = list((workshop.archive.folder / "payloads").rglob("*.json.gz"))
    assert 0 < len(files) <= 50
    for file in files:
        digest = file.name.partition(".")[0]
        shown = workshop.archive.payload_bytes(digest)
        assert shown is not None
        assert sha256(shown) == digest


async def test_a_payload_that_redis_lost_is_named(workshop: Workshop) -> None:
    """It can't be archived: the digest says so, and verify calls the check incomplete, not the log tampered."""
    await workshop.answer(1)
    [key] = [key async for key in workshop.redis.scan_iter("*:p:*")]
    await workshop.redis.delete(key)
    [digest] = await workshop.seal()
    assert [redis_keys.audit_payload(sha).encode() for sha in digest.lost] == [key]
    assert (await workshop.verify()).exit_code == 2


async def test_an_answer_without_an_end_is_marked_unknown_after_five_minutes(workshop: Workshop) -> None:
    """Once, with the request's id and asker, also by another replica than the one that sealed it."""
    [prepared, *_] = await workshop.answer(1, ended=False)
    await workshop.answer(1)
    await workshop.seal()
    assert await _ends(workshop.redis) == {"answer.delivered": 1}
    workshop.clock.advance(UNKNOWN_AFTER_MS / 1000 + 1)
    await workshop.sealer().seal_all()
    await workshop.sealer().seal_all()
    await workshop.sealer().seal_all()
    assert await _ends(workshop.redis) == {"answer.delivered": 1, "answer.unknown": 1}
    [mark] = [row for row in await _live(workshop.redis) if row["t"] == "answer.unknown"]
    told = orjson.loads(prepared.body)
    assert (mark["rid"], mark["ans"]["payload_sha256"]) == (told["rid"], told["ans"]["payload_sha256"])
    assert (mark["who"]["user"], mark["who"]["role"]) == (told["who"]["user"], "system")
    found = await workshop.verify()
    assert (found.exit_code, found.unchecked) == (0, [])


async def _live(redis: Redis) -> list[dict[str, Any]]:
    return [orjson.loads(row.b) async for page in stream.pages(redis) for row in page if isinstance(row, Row)]


async def _ends(redis: Redis) -> dict[str, int]:
    kinds = [row["t"] for row in await _live(redis) if row["t"].startswith("answer.") and row["t"] != "answer.prepared"]
    return {kind: kinds.count(kind) for kind in kinds}


async def test_old_sealed_entries_leave_redis_with_their_indexes(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is sealed and older than the hot days goes, in steps; verify stays clean."""
    monkeypatch.setattr(retention, "STEP", 50)
    await workshop.answer(120)
    await workshop.seal()
    await workshop.answer(3)
    assert [key async for key in workshop.redis.scan_iter("*:i?:*")]
    workshop.clock.advance(91 * DAY_MS / 1000)
    await workshop.seal()
    newest = workshop.archive.newest().digest
    assert newest is not None
    assert newest.trimmed_to == newest.last_id
    left = await _live(workshop.redis)
    assert len(left) <= 2  # the newest sealed entry itself, and the `archive.sealed` after it
    assert sum([await workshop.redis.xlen(key) async for key in workshop.redis.scan_iter("*:i?:*")]) <= 2
    found = await workshop.verify()
    assert (found.wrong, found.counts["entries"]) == ([], 240 + 6 + 2)


async def test_nothing_unsealed_is_trimmed(workshop: Workshop) -> None:
    """However old: what is not in a segment stays."""
    await workshop.answer(5)
    workshop.clock.advance(200 * DAY_MS / 1000)
    [digest] = await workshop.seal()
    assert digest.trimmed_to == digest.last_id
    assert await workshop.redis.xlen(redis_keys.AUDIT_LOG) == 2  # the last sealed entry and the `archive.sealed`
    workshop.chains = [Chain("test.new", workshop.keyring)]
    await workshop.answer(5)
    await workshop.sealer().seal_all()
    live = await _live(workshop.redis)
    assert len(live) == 2
    assert (await workshop.verify()).wrong == []


async def test_each_replica_learns_what_its_spool_may_let_go(workshop: Workshop) -> None:
    """The last sealed sequence of a writer, stopped or not, whoever sealed it."""
    await workshop.answer(6)
    await workshop.stop()
    await workshop.seal()
    await workshop.seal()
    assert await workshop.sealer().sealed_up_to(["test.0", "test.1", "elsewhere"]) == {"test.0": 7, "test.1": 7}


async def test_the_running_bot_seals_and_lets_go_of_its_spool(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the background, from its settings; spool files go once all in them is sealed, and writing goes on."""
    monkeypatch.setattr(sealing, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(sealing, "EVERY_SECONDS", 0.0)
    config = Settings(data_dir=tmp_path)
    audit = new_audit_log(config, redis, SystemClock(), Breaker(SystemClock()), "0.1.0")
    sealer = new_sealer(config, redis, SystemClock(), audit)
    archiving = Archiving(sealer, audit)
    await audit.start()
    await asyncio.gather(*(audit.append(a_record(n)) for n in range(40)))
    archiving.start()
    archive = Archive(tmp_path / "archive")
    async with asyncio.timeout(10):
        while not len(sealed(archive)) >= 41:
            await asyncio.sleep(0.01)
        await archiving.stop()
        while not await archiving.release():
            await sealer.seal_all(even_if_quiet=True)  # what told of the last segment, too
    await audit.append(a_record(41))
    await audit.close()
    assert (tmp_path / "seal.key").exists()
    assert len({(row.w, row.s) for row in sealed(archive)}) == len(sealed(archive))


async def test_checkpoints_go_to_the_log_and_to_every_place(workshop: Workshop, tmp_path: Path) -> None:
    """Signed, with the hash of the digest's file; a place that can't be used is told and stops nothing."""
    folder = Folder(tmp_path / "elsewhere")
    blocked = tmp_path / "file"
    blocked.write_text("")
    workshop.places += [Folder(blocked / "below"), folder]
    await workshop.answer(2)
    with structlog.testing.capture_logs() as logs:
        [digest] = await workshop.seal()
    told = [line for line in logs if line["event"] == "audit.checkpoint"]
    assert [line["mode"] for line in logs if line["event"] == "audit.checkpoint_failed"] == ["CRE_CHECKPOINT_DIR"]
    newest = folder.newest()
    assert newest is not None
    checkpoint = Checkpoint.read(newest)
    assert checkpoint.digest_sha256 == sha256(workshop.archive.digest(1).read_bytes())
    assert workshop.seal_keys.verify(checkpoint.key, checkpoint.said(), checkpoint.signature)
    assert Checkpoint.read(orjson.dumps(told[0])) == checkpoint
    assert digest.n == checkpoint.n == 1


async def test_the_log_has_every_checkpoint_at_any_level(workshop: Workshop) -> None:
    """A quiet log keeps them all the same, whole enough for `verify --checkpoint`."""
    lines, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("json", "ERROR", lines)
    try:
        await workshop.answer(1)
        await workshop.seal()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    [line] = lines.getvalue().splitlines()
    assert Checkpoint.read(line.encode()) == Checkpoint.read(workshop.checkpoints.contents[0])


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


async def test_checkpoints_in_a_bucket_are_locked(workshop: Workshop, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object is locked for the archive's time and never written over; verify can read the newest back."""
    names = {"AWS_ENDPOINT_URL": s3, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_REGION": "us-east-1"}
    for name, value in {**names, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    bucket = f"audit-{os.getpid()}-{workshop.clock.now_ms()}"
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    place = Bucket(f"s3://{bucket}/cre", keep_months=73)
    assert place.newest() is None
    workshop.places.append(place)
    for _ in range(3):
        await workshop.answer(1)
        await workshop.seal()
    newest = place.newest()
    assert newest is not None
    assert Checkpoint.read(newest).n == 3
    found = client.head_object(Bucket=bucket, Key=f"cre/{Checkpoint.read(newest).name}")
    assert found["ObjectLockMode"] == "COMPLIANCE"
    assert (found["ObjectLockRetainUntilDate"] - datetime.now(UTC)).days > 6 * 365
    version = client.list_object_versions(Bucket=bucket)["Versions"][0]
    with pytest.raises(ClientError):
        client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    with pytest.raises(OSError, match="refused: NoSuchBucket"):
        Bucket("s3://nowhere-at-all", 1).newest()


def test_a_seal_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    """0400 with a warning; readable by others is refused; public blocks alone verify and do not sign."""
    assert load_seal_keys(None, tmp_path, make=False) is None
    with structlog.testing.capture_logs() as logs:
        keys = load_seal_keys(None, tmp_path, make=True)
        again = load_seal_keys(None, tmp_path, make=True)
    assert keys is not None
    assert again is not None
    assert [line["event"] for line in logs] == ["audit.seal_key_made"]
    assert keys.signer == again.signer
    path = tmp_path / "seal.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    public = tmp_path / "seal.pub"
    public.write_bytes(keys.public_pem())
    reader = read_seal_keys(public)
    assert reader.verify(keys.signer, b"said", keys.sign(b"said"))
    assert not reader.verify(keys.signer, b"other", keys.sign(b"said"))
    with pytest.raises(SealKeyError, match="can verify, not seal"):
        reader.sign(b"said")
    path.chmod(0o644)
    with pytest.raises(SealKeyError, match="chmod 400"):
        read_seal_keys(path)
    for content in (b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"):
        public.write_bytes(content)
        with pytest.raises(SealKeyError):
            read_seal_keys(public)


def test_doctor_looks_at_what_sealing_needs(tmp_path: Path) -> None:
    """Sound where nothing is there yet; a bad key, a damaged archive, a place out of reach: each with its remedy."""
    assert check_archive(Settings(data_dir=tmp_path)) == []
    assert list(tmp_path.iterdir()) == []
    key, blocked = tmp_path / "key.pem", tmp_path / "file"
    key.write_bytes(b"no key")
    blocked.write_bytes(b"")
    digest = tmp_path / "archive" / "000000" / "seg-000000001.digest"
    digest.parent.mkdir(parents=True)
    digest.write_bytes(b"{}")
    found = check_archive(Settings(data_dir=tmp_path, seal_key_file=key))
    assert {fault.name for fault in found} == {"CRE_SEAL_KEY_FILE", "CRE_ARCHIVE_DIR"}
    found = check_archive(Settings(data_dir=tmp_path / "new", checkpoint_dir=blocked))
    assert [(fault.name, fault.problem) for fault in found] == [
        ("CRE_CHECKPOINT_DIR", "cannot be used (Not a directory)")
    ]


def test_lines_are_read_as_they_were_written() -> None:
    """Row, resend and foreign fields, each to bytes and back; anything else is refused."""
    row = row_of(b"5-1", {b"w": b"w.1", b"s": b"7", b"m": b"a" * 64, b"b": b'{"t":"x"}'})
    assert isinstance(row, Row)
    strange = row_of(b"5-2", {b"w": b"w 1", b"s": b"7", b"m": b"a" * 64, b"b": b"{}"})
    lines = (row, Again("5-3", "w.1", 7, "a" * 64, "5-1"), strange)
    assert isinstance(strange, Strange)
    assert tuple(parse_line(line.line()) for line in lines) == lines
    for bad in (b"", b"{}", b'{"id":"5-1"}', row.line()[:-1], row.line() + b" ", b'{"id":1,"strange":[]}'):
        with pytest.raises(ValueError, match="not a line"):
            parse_line(bad)


def test_a_digest_has_one_spelling() -> None:
    """Its hash is what the next one names, so another spelling of the same is another digest, and refused."""
    digest = Digest(origin="o", n=1, at=5, sha256="0" * 64, key="0" * 16)
    assert read_digest(digest.file()) == digest
    for bad in (digest.file() + b"\n", digest.file().replace(b'"n":1', b'"n": 1'), b"{}", b"x"):
        with pytest.raises(ValueError, match="digest"):
            read_digest(bad)

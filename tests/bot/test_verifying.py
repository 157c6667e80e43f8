"""`verify`: every tampering is found where it is, a clean log raises no alarm, and what can't be checked is told."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.audit.archive.checkpoints import Checkpoint
from bot.audit.archive.digests import sha256
from bot.audit.archive.seal_key import SealKeys
from bot.audit.chain import Keyring
from bot.audit.proof.verifying import read_checkpoints
from bot.audit.writer.placing import Chain
from bot.redis_store import background_client
from tests.fakes import ManualClock
from tests.servers import RedisServer
from tests.tampering.kinds import KINDS, Kind
from tests.tampering.rounds import clean_run, tamper
from tests.tampering.stage import Stage
from tests.tampering.workshop import Workshop

PLACES = range(1000, 1004)  # `python -m tests.tampering` does a hundred others
CLEAN_LOGS = 12


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def one_redis(redis_servers: dict[str, RedisServer]) -> AsyncIterator[Redis]:
    client = background_client(redis_servers["redis"].emptied())
    yield client
    await client.aclose()


@pytest.fixture
async def stage(one_redis: Redis, tmp_path: Path) -> Stage:
    stage = Stage(Workshop(one_redis, tmp_path / "archive", ManualClock(time.time())))
    await stage.build()
    return stage


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_tampering_is_found_where_it_is(kind: Kind, stage: Stage) -> None:
    """Twenty kinds, each at some places by chance: exit code 1, and the first finding names the place."""
    results = [result async for result in tamper(stage, kind, PLACES)]
    assert [str(result) for result in results if not result.is_placed] == []
    assert (await stage.workshop.verify()).exit_code == 0  # all of it was put back


async def test_clean_logs_raise_no_alarm(one_redis: Redis, tmp_path: Path) -> None:
    """Restarts, failovers, lost ends, trimming and silence are not tampering."""
    for seed in range(5000, 5000 + CLEAN_LOGS):
        found = await clean_run(one_redis, tmp_path / str(seed), seed, time.time())
        assert found.wrong == [], seed


async def test_counts_say_what_was_checked(stage: Stage) -> None:
    """Every entry, MAC, copy, payload, pair and head is counted; nothing is left unchecked."""
    found = await stage.workshop.verify()
    live, tail = await stage.live(), await stage.tail()
    counts = found.counts
    assert (found.verdict, found.unchecked) == ("clean", [])
    assert counts["entries"] == counts["macs"] == len(live)
    assert counts["copies"] == len(live) - len(tail)
    assert counts["digests"] == counts["signatures"] == counts["files"] == stage.last == 6
    assert counts["heads"] == 3
    assert counts["pairs"] == sum(1 for row in live if b'"answer.prepared"' in row.b)


async def test_what_is_out_of_reach_is_told_and_makes_it_incomplete(stage: Stage) -> None:
    """No Redis, no MAC key, no seal key, another MAC key: exit code 2, each named; a checkpoint is optional."""
    workshop = stage.workshop
    nowhere = background_client("unix:///nowhere/redis.sock")
    other = Keyring([b"o" * 32])
    for changes, word in (
        ({"redis": None}, "Redis is not asked"),
        ({"redis": nowhere}, "does not answer"),
        ({"keyring": None}, "CRE_AUDIT_KEY_FILE"),
        ({"seal_keys": None}, "CRE_SEAL_KEY_FILE"),
        ({"keyring": other}, "is not in CRE_AUDIT_KEY_FILE"),
    ):
        found = await workshop.verify_with(**changes)
        assert (found.exit_code, found.wrong) == (2, [])
        assert word in " ".join(found.unchecked)
    await nowhere.aclose()
    assert (await workshop.verify(checkpoints=False)).exit_code == 0


async def test_an_archive_signed_by_somebody_else_is_not_believed(stage: Stage) -> None:
    """Another key is told at the first digest, a rotated one is fine while its public half is trusted."""
    workshop = stage.workshop
    stranger = SealKeys(Ed25519PrivateKey.from_private_bytes(b"x" * 32), ())
    found = await workshop.verify(seal_keys=stranger, checkpoints=False)
    assert (found.exit_code, found.wrong[0].segment) == (1, 1)
    assert "not trusted here" in found.wrong[0].problem
    old = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    new = Ed25519PrivateKey.from_private_bytes(b"n" * 32)
    workshop.seal_keys = SealKeys(new, (old.public_key(),))
    await workshop.answer(2)
    await workshop.seal()
    assert (await workshop.verify()).exit_code == 0


async def test_keys_of_the_chain_may_be_rotated(one_redis: Redis, tmp_path: Path) -> None:
    """Entries of an older key are checked as long as it stands in the file."""
    workshop = Workshop(one_redis, tmp_path / "archive", ManualClock(time.time()))
    await workshop.answer(4)
    workshop.keyring = Keyring([b"n" * 32, b"k" * 32])
    workshop.chains = [Chain("test.rotated", workshop.keyring)]
    await workshop.answer(4)
    await workshop.seal()
    found = await workshop.verify()
    assert (found.exit_code, found.counts["macs"]) == (0, found.counts["entries"])


async def test_an_archive_cut_short_is_found_by_an_old_checkpoint_too(stage: Stage) -> None:
    """Any checkpoint from outside must be a prefix of what is there: by number, and by hash."""
    workshop = stage.workshop
    checkpoints = tuple(Checkpoint.read(content) for content in workshop.checkpoints.contents)
    assert (await workshop.verify(checkpoints=False, **{})).exit_code == 0
    third = checkpoints[2]
    for n in range(3, stage.last + 1):
        stage.remove(workshop.archive.digest(n))
        stage.remove(workshop.archive.segment(n))
    found = await workshop.verify_with(redis=None, checkpoints=(third,))
    assert found.wrong[0].segment == 3
    await stage.restore()
    forged = third.model_copy(update={"digest_sha256": sha256(b"")})
    found = await workshop.verify_with(checkpoints=(forged,))
    assert {each.check for each in found.wrong} == {"checkpoints"}
    assert read_checkpoints([third.file(), b"{}", b""]) == ([third], 2)


async def test_a_failover_is_not_tampering(one_redis: Redis, tmp_path: Path) -> None:
    """Sealed entries that the new master lacked and that were sent again are neither missing nor double."""
    workshop = Workshop(one_redis, tmp_path / "archive", ManualClock(time.time()), writers=1)
    for _ in range(4):
        await workshop.answer(6)
        await workshop.sealer().seal_all()
        await workshop.answer(1)
        await workshop.fail_over(2)
    assert (await workshop.verify()).wrong == []


async def test_trimming_meanwhile_is_not_tampering(one_redis: Redis, tmp_path: Path) -> None:
    """A digest that lets more go may be made while verify reads; what it names may be gone."""
    workshop = Workshop(one_redis, tmp_path / "archive", ManualClock(time.time()))
    await workshop.answer(5)
    await workshop.seal()
    workshop.clock.advance(100 * 86400)
    await workshop.seal()
    numbers = iter([1, 2])
    workshop.archive.last_number = lambda: next(numbers)  # type: ignore[method-assign]  # as it grew meanwhile
    found = await workshop.verify_with()
    assert (found.wrong, found.counts["digests"]) == ([], 1)


async def test_a_missing_end_is_incomplete_and_a_second_one_is_wrong(one_redis: Redis, tmp_path: Path) -> None:
    """An answer that nobody ended within ten minutes can't be vouched for; one that ended twice does not fit."""
    workshop = Workshop(one_redis, tmp_path / "archive", ManualClock(time.time()), writers=1)
    [prepared] = await workshop.answer(1, ended=False)
    assert (await workshop.verify()).exit_code == 0
    workshop.clock.advance(11 * 60)
    found = await workshop.verify()
    assert (found.exit_code, found.wrong) == (2, [])
    assert prepared.table()["rid"] in found.unchecked[0]
    [_, delivered] = await workshop.answer(1)
    again = workshop.chains[0].place(delivered.table())
    await workshop.store.append([again])
    found = await workshop.verify()
    assert found.exit_code == 1
    assert (found.wrong[0].check, found.wrong[0].sequence) == ("pairs", again.sequence)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_flipped_bit_of_the_archive_is_found(flippable: Workshop, data: st.DataObject) -> None:
    """Segments, digests and payloads: whichever bit of whichever file, without Redis, without a checkpoint."""
    files = sorted(path for path in flippable.archive.folder.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    at, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(content)
    changed[at] ^= 1 << bit
    path.chmod(0o600)
    path.write_bytes(changed)
    found = asyncio.run(flippable.verify_with(redis=None))
    # a gzip file has bits that say nothing of its content: its time, and what fills the last byte
    is_same = path.suffix == ".gz" and flippable.archive.payload_bytes(path.name.partition(".")[0]) is not None
    path.write_bytes(content)
    assert (found.exit_code == 1) is not is_same, (path.name, at, bit)


@pytest.fixture(scope="module")
def flippable(redis_servers: dict[str, RedisServer], tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A small archive; nobody writes to it but the test that flips and restores."""

    async def build() -> Workshop:
        redis = background_client(redis_servers["redis"].emptied())
        workshop = Workshop(redis, tmp_path_factory.mktemp("flip") / "archive", ManualClock(time.time()))
        for _ in range(3):
            await workshop.answer(3)
            await workshop.seal()
        await redis.aclose()
        return workshop

    return asyncio.run(build())

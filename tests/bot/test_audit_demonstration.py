"""The playground's demonstration: verify finds what was done to the copy, and the log is as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.audit.archive.segments import Archive
from bot.audit.chain import Keyring
from bot.audit.proof.demonstrating import COPY_DB, KINDS, Kind, TooFewEntriesError, demonstrate
from bot.audit.proof.verifying import Evidence
from tests.bot.auditing import KEY, LOG, an_audit_log
from tests.bot.builders import a_record
from tests.fakes import ManualClock
from tests.tampering.workshop import Workshop


async def filled(redis: Redis, folder: Path, count: int) -> Evidence:
    """A log with so many answers, and what to verify it with."""
    log = an_audit_log(redis, folder / "spool")
    await log.start()
    for number in range(count):
        await log.append(a_record(number))
    await log.close()
    return Evidence(Archive(folder / "archive"), redis, Keyring([KEY]), None)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_found_at_its_place_and_the_log_stays(
    redis: Redis, redis_url: str, tmp_path: Path, kind: Kind
) -> None:
    """The copy was whole before, and is gone after."""
    evidence = await filled(redis, tmp_path, 8)
    before: Any = await redis.xrange(LOG)
    copy = Redis.from_url(redis_url, db=COPY_DB, protocol=2)
    shown = await demonstrate(redis, copy, evidence, kind, ManualClock().now_ms())
    assert shown.before.wrong == []
    assert shown.is_found, [each.as_json() for each in shown.after.wrong]
    assert await copy.dbsize() == 0
    await copy.aclose()
    assert await redis.xrange(LOG) == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_all_sealed", [True, False])
async def test_it_is_found_in_a_log_that_is_sealed_too(
    redis: Redis, redis_url: str, tmp_path: Path, kind: Kind, is_all_sealed: bool
) -> None:
    """Then the archive, which was not touched, contradicts the copy."""
    clock = ManualClock(datetime.now(UTC).timestamp())  # the store gives its own times as ids
    workshop = Workshop(redis, tmp_path / "archive", clock)
    await workshop.answer(10)
    await workshop.seal()
    if not is_all_sealed:
        await workshop.answer(1)
    evidence = Evidence(workshop.archive, redis, workshop.keyring, workshop.seal_keys)
    copy = Redis.from_url(redis_url, db=COPY_DB, protocol=2)
    shown = await demonstrate(redis, copy, evidence, kind, clock.now_ms())
    await copy.aclose()
    assert shown.before.wrong == []
    assert shown.is_found, (shown.place, shown.writer, shown.sequence, [each.as_json() for each in shown.after.wrong])


async def test_an_empty_log_is_said_to_be_one(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    """Nothing to tamper with: a sentence, and no copy left behind."""
    evidence = await filled(redis, tmp_path, 0)
    copy = Redis.from_url(redis_url, db=COPY_DB, protocol=2)
    with pytest.raises(TooFewEntriesError, match="ask one or two questions"):
        await demonstrate(redis, copy, evidence, "edit", ManualClock().now_ms())
    assert await copy.dbsize() == 0
    await copy.aclose()

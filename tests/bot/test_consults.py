"""Consults and verdicts on a real Redis: one caller gets through, the others hear who it was, everything ends."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from bot.consults import RedisConsults, RedisVerdicts
from handlers.ports import Consult, StoreUnavailable

TEAM, RID = "T0HOSPITAL", "0193f000-0000-7000-8000-000000000001"
CONSULT = Consult(RID, TEAM, "U0CLINIC01", "C0ICU00001", "{}", "C0IDCONS01", "1780000000.000100", escalates_at=1)


async def test_one_of_many_may_post(redis: Redis) -> None:
    """Twenty at once: one claim; a claim that was dropped may be taken again."""
    consults = RedisConsults(redis)
    claims = await asyncio.gather(*(consults.claim(TEAM, RID) for _ in range(20)))
    assert sum(claims) == 1
    assert await consults.find(TEAM, RID) is None
    await consults.drop(TEAM, RID)
    assert await consults.claim(TEAM, RID)
    await consults.keep(CONSULT)
    assert await consults.find(TEAM, RID) == CONSULT
    assert not await consults.claim(TEAM, RID)


async def test_one_of_many_takes_it_and_all_hear_who(redis: Redis) -> None:
    """Twenty takers at once: one has it, the others are told who."""
    consults = RedisConsults(redis)
    assert await consults.taker(TEAM, RID) is None
    told = await asyncio.gather(*(consults.take(TEAM, RID, f"U{n}") for n in range(20)))
    (winner,) = [n for n, other in enumerate(told) if other is None]
    assert set(told) == {None, f"U{winner}"}
    assert await consults.taker(TEAM, RID) == f"U{winner}"
    await consults.give_back(TEAM, RID)
    assert await consults.take(TEAM, RID, "U99") is None


async def test_a_verdict_counts_once_and_a_bad_one_is_never_lost(redis: Redis) -> None:
    """ "Not helpful" may follow "helpful"; nothing else changes anything."""
    verdicts = RedisVerdicts(redis)
    assert await verdicts.first(TEAM, RID, "U1", "good")
    assert not await verdicts.first(TEAM, RID, "U1", "good")
    assert await verdicts.first(TEAM, RID, "U1", "bad")
    assert not await verdicts.first(TEAM, RID, "U1", "bad")
    assert not await verdicts.first(TEAM, RID, "U1", "good")
    assert await verdicts.first(TEAM, RID, "U2", "bad")
    await verdicts.forget(TEAM, RID, "U2")
    assert await verdicts.first(TEAM, RID, "U2", "bad")


async def test_every_key_ends(redis: Redis) -> None:
    """A claim ends within a minute, the rest within a week."""
    consults, verdicts = RedisConsults(redis), RedisVerdicts(redis)
    await consults.claim(TEAM, "a")
    await consults.keep(CONSULT)
    await consults.take(TEAM, RID, "U1")
    await verdicts.first(TEAM, RID, "U1", "bad")
    ends = {str(key).rpartition("}:")[2].strip("'"): await redis.ttl(key) for key in await redis.keys("*")}
    assert len(ends) == 4
    assert 0 < ends.pop("a:state") <= 60
    assert all(0 < seconds <= 7 * 24 * 3600 for seconds in ends.values())


async def test_a_store_that_is_away_is_said() -> None:
    """No answer of Redis is one word for the caller."""
    nowhere = Redis.from_url("redis://127.0.0.1:1/0")
    with pytest.raises(StoreUnavailable):
        await RedisConsults(nowhere).take(TEAM, RID, "U1")
    with pytest.raises(StoreUnavailable):
        await RedisVerdicts(nowhere).first(TEAM, RID, "U1", "good")
    await nowhere.aclose()

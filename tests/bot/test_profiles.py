"""Roles and recent questions on Redis: ids only, bounded, for 400 days, and an answer never waits for them long."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from bot.profiles import KEPT_SECONDS, MOST_RECENT, RedisProfiles
from bot.redis_keys import HOME_TTL_SECONDS, BadIdentifierError
from bot.redis_store import request_client
from bot.tasks import TaskRegistry
from handlers.ports import Profile, StoreUnavailable
from handlers.roles import Role
from knowledge.question import Question, Renal
from knowledge.terms import Mechanism, RenalMeasure, Site
from tests.fakes import ManualClock

KPC = Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))


@pytest.fixture
def tasks() -> TaskRegistry:
    return TaskRegistry()


@pytest.fixture
def profiles(redis: Redis, clock: ManualClock, tasks: TaskRegistry) -> RedisProfiles:
    return RedisProfiles(redis, clock, tasks)


async def test_nobody_is_a_physician_without_questions(profiles: RedisProfiles) -> None:
    """Until they say otherwise."""
    assert await profiles.recall("T1", "U1") == Profile()
    assert await profiles.role("T1", "U1") is Role.PHYSICIAN


async def test_what_one_process_is_told_another_knows_within_a_minute(
    profiles: RedisProfiles, redis: Redis, clock: ManualClock, tasks: TaskRegistry
) -> None:
    """At once where the Home is shown, after the kept minute where questions are answered."""
    other = RedisProfiles(redis, clock, tasks)
    assert await other.role("T1", "U1") is Role.PHYSICIAN
    await profiles.choose("T1", "U1", Role.NURSE)
    assert await profiles.role("T1", "U1") is Role.NURSE
    assert await other.role("T1", "U1") is Role.PHYSICIAN
    clock.advance(KEPT_SECONDS + 1)
    assert await other.role("T1", "U1") is Role.NURSE
    await profiles.choose("T1", "U1", Role.TRAINEE)
    assert (await other.recall("T1", "U1")).role is Role.TRAINEE
    assert await other.role("T1", "U1") is Role.TRAINEE


async def test_a_role_costs_one_call_a_minute(profiles: RedisProfiles, redis: Redis) -> None:
    """Counted by Redis itself."""
    await redis.config_resetstat()
    for _ in range(20):
        await profiles.role("T1", "U1")
    assert (await redis.info("commandstats"))["cmdstat_get"]["calls"] == 1


async def test_the_last_ten_questions_are_kept_newest_first_each_once(
    profiles: RedisProfiles, redis: Redis, clock: ManualClock, tasks: TaskRegistry
) -> None:
    """Fourteen asked, one of them again at the end: ten stand there, that one on top, dated anew."""
    asked = [KPC.model_copy(update={"renal": Renal(measure=RenalMeasure.CRCL, value=n)}) for n in range(20, 34)]
    for question in [*asked, asked[6]]:
        clock.advance(60)
        profiles.remember("T1", "U1", question)
        await tasks.drain(5)
    recent = (await profiles.recall("T1", "U1")).recent
    assert [one.question for one in recent] == [asked[6], *reversed(asked[4:6] + asked[7:])]
    assert len(recent) == MOST_RECENT
    assert recent[0].asked_at == int(clock.seconds)
    for key in await redis.keys("{cre:home:T1}:U1:*"):
        assert HOME_TTL_SECONDS - 10 < await redis.ttl(key) <= HOME_TTL_SECONDS


async def test_questions_of_many_at_once_are_kept_in_one_call(
    profiles: RedisProfiles, redis: Redis, tasks: TaskRegistry
) -> None:
    """Counted by Redis itself; each person finds their own, a question asked twice once."""
    questions = [KPC.model_copy(update={"renal": Renal(measure=RenalMeasure.CRCL, value=n)}) for n in range(40)]
    await redis.config_resetstat()
    for n, question in enumerate(questions * 2):
        profiles.remember("T1", f"U{n % 40}", question)
    await tasks.drain(5)
    assert (await redis.info("commandstats"))["cmdstat_exec"]["calls"] == 1
    for n in (0, 39):
        assert [one.question for one in (await profiles.recall("T1", f"U{n}")).recent] == [questions[n]]


async def test_each_person_has_their_own(profiles: RedisProfiles, tasks: TaskRegistry) -> None:
    """Another user, another workspace: nothing."""
    await profiles.choose("T1", "U1", Role.NURSE)
    profiles.remember("T1", "U1", KPC)
    await tasks.drain(5)
    for team, user in (("T1", "U2"), ("T2", "U1")):
        assert await profiles.recall(team, user) == Profile()


async def test_questions_are_forgotten_and_the_role_stays(profiles: RedisProfiles, tasks: TaskRegistry) -> None:
    """On request."""
    await profiles.choose("T1", "U1", Role.NURSE)
    profiles.remember("T1", "U1", KPC)
    await tasks.drain(5)
    await profiles.forget("T1", "U1")
    assert await profiles.recall("T1", "U1") == Profile(Role.NURSE)


async def test_what_was_just_asked_is_found_and_forgotten(profiles: RedisProfiles, tasks: TaskRegistry) -> None:
    """Though questions wait for others to be kept with them."""
    profiles.remember("T1", "U1", KPC)
    assert [one.question for one in (await profiles.recall("T1", "U1")).recent] == [KPC]
    profiles.remember("T1", "U1", KPC)
    await profiles.forget("T1", "U1")
    await tasks.drain(5)
    assert (await profiles.recall("T1", "U1")).recent == ()


async def test_what_another_version_wrote_is_left_out(profiles: RedisProfiles, redis: Redis) -> None:
    """An unknown role is the default, an unreadable question is not shown."""
    await redis.set("{cre:home:T1}:U1:role", "astronaut")
    await redis.zadd("{cre:home:T1}:U1:asked", {'{"mechanisms":["xyz"]}': 1, KPC.model_dump_json(): 2})
    profile = await profiles.recall("T1", "U1")
    assert profile.role is Role.PHYSICIAN
    assert [one.question for one in profile.recent] == [KPC]


async def test_without_redis_answers_go_on_in_the_last_known_role(
    profiles: RedisProfiles, clock: ManualClock, tasks: TaskRegistry
) -> None:
    """Reading a role never fails; what must be told to a person raises."""
    away = request_client("unix:///nowhere/redis.sock")
    lost = RedisProfiles(away, clock, tasks)
    assert await lost.role("T1", "U1") is Role.PHYSICIAN
    lost.remember("T1", "U1", KPC)
    assert await tasks.drain(5) == 0
    for wanted in (lost.recall("T1", "U1"), lost.choose("T1", "U1", Role.NURSE), lost.forget("T1", "U1")):
        with pytest.raises(StoreUnavailable):
            await wanted
    await away.aclose()
    await profiles.choose("T1", "U1", Role.NURSE)
    clock.advance(KEPT_SECONDS + 1)
    profiles._redis = lost._redis  # the store goes away under a process that knew
    assert await profiles.role("T1", "U1") is Role.NURSE


async def test_an_id_that_is_none_never_becomes_a_key(profiles: RedisProfiles) -> None:
    """Braces and spaces would leave the slot."""
    with pytest.raises(BadIdentifierError):
        await profiles.recall("T1", "U1}:x")


async def test_many_people_at_once_stay_bounded(profiles: RedisProfiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kept roles are the newest."""
    monkeypatch.setattr("bot.profiles.KEPT_USERS", 50)
    await asyncio.gather(*(profiles.role("T1", f"U{n}") for n in range(200)))
    assert len(profiles._kept) == 50  # how much it holds is seen nowhere else

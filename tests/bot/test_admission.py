"""Dedupe and limits: the same promises in memory, in the process while Redis is away, and on both Redis servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot import redis_keys
from bot.admission import local_admission
from bot.admission.fallback import FallbackAdmission
from bot.admission.limits import Limits
from bot.admission.local_admission import LocalAdmission
from bot.admission.redis_admission import RedisAdmission
from bot.breaker import FEWEST_CALLS, IN_A_ROW, PROBER, Breaker
from bot.current import Current, current_request
from bot.dispatch import AT_ONCE
from bot.redis_store import request_client
from bot.settings_values import Limit
from handlers.ports import Admission, Admitted, Asker, Duplicate, OverLimit, StoreUnavailable
from tests.bot.builders import a_mention, an_asker
from tests.fakes import FakeAdmission, ManualClock
from tests.servers import KINDS, Kind, RedisServer

HOUR = 3600
LIMITS = Limits(
    user=Limit.parse("1/hour burst 3"), channel=Limit.parse("2/hour burst 5"), workspace=Limit.parse("4/hour burst 9")
)


class Bench(Protocol):
    """An admission and a way to let time pass for it."""

    admission: Admission

    async def pass_time(self, seconds: int) -> None: ...


class FakeBench:
    def __init__(self, limits: Limits = LIMITS) -> None:
        self._clock = ManualClock()
        self.admission: Admission = FakeAdmission(self._clock, limits)

    async def pass_time(self, seconds: int) -> None:
        self._clock.advance(seconds)


class LocalBench:
    """Redis is away all the time: the process judges by itself."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._clock = ManualClock()
        away = RedisAdmission(request_client("unix:///nowhere/redis.sock"), limits)
        self.admission: Admission = FallbackAdmission(away, LocalAdmission(self._clock, limits), Breaker(self._clock))

    async def pass_time(self, seconds: int) -> None:
        self._clock.advance(seconds)


class RedisBench:
    """Redis has its own clock: time passes by moving every stored time and every time to live back."""

    def __init__(self, redis: Redis, limits: Limits = LIMITS) -> None:
        self._redis = redis
        self.admission: Admission = RedisAdmission(redis, limits)

    async def pass_time(self, seconds: int) -> None:
        key: Any
        for key in await self._redis.keys("*"):
            left = await self._redis.pttl(key) - seconds * 1000
            if left <= 0:
                await self._redis.delete(key)
            elif key.split(b":")[-2] in (b"u", b"c", b"w"):
                stored: Any = await self._redis.get(key)
                tat = int(stored) - seconds * 1_000_000
                await self._redis.set(key, tat, px=left)
            else:
                await self._redis.pexpire(key, left)


@pytest.fixture(params=["memory", "local", *KINDS])
async def bench(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[Bench]:
    if request.param == "memory":
        yield FakeBench()
    elif request.param == "local":
        yield LocalBench()
    else:
        redis = request_client(redis_servers[request.param].emptied())
        yield RedisBench(redis)
        await redis.aclose()


async def admitted(bench: Bench, *askers: Asker, charge: bool = True) -> list[str]:
    return [type(await bench.admission.admit(each, charge=charge)).__name__ for each in askers]


async def test_a_burst_is_admitted_and_the_next_question_waits(bench: Bench) -> None:
    """Three questions at once are fine; the fourth hears when to come back, and then may."""
    assert await admitted(bench, *(an_asker(n) for n in range(3))) == ["Admitted"] * 3
    verdict = await bench.admission.admit(an_asker(3), charge=True)
    assert isinstance(verdict, OverLimit)
    assert verdict.scope == "user"
    assert HOUR - 5 <= verdict.retry_after_seconds <= HOUR
    await bench.pass_time(HOUR)
    assert await admitted(bench, an_asker(4), an_asker(5)) == ["Admitted", "OverLimit"]


async def test_another_user_is_not_held_back(bench: Bench) -> None:
    """One user's limit is nobody else's, until channel and workspace are full; the longest wait is told."""
    assert await admitted(bench, *(an_asker(n) for n in range(4))) == ["Admitted"] * 3 + ["OverLimit"]
    others = [an_asker(10 + n, user=f"U{n}") for n in range(2)]
    assert await admitted(bench, *others) == ["Admitted"] * 2
    verdict = await bench.admission.admit(an_asker(20, user="U9"), charge=True)
    assert isinstance(verdict, OverLimit)
    assert verdict.scope == "channel"
    elsewhere = [an_asker(30 + n, user=f"V{n}", channel="C0002") for n in range(4)]
    assert await admitted(bench, *elsewhere) == ["Admitted"] * 4
    verdict = await bench.admission.admit(an_asker(40, user="W1", channel="C0003"), charge=True)
    assert isinstance(verdict, OverLimit)
    assert verdict.scope == "workspace"
    assert await admitted(bench, an_asker(50, team="T0002")) == ["Admitted"]


async def test_nothing_is_charged_when_one_limit_denies(bench: Bench) -> None:
    """A denied question costs neither the channel nor the workspace anything."""
    await admitted(bench, *(an_asker(n) for n in range(3)))
    assert set(await admitted(bench, *(an_asker(n) for n in range(3, 40)))) == {"OverLimit"}
    others = [an_asker(100 + n, user=f"U{n}") for n in range(3)]
    assert await admitted(bench, *others) == ["Admitted", "Admitted", "OverLimit"]


async def test_a_command_is_answered_once(bench: Bench) -> None:
    """The same delivery is a duplicate for a day, and costs nothing."""
    again = an_asker(0, signature_sha256="f" * 64)
    assert await admitted(bench, an_asker(0), again, again) == ["Admitted", "Duplicate", "Duplicate"]
    await bench.pass_time(24 * HOUR)
    assert await admitted(bench, again) == ["Duplicate"]
    await bench.pass_time(HOUR + 1)
    assert await admitted(bench, again) == ["Admitted"]


async def test_the_same_signed_bytes_have_one_effect(bench: Bench) -> None:
    """A replay of a request inside ten minutes is a duplicate, whatever it claims to deliver."""
    replay = an_asker(7, signature_sha256=an_asker(0).signature_sha256)
    assert await admitted(bench, an_asker(0), replay) == ["Admitted", "Duplicate"]
    await bench.pass_time(601)
    assert await admitted(bench, replay) == ["Admitted"]


async def test_an_event_is_leased_until_it_is_settled(bench: Bench) -> None:
    """An event whose reply was never posted may be tried again after 30 s; a settled one is done for a day."""
    first, retry, third = (a_mention(0, signature_sha256=f"{n:064x}") for n in (1, 2, 3))
    assert await admitted(bench, first, retry) == ["Admitted", "Duplicate"]
    await bench.pass_time(31)
    assert await admitted(bench, retry) == ["Admitted"]
    await bench.admission.settle(retry)
    await bench.pass_time(24 * HOUR)
    assert await admitted(bench, third) == ["Duplicate"]


async def test_over_the_limit_a_later_retry_is_judged_anew(bench: Bench) -> None:
    """A limited event is not answered twice at once, and not silently dropped for a day either."""
    await admitted(bench, *(an_asker(n) for n in range(3)))
    first, soon, later = (a_mention(9, signature_sha256=f"{n:064x}") for n in (101, 102, 103))
    assert await admitted(bench, first, soon) == ["OverLimit", "Duplicate"]
    await bench.pass_time(HOUR)
    assert await admitted(bench, later) == ["Admitted"]


async def test_a_picker_claims_and_costs_nothing(bench: Bench) -> None:
    """Taps are deduplicated but not charged."""
    taps = [an_asker(n) for n in range(8)]
    assert await admitted(bench, *taps, charge=False) == ["Admitted"] * 8
    assert await admitted(bench, taps[0], charge=False) == ["Duplicate"]
    assert await admitted(bench, *(an_asker(n) for n in range(100, 103))) == ["Admitted"] * 3


async def test_parallel_questions_get_exactly_the_burst(redis: Redis) -> None:
    """200 over a limit of ten, as many at once as the dispatcher lets through: ten."""
    limit = Limit.parse("24/day burst 10")
    admission = RedisAdmission(redis, Limits(limit, Limit.parse("1000/min"), Limit.parse("1000/min")))
    turns = asyncio.Semaphore(AT_ONCE)

    async def admit(number: int) -> object:
        async with turns:
            return await admission.admit(an_asker(number), charge=True)

    verdicts = await asyncio.gather(*(admit(n) for n in range(200)))
    assert sum(isinstance(each, Admitted) for each in verdicts) == 10


async def test_questions_that_come_together_share_a_call(redis: Redis) -> None:
    """Counted by Redis itself: one call a workspace, each question judged as if alone, in its order."""
    admission = RedisAdmission(redis, LIMITS)
    askers = [an_asker(n, team=f"T{n % 2}", user=f"U{n % 4}") for n in range(16)]
    await redis.config_resetstat()
    verdicts = await asyncio.gather(*(admission.admit(each, charge=True) for each in [*askers, askers[0]]))
    stats = await redis.info("commandstats")
    assert sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha")) <= 4
    assert [type(each).__name__ for each in verdicts] == ["Admitted"] * 10 + ["OverLimit"] * 6 + ["Duplicate"]
    assert {each.scope for each in verdicts if isinstance(each, OverLimit)} == {"user", "channel"}


class Stalls:
    """A Redis that answers each call when it is told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[asyncio.Future[Any], int]] = []

    async def evalsha(self, sha: str, count: int, *args: Any) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.calls.append((answer, (count - 1) // 4))
        return await answer


async def test_a_call_that_hangs_holds_nobody_up() -> None:
    """Those behind it go on in a call of their own; who gives up takes nobody along."""
    stalling = Stalls()
    admission = RedisAdmission(stalling, LIMITS)  # type: ignore[arg-type]  # what the script call needs of it
    first = asyncio.ensure_future(admission.admit(an_asker(0), charge=True))
    while not stalling.calls:
        await asyncio.sleep(0)
    behind = [asyncio.ensure_future(admission.admit(an_asker(n), charge=True)) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    behind[0].cancel()
    async with asyncio.timeout(5):
        while len(stalling.calls) < 2:
            await asyncio.sleep(0.001)
    assert [count for _, count in stalling.calls] == [1, 2]
    stalling.calls[1][0].set_result([[b"admitted"], [b"duplicate", b"done"]])
    assert await asyncio.gather(*behind[1:]) == [Admitted(), Duplicate()]
    stalling.calls[0][0].set_exception(TimeoutError())
    while len(stalling.calls) < 3:
        await asyncio.sleep(0)
    stalling.calls[2][0].set_exception(TimeoutError())
    with pytest.raises(StoreUnavailable):
        await first


async def test_every_key_expires_and_shares_one_slot(redis: Redis) -> None:
    """No claim and no limit stays for ever, and a Cluster could run the script."""
    admission = RedisAdmission(redis, LIMITS)
    for n in range(5):
        await admission.admit(an_asker(n), charge=True)
        await admission.admit(a_mention(50 + n, user="U2"), charge=True)
    keys: Any = await redis.keys("*")
    assert len(keys) > 10
    assert all([await redis.pttl(key) > 0 for key in keys])
    assert all(key.startswith(b"{cre:adm:T0001}:") for key in keys)


async def test_a_clock_that_stepped_back_does_not_lock_anyone_out(redis: Redis) -> None:
    """A stored time from the future is cut to one full burst."""
    admission = RedisAdmission(redis, LIMITS)
    await redis.set(redis_keys.admission("T0001", "u", "U0001"), str(10**17))
    verdict = await admission.admit(an_asker(0), charge=True)
    assert isinstance(verdict, OverLimit)
    assert verdict.retry_after_seconds <= HOUR


async def test_a_retry_under_a_lease_is_left_unacknowledged(redis: Redis) -> None:
    """Should the first attempt have crashed, Slack must deliver the event again later."""
    admission = RedisAdmission(redis, LIMITS)
    current = Current({})
    token = current_request.set(current)
    try:
        await admission.admit(a_mention(0), charge=True)
        assert not current.deliver_again
        retry = a_mention(0, signature_sha256="e" * 64, retry=1)
        assert isinstance(await admission.admit(retry, charge=True), Duplicate)
        assert current.deliver_again
    finally:
        current_request.reset(token)


class LosesReplies:
    """A Redis that does what it is told and whose answer is lost the first time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.calls = 0

    async def evalsha(self, *args: Any) -> Any:
        return self._lost(await self._redis.evalsha(*args))

    async def eval(self, *args: Any) -> Any:
        return self._lost(await self._redis.eval(*args))

    def _lost(self, reply: Any) -> Any:
        self.calls += 1
        if self.calls % 2:
            raise TimeoutError
        return reply


async def test_a_lost_reply_neither_costs_twice_nor_looks_like_a_duplicate(redis: Redis) -> None:
    """The call is made again with the same token: one claim, one charge, the same verdict."""
    admission = RedisAdmission(LosesReplies(redis), LIMITS)  # type: ignore[arg-type]
    verdicts = [await admission.admit(an_asker(n), charge=True) for n in range(5)]
    assert [type(each).__name__ for each in verdicts] == ["Admitted"] * 3 + ["OverLimit"] * 2
    assert isinstance(await admission.admit(an_asker(0, signature_sha256="d" * 64), charge=True), Duplicate)


@pytest.mark.parametrize("bad", [{"user": "U1:x"}, {"channel": "C{1}"}, {"team": ""}, {"user": "U" * 65}])
async def test_an_id_from_outside_never_shapes_a_key(redis: Redis, bad: dict[str, Any]) -> None:
    """Braces, colons and long ids are refused before they reach Redis."""
    with pytest.raises(redis_keys.BadIdentifierError):
        await RedisAdmission(redis, LIMITS).admit(an_asker(0, **bad), charge=True)
    assert await redis.dbsize() == 0


async def test_a_store_that_is_away_is_told_at_once() -> None:
    """No Redis: StoreUnavailable, not a wait."""
    redis = request_client("unix:///nowhere/redis.sock")
    with pytest.raises(StoreUnavailable):
        await RedisAdmission(redis, LIMITS).admit(an_asker(0), charge=True)
    with pytest.raises(StoreUnavailable):
        await RedisAdmission(redis, LIMITS).settle(an_asker(0))
    await redis.aclose()


async def test_verdicts_say_who_judged(redis: Redis) -> None:
    """Redis while it answers, this process while it does not; both are counted, and the breaker spares the wait."""
    clock = ManualClock()
    breaker = Breaker(clock)
    away = request_client("unix:///nowhere/redis.sock")
    local = LocalAdmission(clock, LIMITS)
    with_redis = FallbackAdmission(RedisAdmission(redis, LIMITS), local, breaker)
    without = FallbackAdmission(RedisAdmission(away, LIMITS), local, breaker)
    assert await with_redis.admit(an_asker(0), charge=True) == Admitted(mode="redis")
    verdicts = [await without.admit(an_asker(n), charge=True) for n in range(1, 7)]
    assert {each.mode for each in verdicts if not isinstance(each, Duplicate)} == {"local"}
    assert [type(each) for each in verdicts] == [Admitted] * 3 + [OverLimit] * 3
    assert breaker.is_open
    assert without.status() == {"mode": "local", "judged_locally": 6}
    assert await without.admit(an_asker(0), charge=True) == Duplicate()  # Redis had taken it, and this process knows
    breaker.success(PROBER)
    assert await with_redis.admit(an_asker(1), charge=True) == Duplicate()  # new to Redis, but not to this process
    assert with_redis.status()["mode"] == "redis"
    await away.aclose()


async def test_a_settled_event_stays_settled_when_redis_comes_back(redis: Redis) -> None:
    """Posted while Redis was away, delivered again after: a duplicate for a day, not for a lease."""
    clock = ManualClock()
    admission = FallbackAdmission(
        RedisAdmission(redis, LIMITS), LocalAdmission(clock, LIMITS), breaker := Breaker(clock)
    )
    for _ in range(IN_A_ROW):
        breaker.failure(PROBER, TimeoutError())
    assert await admission.admit(a_mention(0), charge=True) == Admitted(mode="local")
    await admission.settle(a_mention(0))
    breaker.success(PROBER)
    clock.advance(3600)
    assert await admission.admit(a_mention(0, signature_sha256="e" * 64), charge=True) == Duplicate()


async def test_replicas_share_the_workspace_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four replicas admit no more than the workspace's burst together; old claims and limits make room."""
    clock = ManualClock()
    limits = Limits(Limit.parse("1000/min"), Limit.parse("1000/min"), Limit.parse("8/hour burst 8"))
    replicas = [LocalAdmission(clock, limits, replicas=4) for _ in range(4)]
    verdicts = [await each.admit(an_asker(n), charge=True) for each in replicas for n in range(10)]
    assert sum(isinstance(each, Admitted) for each in verdicts) == 8
    clock.advance(1800)
    assert isinstance(await replicas[0].admit(an_asker(99), charge=True), Admitted)
    monkeypatch.setattr(local_admission, "MOST_CLAIMS", 50)
    monkeypatch.setattr(local_admission, "MOST_LIMITS", 50)
    many = LocalAdmission(clock, Limits(*[Limit.parse("9999/s")] * 3))
    for n in range(200):
        assert isinstance(await many.admit(an_asker(n, user=f"U{n}"), charge=True), Admitted)
    assert len(many._claims) == len(many._arrivals) == 50


def test_the_breaker_opens_and_closes() -> None:
    """Five failures in a row, or half of ten seconds' calls; old calls do not count; who writes closes it."""
    clock = ManualClock()
    breaker = Breaker(clock)
    told: list[bool] = []
    breaker.when_opened.append(lambda: told.append(True))
    for _ in range(IN_A_ROW - 1):
        breaker.failure(PROBER, TimeoutError())
    assert breaker.is_doubtful
    breaker.success(PROBER)
    assert (breaker.is_open, breaker.is_doubtful) == (False, False)
    for _ in range(FEWEST_CALLS):
        breaker.success(PROBER)
    clock.advance(11)
    for n in range(FEWEST_CALLS):
        (breaker.failure("admission", TimeoutError()) if n % 2 else breaker.success(PROBER))
    assert breaker.is_open
    breaker.failure(PROBER, TimeoutError())
    assert told == [True]
    breaker.success("admission")
    assert breaker.is_open
    breaker.success(PROBER)
    assert not breaker.is_open
    for _ in range(IN_A_ROW):
        breaker.success("admission")  # who is answered does not speak for who is not
        breaker.failure(PROBER, TimeoutError())
    assert told == [True, True]


class Bucket:
    """The textbook bucket that GCRA stands for: it fills by one a question and leaks one each interval."""

    def __init__(self, limit: Limit) -> None:
        self._interval = Fraction(limit.per_seconds, limit.count)
        self._burst = limit.burst
        self.level = Fraction(0)

    def leak(self, seconds: int) -> None:
        self.level = max(Fraction(0), self.level - Fraction(seconds) / self._interval)

    @property
    def has_room(self) -> bool:
        return self.level + 1 <= self._burst


# steps of half an hour and a margin: no verdict hangs on the milliseconds that the test itself takes
STEPS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["U1", "U2", "U3"]), st.sampled_from(["C1", "C2"])), max_size=40
)


@pytest.mark.parametrize("kind", ["memory", "local", *KINDS])
@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_limits_agree_with_the_bucket_model(
    kind: str, steps: list[tuple[int, str, str]], redis_servers: dict[Kind, RedisServer]
) -> None:
    """Any run of questions and pauses is judged as by three leaking buckets."""

    async def run() -> None:
        redis: Redis | None = None
        bench: Bench = FakeBench() if kind == "memory" else LocalBench()
        if kind in KINDS:
            redis = request_client(redis_servers["redis" if kind == "redis" else "valkey"].emptied())
            bench = RedisBench(redis)
        buckets: dict[str, Bucket] = {}
        for number, (pause, user, channel) in enumerate(steps):
            if pause:
                await bench.pass_time(pause * 1800 + 30)
                for bucket in buckets.values():
                    bucket.leak(pause * 1800 + 30)
            mine = [
                buckets.setdefault(user, Bucket(LIMITS.user)),
                buckets.setdefault(channel, Bucket(LIMITS.channel)),
                buckets.setdefault("workspace", Bucket(LIMITS.workspace)),
            ]
            verdict = await bench.admission.admit(an_asker(number, user=user, channel=channel), charge=True)
            expected = all(bucket.has_room for bucket in mine)
            assert isinstance(verdict, Admitted) == expected, (number, verdict)
            if expected:
                for bucket in mine:
                    bucket.level += 1
        if redis is not None:
            await redis.aclose()

    asyncio.run(run())

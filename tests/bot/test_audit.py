"""The audit log: nothing lost, nothing twice, nothing that a person typed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot import redis_keys
from bot.admission.redis_admission import RedisAdmission
from bot.audit import log as audit_log
from bot.audit.chain import GENESIS
from bot.audit.entry import App, NotAuditableError, body_of, content_of, system_content
from bot.audit.log import RedisAuditLog
from bot.audit.reading import AuditReader, StoredEntry, UnreadableEntry
from bot.redis_store import REPLY_TIMEOUT_SECONDS, Script, request_client
from handlers.ports import StoreUnavailable
from tests.bot.builders import a_record, an_asker
from tests.fakes import LIMITS, ManualClock
from tests.servers import KINDS, Kind, RedisServer

APP = App(version="0.1.0", replica="test")
KEYS = [redis_keys.AUDIT_LOG, redis_keys.AUDIT_HEADS]
APPEND = Script.beside(audit_log.__file__, "append.lua")


@pytest.fixture
async def audit(redis: Redis, clock: ManualClock) -> AsyncIterator[RedisAuditLog]:
    log = RedisAuditLog(redis, APP, clock)
    log.start()
    yield log
    await log.close()


class LosesReplies:
    """A Redis that does what it is told and whose answer never arrives."""

    def __init__(self, redis: Redis, losses: int) -> None:
        self._redis = redis
        self.losses = losses

    async def evalsha(self, *args: Any) -> Any:
        return self._lost(await self._redis.evalsha(*args))

    async def eval(self, *args: Any) -> Any:
        return self._lost(await self._redis.eval(*args))

    def _lost(self, reply: Any) -> Any:
        if self.losses:
            self.losses -= 1
            raise ConnectionResetError
        return reply


async def stored(redis: Redis) -> list[StoredEntry]:
    entries = await AuditReader(redis).page(10_000)
    assert all(isinstance(each, StoredEntry) for each in entries)
    return [each for each in reversed(entries) if isinstance(each, StoredEntry)]


async def bodies_of(redis: Redis) -> list[bytes]:
    rows: Any = await redis.xrange(redis_keys.AUDIT_LOG)
    return [fields[b"b"] for _, fields in rows]


async def test_entries_are_durable_in_order_and_complete(redis: Redis, audit: RedisAuditLog) -> None:
    """Every entry is there once its append returns, with who, where, what was understood and what was answered."""
    records = [a_record(n) for n in range(600)]
    await asyncio.gather(*(audit.append(each) for each in records))
    entries = [each.entry for each in await stored(redis)]
    assert [entry.rid for entry in entries] == [record.rid for record in records]
    assert [entry.s for entry in entries] == list(range(1, 601))
    assert len({entry.w for entry in entries}) == 1
    first = entries[0]
    assert (first.v, first.t, first.ts) == (1, "answer.prepared", 1_780_000_000_000)
    assert first.who.model_dump(exclude_none=True) == {"team": "T0001", "user": "U0001", "role": "clinician"}
    assert (first.src.surface, first.src.transport, first.src.channel) == ("slash", "http", "C0001")
    assert "trigger-0" not in first.body().decode()
    assert first.ask["question"]["mechanisms"] == ["kpc"]
    assert first.ans["outcome"] == "answered"
    assert first.app == APP


async def test_entries_that_wait_together_share_a_call(redis: Redis, audit: RedisAuditLog) -> None:
    """600 entries at once take a handful of script calls, not 600."""
    await redis.config_resetstat()
    await asyncio.gather(*(audit.append(a_record(n)) for n in range(600)))
    statistics = await redis.info("commandstats")
    calls = sum(statistics.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval"))
    assert calls <= 8


async def test_a_lost_reply_adds_nothing(redis: Redis, clock: ManualClock) -> None:
    """1,000 entries over a link that loses every other reply: 1,000 entries."""
    link = LosesReplies(redis, 0)
    log = RedisAuditLog(link, APP, clock)  # type: ignore[arg-type]
    log.start()
    for n in range(1000):
        link.losses = n % 2
        await log.append(a_record(n))
    await log.close()
    assert await redis.xlen(redis_keys.AUDIT_LOG) == 1000


async def test_without_a_store_nothing_is_recorded_and_the_caller_hears_it(clock: ManualClock) -> None:
    """StoreUnavailable, so that nothing is answered unrecorded."""
    redis = request_client("unix:///nowhere/redis.sock")
    log = RedisAuditLog(redis, APP, clock)
    with pytest.raises(StoreUnavailable):  # not started yet
        await log.append(a_record())
    log.start()
    results = await asyncio.gather(*(log.append(a_record(n)) for n in range(5)), return_exceptions=True)
    assert [type(each) for each in results] == [StoreUnavailable] * 5
    await log.close()
    await redis.aclose()


async def test_after_an_outage_entries_go_on_under_a_new_writer(redis: Redis, clock: ManualClock) -> None:
    """Nobody knows what became of a batch that was given up, so its numbers are not used again."""
    link = LosesReplies(redis, 2)
    log = RedisAuditLog(link, APP, clock)  # type: ignore[arg-type]
    log.start()
    with pytest.raises(StoreUnavailable):
        await log.append(a_record(1))
    await log.append(a_record(2))
    await log.close()
    entries = [each.entry for each in await stored(redis)]
    assert [entry.s for entry in entries] == [1] * len(entries)
    assert len({entry.w for entry in entries}) == len(entries)


async def test_a_store_that_lost_its_tail_is_noticed(redis: Redis, audit: RedisAuditLog) -> None:
    """A gap (a failover that lost entries) starts a new writer; the entry at hand is not lost."""
    await audit.append(a_record(0))
    await redis.hset(redis_keys.AUDIT_HEADS, (await stored(redis))[0].entry.w, "0")
    await redis.delete(redis_keys.AUDIT_LOG)
    await audit.append(a_record(1))
    entries = [each.entry for each in await stored(redis)]
    assert [entry.s for entry in entries] == [1]


async def test_close_stores_what_waits(redis: Redis, clock: ManualClock) -> None:
    """Stopping the bot loses no entry."""
    log = RedisAuditLog(redis, APP, clock)
    log.start()
    waiting = [asyncio.create_task(log.append(a_record(n))) for n in range(50)]
    await asyncio.sleep(0)
    await log.close()
    await asyncio.gather(*waiting)
    assert await redis.xlen(redis_keys.AUDIT_LOG) == 50
    with pytest.raises(StoreUnavailable):
        await log.append(a_record())


async def test_the_script_skips_what_it_has_and_reports_a_gap(redis: Redis) -> None:
    """Idempotent by writer and sequence; a batch is stored whole or not at all."""
    assert await APPEND.run(redis, KEYS, ["w1", 1, b"a", b"b"]) == [b"OK", 2]
    assert await APPEND.run(redis, KEYS, ["w1", 1, b"a", b"b"]) == [b"OK", 2]
    assert await APPEND.run(redis, KEYS, ["w1", 2, b"b", b"c"]) == [b"OK", 3]
    assert await APPEND.run(redis, KEYS, ["w1", 5, b"e"]) == [b"GAP", 3]
    assert await APPEND.run(redis, KEYS, ["w2", 1, b"x"]) == [b"OK", 1]
    bodies = await bodies_of(redis)
    assert bodies == [b"a", b"b", b"c", b"x"]


@pytest.mark.parametrize("args", [["w1", 0, b"a"], ["w1", "x", b"a"], ["w1", 1], ["", 1, b"a"], ["w1", "1.5", b"a"]])
async def test_the_script_checks_before_it_writes(redis: Redis, args: list[Any]) -> None:
    """Bad arguments leave no trace."""
    with pytest.raises(ResponseError):
        await APPEND.run(redis, KEYS, args)
    assert await redis.dbsize() == 0


async def test_the_script_refuses_a_log_that_is_no_stream(redis: Redis) -> None:
    """Somebody's string under the log's name is not written over."""
    await redis.set(redis_keys.AUDIT_LOG, "x")
    with pytest.raises(ResponseError):
        await APPEND.run(redis, KEYS, ["w1", 1, b"a"])
    assert await redis.exists(redis_keys.AUDIT_HEADS) == 0


BATCHES = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 5)), max_size=30)


@pytest.mark.parametrize("kind", KINDS)
@given(batches=BATCHES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_run_of_batches_leaves_one_unbroken_sequence(
    kind: Kind, batches: list[tuple[int, int]], redis_servers: dict[Kind, RedisServer]
) -> None:
    """Whatever is sent again, too early or overlapping: 1, 2, 3, … and each once."""

    async def run() -> None:
        redis = request_client(redis_servers[kind].emptied())
        head = 0
        for first, count in batches:
            reply = await APPEND.run(redis, KEYS, ["w", first, *(str(first + n) for n in range(count))])
            if first > head + 1:
                assert reply == [b"GAP", head]
            else:
                head = max(head, first + count - 1)
                assert reply == [b"OK", head]
        bodies = [int(body) for body in await bodies_of(redis)]
        assert bodies == list(range(1, head + 1))
        await redis.aclose()

    asyncio.run(run())


async def test_what_is_no_entry_is_shown_as_such(redis: Redis, audit: RedisAuditLog) -> None:
    """A line that this version cannot read is not skipped."""
    await redis.xadd(redis_keys.AUDIT_LOG, {"w": "x", "s": "1", "b": "{"})
    await audit.append(a_record())
    newest, oldest = await AuditReader(redis).page(5)
    assert isinstance(newest, StoredEntry)
    assert isinstance(oldest, UnreadableEntry)


async def test_pages_and_questions_are_found(redis: Redis, audit: RedisAuditLog) -> None:
    """Newest first, page by page; all entries of one question by its id, also one that was stored much later."""
    records = [a_record(n) for n in range(7)]
    for record in records:
        await audit.append(record)
    reader = AuditReader(redis)
    first = await reader.page(4)
    second = await reader.page(4, before=first[-1].stream_id)
    rids = [each.entry.rid for each in (*first, *second) if isinstance(each, StoredEntry)]
    assert rids == [record.rid for record in reversed(records)]
    assert [each.entry.rid for each in await reader.find(records[3].rid)] == [records[3].rid]
    old = a_record(8, rid="01900000-0000-7000-8000-000000000000")
    await audit.append(old)
    assert len(await reader.find(old.rid)) == 1
    assert await reader.find("01900000-0000-7000-8000-000000000001") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"ask": {"text": "patient John Smith, MRN 123"}},
        {"ask": {"question": {"organism": "the one from bed 4"}}},
        {"ask": {"Free Key": 1}},
        {"ans": {"outcome": "answered", "score": 0.5}},
        {"ans": {"note": "a\nb"}},
        {"rid": "not a uuid"},
        {"ms": {"answer": -1}},
        {"asker": an_asker(user="Dr. Ada Okafor")},
    ],
)
async def test_free_text_names_and_floats_have_no_place(
    redis: Redis, audit: RedisAuditLog, changes: dict[str, Any]
) -> None:
    """A record with something else than ids, words of the vocabulary and integers is refused and not quoted."""
    with pytest.raises(NotAuditableError) as refused:
        await audit.append(a_record(**changes))
    assert await redis.exists(redis_keys.AUDIT_LOG) == 0
    assert not {"John", "Okafor", "bed"} & set(str(refused.value).split())


def test_equal_entries_are_equal_bytes() -> None:
    """Canonical JSON: sorted keys, no empty fields, no place of the writer."""
    record = a_record(rid="01900000-0000-7000-8000-000000000000")
    one, two = (body_of(content_of(record, ts=5, app=APP).table(), GENESIS, "k1") for _ in range(2))
    assert one == two
    assert list(orjson.loads(one)) == sorted(orjson.loads(one))
    assert not {"w", "s", "dlv", "sys"} & set(orjson.loads(one))


def test_the_program_speaks_of_itself_without_an_asker() -> None:
    """And in the same closed words."""
    content = system_content("chain.break", {"writer": "r.1", "expected": 3}, ts=5, app=APP)
    assert content.table()["who"] == {"role": "system"}
    assert content.table()["sys"] == {"writer": "r.1", "expected": 3}
    with pytest.raises(NotAuditableError):
        system_content("chain.break", {"why": "the disk of bed 4"}, ts=5, app=APP)


async def test_an_entry_that_waited_too_long_is_refused_and_not_stored(redis: Redis, clock: ManualClock) -> None:
    """The clinician was told "unavailable" by then; a late entry would say that an answer went out."""
    go = asyncio.Event()

    class Slow(LosesReplies):
        async def evalsha(self, *args: Any) -> Any:
            await go.wait()
            return await super().evalsha(*args)

    log = RedisAuditLog(Slow(redis, 0), APP, clock)  # type: ignore[arg-type]
    log.start()
    first = asyncio.create_task(log.append(a_record(0)))
    while log._queue.qsize() or not log._queue._unfinished_tasks:  # type: ignore[attr-defined]
        await asyncio.sleep(0)
    second = asyncio.create_task(log.append(a_record(1)))
    await asyncio.sleep(0)
    clock.advance(audit_log.PATIENCE_SECONDS + 1)
    go.set()
    await first
    with pytest.raises(StoreUnavailable):
        await second
    await log.close()
    assert await redis.xlen(redis_keys.AUDIT_LOG) == 1


async def test_a_redis_that_takes_and_never_answers_is_given_up(tmp_path: Path, clock: ManualClock) -> None:
    """A black hole costs two timeouts, not six seconds."""

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1024):
                pass
        writer.close()

    path = tmp_path / "hole.sock"
    server = await asyncio.start_unix_server(swallow, path)
    redis = request_client(f"unix://{path}")
    log = RedisAuditLog(redis, APP, clock)
    log.start()
    async with asyncio.timeout(3 * REPLY_TIMEOUT_SECONDS):
        with pytest.raises(StoreUnavailable):
            await log.append(a_record())
    async with asyncio.timeout(3 * REPLY_TIMEOUT_SECONDS):
        with pytest.raises(StoreUnavailable):
            await RedisAdmission(redis, LIMITS).admit(an_asker(), charge=True)
    await log.close()
    await redis.aclose()
    server.close()
    await server.wait_closed()

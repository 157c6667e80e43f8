"""The audit log: nothing lost, nothing twice, nothing that a person typed."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from bot import redis_keys
from bot.audit.chain import GENESIS
from bot.audit.entry import NotAuditableError, body_of, content_of, system_content
from bot.audit.readers.reading import AuditReader, StoredEntry, UnreadableEntry
from bot.audit.writer import disk, shipping
from bot.audit.writer import log as audit_log
from bot.audit.writer.log import RedisAuditLog
from bot.audit.writer.waiting import Durability
from bot.redis_store import REPLY_TIMEOUT_SECONDS, request_client
from handlers.ports import StoreUnavailable
from tests.bot.auditing import APP, LOG, an_audit_log, examine
from tests.bot.builders import SHA, a_record, an_asker
from tests.fakes import ManualClock
from tests.redis_fleet import Node, free_ports

NOWHERE = "unix:///nowhere/redis.sock"


@pytest.fixture
async def audit(redis: Redis, tmp_path: Path) -> AsyncIterator[RedisAuditLog]:
    log = an_audit_log(redis, tmp_path)
    await log.start()
    yield log
    await log.close()


class LosesReplies:
    """A Redis that does what it is told and whose answer never arrives."""

    def __init__(self, redis: Redis, losses: int) -> None:
        self._redis = redis
        self.losses = losses

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)

    async def evalsha(self, *args: Any) -> Any:
        return self._lost(await self._redis.evalsha(*args))

    async def eval(self, *args: Any) -> Any:
        return self._lost(await self._redis.eval(*args))

    def _lost(self, reply: Any) -> Any:
        if self.losses:
            self.losses -= 1
            raise ConnectionResetError
        return reply


async def test_entries_are_durable_in_order_and_complete(redis: Redis, audit: RedisAuditLog) -> None:
    """Every entry is there once its append returns, with who, where, what was understood and what was answered."""
    records = [a_record(n) for n in range(600)]
    await asyncio.gather(*(audit.append(each) for each in records))
    found = await examine(redis)
    assert found.faults == []
    assert [each["t"] for each in found.entries[:1]] == ["writer.started"]
    assert found.rids() == [record.rid for record in records]
    assert [each["s"] for each in found.entries] == list(range(1, 602))
    first = found.asked[0]
    assert (first["v"], first["t"], first["ts"]) == (1, "answer.prepared", 1_780_000_000_000)
    assert first["who"] == {"team": "T0001", "user": "U0001", "role": "clinician"}
    assert (first["src"]["surface"], first["src"]["transport"], first["src"]["channel"]) == ("slash", "http", "C0001")
    assert "trigger-0" not in str(first)
    assert first["ask"]["question"]["mechanisms"] == ["kpc"]
    assert first["ans"]["outcome"] == "answered"
    assert first["app"] == APP.model_dump()


async def test_entries_that_wait_together_share_a_call(redis: Redis, audit: RedisAuditLog) -> None:
    """600 entries at once take a handful of script calls, not 600."""
    await redis.config_resetstat()
    await asyncio.gather(*(audit.append(a_record(n)) for n in range(600)))
    statistics = await redis.info("commandstats")
    calls = sum(statistics.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval"))
    assert calls <= 8


async def test_a_note_rides_in_the_next_batch(redis: Redis, audit: RedisAuditLog) -> None:
    """No call of its own when something follows soon; and it arrives by itself when nothing does."""
    await audit.append(a_record(0))
    await redis.config_resetstat()
    audit.note(a_record(1))
    await audit.append(a_record(2))
    statistics = await redis.info("commandstats")
    assert sum(statistics.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval")) == 1
    last = a_record(3)
    audit.note(last)
    async with asyncio.timeout(5):
        while last.rid not in (await examine(redis)).rids():
            await asyncio.sleep(0.02)


async def test_a_lost_reply_adds_nothing(redis: Redis, tmp_path: Path) -> None:
    """200 entries over a link that loses every other reply: 200 entries."""
    link = LosesReplies(redis, 0)
    log = an_audit_log(link, tmp_path)
    await log.start()
    for n in range(200):
        link.losses = n % 2
        await log.append(a_record(n))
    await log.close()
    found = await examine(redis)
    assert (len(found.asked), found.faults) == (200, [])


async def test_a_payload_is_stored_once_and_the_index_names_its_entries(redis: Redis, audit: RedisAuditLog) -> None:
    """By its digest, compressed, with an end; index streams carry the ids of the log's own entries."""
    shown = b'{"blocks":[]}'
    for n in range(3):
        await audit.append(a_record(n, payload=shown))
    await audit.append(a_record(3, type="rate.limited"))
    key = redis_keys.audit_payload(SHA)
    stored: Any = await redis.get(key)
    assert zlib.decompress(stored) == shown
    rows: Any = await redis.xrange(LOG)
    prepared = [stream_id for stream_id, fields in rows if orjson.loads(fields[b"b"])["t"] == "answer.prepared"]
    for index in (redis_keys.audit_of_user("T0001", "U0001"), redis_keys.audit_of_mechanism("kpc")):
        listed: Any = await redis.xrange(index)
        assert [stream_id for stream_id, _ in listed] == prepared
        assert 0 < await redis.ttl(index) <= redis_keys.AUDIT_TTL_SECONDS
    assert 0 < await redis.ttl(key) <= redis_keys.AUDIT_TTL_SECONDS


async def test_an_index_that_somebody_broke_does_not_stop_the_record(redis: Redis, audit: RedisAuditLog) -> None:
    """The record goes on; the index can be made again from it."""
    await redis.set(redis_keys.audit_of_user("T0001", "U0001"), "x")
    await redis.lpush(redis_keys.audit_payload(SHA), "x")
    await audit.append(a_record(0, payload=b"{}"))
    found = await examine(redis)
    assert (len(found.asked), found.faults) == (1, [])


async def test_without_redis_the_spool_takes_them_and_later_they_arrive(redis: Redis, tmp_path: Path) -> None:
    """Acknowledged at once from the spool, in order in the log afterwards, none twice."""
    away = request_client(NOWHERE)
    log = an_audit_log(away, tmp_path)
    with pytest.raises(StoreUnavailable):  # not started yet
        await log.append(a_record())
    await log.start()
    records = [a_record(n) for n in range(300)]
    async with asyncio.timeout(5):
        for each in records:
            await log.append(each)
    assert log.status()["level"] == "spool"
    assert log.status()["backlog"] == 301
    await log.close()
    await away.aclose()
    assert await redis.exists(LOG) == 0
    after = an_audit_log(redis, tmp_path)
    await after.start()
    await after.append(a_record())
    await after.close()
    found = await examine(redis)
    assert found.faults == []
    assert found.rids()[:300] == [each.rid for each in records]
    (told,) = [each["sys"] for each in found.entries if each["t"] == "spool.recovered"]
    assert (told["entries"], told["added"], told["stopped"]) == (302, 302, True)


async def test_a_redis_that_takes_and_never_answers_costs_one_wait(tmp_path: Path) -> None:
    """A black hole: the first entries wait 400 ms, then the spool alone acknowledges."""

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1024):
                pass
        writer.close()

    path = tmp_path / "hole.sock"
    server = await asyncio.start_unix_server(swallow, path)
    redis = request_client(f"unix://{path}")
    log = an_audit_log(redis, tmp_path / "spool")
    await log.start()
    for n in range(30):
        async with asyncio.timeout(1.25 * REPLY_TIMEOUT_SECONDS):
            await log.append(a_record(n))
    await log.close()
    await redis.aclose()
    server.close()
    await server.wait_closed()


async def test_a_store_that_lost_its_tail_gets_it_again(redis: Redis, audit: RedisAuditLog) -> None:
    """A failover that lost confirmed entries: they come again from the spool, payload included."""
    for n in range(20):
        await audit.append(a_record(n, payload=b"{}"))
    await redis.flushall()
    await audit.append(a_record(20))
    found = await examine(redis)
    assert (len(found.asked), found.faults) == (21, [])
    assert await redis.exists(redis_keys.audit_payload(SHA))


async def test_two_processes_under_one_name_are_told_apart(redis: Redis, tmp_path: Path) -> None:
    """The second stops writing under that name, says so, and loses nothing."""
    one_name = uuid.UUID(int=5)
    names = iter([one_name, uuid.UUID(int=6)])
    first = an_audit_log(redis, tmp_path / "a", new_id=lambda: one_name)
    second = an_audit_log(redis, tmp_path / "b", new_id=lambda: next(names))
    await first.start()
    await first.append(a_record(0))
    await second.start()
    records = [a_record(n) for n in range(1, 4)]
    for each in records:
        await second.append(each)
    await second.close()
    await first.close()
    found = await examine(redis)
    assert found.faults == []
    assert sorted(found.rids()[1:]) == sorted(each.rid for each in records)
    (told,) = [each for each in found.entries if each["t"] == "chain.break"]
    assert told["sys"]["writer"] == first.writer
    assert told["sys"]["reason"] == "fork"
    assert told["w"] == second.writer != first.writer


async def test_entries_that_are_nowhere_break_the_chain_openly(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis and the spool have both lost a part: a new writer names the old one, and goes on."""
    log = an_audit_log(redis, tmp_path)
    await log.start()
    for n in range(5):
        await log.append(a_record(n))
    await redis.flushall()
    assert await log.release({log.writer: 6}) == 1  # as if sealed: the spool has nothing to send again
    record = a_record(9)
    await log.append(record)
    await log.close()
    found = await examine(redis)
    assert found.faults == []
    assert found.rids() == [record.rid]
    assert [each["t"] for each in found.entries] == ["chain.break", "answer.prepared", "writer.stopped"]
    assert found.entries[0]["sys"]["expected"] == 6
    assert found.entries[0]["sys"]["found"] == 0


async def test_without_spool_only_proof_of_the_disk_counts(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk here: answered where Redis proves that it wrote to its disk, else refused; then the spool is back."""
    log = an_audit_log(redis, tmp_path)
    await log.start()
    monkeypatch.setattr(log._disk._spool, "_most_bytes", 0)
    with pytest.raises(StoreUnavailable):
        await log.append(a_record(0))  # this Redis keeps everything in memory
    await redis.config_set("appendonly", "yes")
    await redis.config_set("appendfsync", "always")
    try:
        kept = a_record(1)
        await log.append(kept)
    finally:
        await redis.config_set("appendonly", "no")
        await redis.config_set("appendfsync", "everysec")
    assert not log.spool_takes
    monkeypatch.undo()
    monkeypatch.setattr(disk, "RETRY_SECONDS", -1.0)
    await log.append(a_record(2))
    assert log.spool_takes
    await log.close()
    found = await examine(redis)
    assert found.faults == []
    assert kept.rid in found.rids()


async def test_neither_redis_nor_spool_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """StoreUnavailable, so that nothing is answered unrecorded; and nothing piles up."""
    redis = request_client(NOWHERE)
    log = an_audit_log(redis, tmp_path)
    await log.start()
    monkeypatch.setattr(log._disk._spool, "_most_bytes", 0)
    for n in range(20):
        with pytest.raises(StoreUnavailable):
            await log.append(a_record(n))
    assert log.status()["level"] == "none"
    assert log.status()["backlog"] < 5
    await log.close()
    await redis.aclose()


@pytest.mark.parametrize("refuse", [False, True])
async def test_the_replicated_level_waits_for_replicas(redis: Redis, tmp_path: Path, refuse: bool) -> None:
    """With none there: said and answered, or refused, as the setting asks."""
    log = an_audit_log(redis, tmp_path, durability=Durability(1, refuse_unreplicated=refuse))
    await log.start()
    if refuse:
        with pytest.raises(StoreUnavailable):
            await log.append(a_record(0))
    else:
        await log.append(a_record(0))
        assert log.status()["acknowledged_by_spool"] == 1
    assert log.status()["level"] == "replicated"
    await log.close()
    assert (await examine(redis)).faults == []


async def test_a_clock_that_jumps_leaves_an_entry(redis: Redis, tmp_path: Path) -> None:
    """An hour back or on: order comes from the sequence, and the step is in the log."""

    class Jumping(ManualClock):
        offset_ms = 0

        def now_ms(self) -> int:
            return super().now_ms() + self.offset_ms

    clock = Jumping()
    log = an_audit_log(redis, tmp_path, clock)
    await log.start()
    for step in (0, 3_600_000, -3_600_000):
        clock.offset_ms += step
        clock.advance(10)
        await log.append(a_record())
    await log.close()
    found = await examine(redis)
    assert found.faults == []
    assert [each["sys"]["step_ms"] for each in found.entries if each["t"] == "clock.step"] == [3_600_000, -3_600_000]


async def test_close_stores_what_waits(redis: Redis, tmp_path: Path) -> None:
    """Stopping the bot loses no entry, and the log says that it stopped."""
    log = an_audit_log(redis, tmp_path)
    await log.start()
    waiting = [asyncio.create_task(log.append(a_record(n))) for n in range(50)]
    await asyncio.sleep(0)
    log.note(a_record(50))
    await log.close()
    await asyncio.gather(*waiting)
    found = await examine(redis)
    assert len(found.asked) == 51
    assert found.entries[-1]["t"] == "writer.stopped"
    with pytest.raises(StoreUnavailable):
        await log.append(a_record())


async def test_what_is_no_entry_is_shown_as_such(redis: Redis, audit: RedisAuditLog) -> None:
    """A line that this version cannot read is not skipped."""
    await redis.xadd(redis_keys.AUDIT_LOG, {"w": "x", "s": "1", "b": "{"})
    await audit.append(a_record())
    newest, *_, oldest = await AuditReader(redis).page(5)
    assert isinstance(newest, StoredEntry)
    assert isinstance(oldest, UnreadableEntry)


async def test_pages_and_questions_are_found(redis: Redis, audit: RedisAuditLog) -> None:
    """Newest first, page by page; all entries of one question by its id, also one that was stored much later."""
    records = [a_record(n) for n in range(7)]
    for record in records:
        await audit.append(record)
    reader = AuditReader(redis)
    first = await reader.page(4)
    second = await reader.page(3, before=first[-1].stream_id)
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
    audit.note(a_record(**changes))  # never raises
    await audit.append_system("kb.loaded", {"edition": "2026"})
    assert [each["t"] for each in (await examine(redis)).entries] == ["writer.started", "kb.loaded"]
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


async def test_what_an_earlier_run_left_comes_again_after_a_failover(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recovered entries that Redis loses again are still in the spool, and are sent once more."""
    monkeypatch.setattr(audit_log, "RECOVERY_RETRY_SECONDS", 0.01)
    first = an_audit_log(redis, tmp_path)
    await first.start()
    await first.append(a_record(0))
    await first.close()
    second = an_audit_log(redis, tmp_path)
    await second.start()
    await second.append(a_record(1))
    await redis.flushall()
    await second.append(a_record(2))
    async with asyncio.timeout(5):
        while len((await examine(redis)).asked) < 3:
            await asyncio.sleep(0.01)
    await second.close()
    assert (await examine(redis)).faults == []


async def test_a_log_that_cannot_be_written_to_neither_stops_answers_nor_spins(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's string under the log's name: the spool takes the entries, and Redis is asked about once a second."""
    await redis.set(LOG, "x")
    log = an_audit_log(redis, tmp_path)
    await log.start()
    async with asyncio.timeout(5):
        for n in range(50):
            await log.append(a_record(n))
    await redis.config_resetstat()
    await asyncio.sleep(0.5)
    statistics = await redis.info("commandstats")
    assert statistics.get("cmdstat_evalsha", {}).get("calls", 0) <= 2
    assert log.status()["level"] == "spool"
    monkeypatch.setattr(shipping, "PROBE_SECONDS", 0.01)
    await redis.delete(LOG)
    async with asyncio.timeout(5):
        while log.status()["backlog"]:
            await asyncio.sleep(0.01)
    await log.close()
    found = await examine(redis)
    assert (len(found.asked), found.faults) == (50, [])


async def test_the_replicated_level_with_a_replica(tmp_path: Path) -> None:
    """Redis itself says that its replica has each entry; with the replica gone the setting decides."""
    first, second = free_ports(2)
    nodes = [Node(tmp_path / "a", first, 'save ""', "repl-diskless-sync-delay 0")]
    nodes.append(Node(tmp_path / "b", second, 'save ""', f"replicaof 127.0.0.1 {first}"))
    redis = request_client(f"redis://127.0.0.1:{first}/0")
    log = an_audit_log(redis, tmp_path / "spool", durability=Durability(1, refuse_unreplicated=True))
    try:
        for node in nodes:
            node.start()
        async with asyncio.timeout(20):
            while (await redis.info("replication")).get("slave0", {}).get("state") != "online":
                await asyncio.sleep(0.02)
        await log.start()
        async with asyncio.timeout(20):
            while True:  # 0.3 s are little on a busy machine
                record = a_record(0)
                with contextlib.suppress(StoreUnavailable):
                    await log.append(record)
                    break
        async with Redis(port=second, protocol=2) as replica:
            assert record.rid in (await examine(replica)).rids()
        nodes[1].stop()
        with pytest.raises(StoreUnavailable):
            await log.append(a_record(1))
    finally:
        await log.close()
        await redis.aclose()
        for node in nodes:
            node.stop()


async def test_a_damaged_spool_gives_back_all_but_what_is_damaged(redis: Redis, tmp_path: Path) -> None:
    """Before the damage under the old name, after it under the new one, with a word on the break; only once."""
    away = request_client(NOWHERE)
    log = an_audit_log(away, tmp_path)
    await log.start()
    records = [a_record(n) for n in range(6)]
    for each in records:
        await log.append(each)
    await log.close()
    await away.aclose()
    (path,) = tmp_path.iterdir()
    data = bytearray(path.read_bytes())
    data[data.index(records[3].rid.encode())] ^= 1
    path.write_bytes(data)
    for _ in range(2):
        again = an_audit_log(redis, tmp_path)
        await again.start()
        await again.append(a_record())
        await again.close()
    found = await examine(redis)
    assert found.faults == []
    old = [each["rid"] for each in found.asked if each["w"] == log.writer]
    assert old == [each.rid for each in records[:3]]
    assert [each for each in found.rids() if each in {r.rid for r in records}] == [
        each.rid for each in (*records[:3], *records[4:])
    ]
    (told,) = [each["sys"] for each in found.entries if each["t"] == "chain.break"]
    assert told == {"writer": log.writer, "reason": "gap", "expected": 5, "found": 4}

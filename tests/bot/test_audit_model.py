"""The chain, the append script and the writer against a model: whatever is lost, repeated, forked or restarted."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.audit.chain import GENESIS, Keyring
from bot.audit.writer import shipping
from bot.audit.writer.log import RedisAuditLog
from bot.audit.writer.placing import Chain, Placed
from bot.audit.writer.store import _SCRIPT as APPEND
from bot.audit.writer.store import AuditStore, call_of
from bot.redis_store import request_client
from bot.tasks import end_all
from handlers.ports import StoreUnavailable
from tests.bot.auditing import HEADS, LOG, an_audit_log, examine
from tests.bot.builders import a_record
from tests.servers import KINDS, Kind, RedisServer

KEYS = [bytes([n]) * 32 for n in range(3)]
T = TypeVar("T")


class OnRedis(RuleBasedStateMachine):
    """One event loop and one client for a run."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = request_client(self.url)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    def teardown(self) -> None:
        self.wait(self.redis.aclose())
        self.loop.close()


@dataclass
class Writer:
    """What the model knows of one writer: every entry it made, and how many of them the store has."""

    chain: Chain
    made: list[Placed]
    stored: int = 0


class ScriptMachine(OnRedis):
    """The append script: batches sent in any order, again, with holes, forked, over lost tails and key rotations."""

    @initialize()
    def begin(self) -> None:
        self.keys = Keyring(KEYS[:1])
        self.writers: list[Writer] = []
        self.log: list[tuple[str, int]] = []
        self.store = AuditStore(self.redis)
        self.start()

    @rule()
    def start(self) -> None:
        if len(self.writers) < 3:
            self.writers.append(Writer(Chain(f"w{len(self.writers)}", self.keys), []))

    @rule(n=st.integers(1, 2))
    def rotate(self, n: int) -> None:
        self.keys = Keyring([KEYS[n], *KEYS])
        for each in self.writers:
            each.chain._keyring = self.keys

    @rule(which=st.integers(0, 2), first=st.integers(1, 12), count=st.integers(1, 5))
    def send(self, which: int, first: int, count: int) -> None:
        writer = self.writers[which % len(self.writers)]
        while len(writer.made) < first + count - 1:
            writer.made.append(writer.chain.place({"t": "feedback", "n": len(writer.made)}))
        batch = writer.made[first - 1 : first - 1 + count]
        reply = self.wait(self.store.append(batch))
        if first > writer.stored + 1:
            assert (reply.kind, reply.head) == ("GAP", writer.stored)
            return
        new = batch[max(0, writer.stored - first + 1) :]
        self.log += [(each.writer, each.sequence) for each in new]
        writer.stored += len(new)
        assert (reply.kind, reply.head, reply.mac) == ("OK", writer.stored, writer.made[writer.stored - 1].mac)

    @precondition(lambda self: any(each.stored for each in self.writers))
    @rule(which=st.integers(0, 2), over=st.booleans())
    def fork(self, which: int, over: bool) -> None:
        """Another process under the same name: over the head, or right behind it."""
        writer = self.writers[which % len(self.writers)]
        if not writer.stored:
            return
        other = Chain(writer.chain.writer, Keyring([b"x" * 32]))
        theirs = [other.place({"t": "feedback", "n": -1}) for _ in range(writer.stored + 1)]
        reply = self.wait(self.store.append(theirs[writer.stored - over :]))
        assert (reply.kind, reply.head) == ("FORK", writer.stored)

    @precondition(lambda self: self.log)
    @rule(lost=st.integers(1, 4))
    def fail_over(self, lost: int) -> None:
        """A replica without the newest entries takes over."""
        gone, self.log = self.log[-lost:], self.log[:-lost]

        async def cut() -> None:
            rows: Any = await self.redis.xrevrange(LOG, count=len(gone))
            await self.redis.xdel(LOG, *[stream_id for stream_id, _ in rows])
            for writer in self.writers:
                writer.stored -= sum(name == writer.chain.writer for name, _ in gone)
                if writer.stored:
                    value = f"{writer.stored}:{writer.made[writer.stored - 1].mac}"
                    await self.redis.hset(HEADS, writer.chain.writer, value)
                else:
                    await self.redis.hdel(HEADS, writer.chain.writer)

        self.wait(cut())

    @precondition(lambda self: any(each.made for each in self.writers))
    @rule(spoil=st.integers(0, 6))
    def send_nonsense(self, spoil: int) -> None:
        """Bad arguments leave no trace."""
        writer = next(each for each in self.writers if each.made)
        keys, args = call_of(writer.made[:1])
        match spoil:
            case 0:
                args[1] = 0
            case 1:
                args[1] = "1.5"
            case 2:
                args[2] = "short"
            case 3:
                args.pop()
            case 4:
                keys.append("{cre:audit}:x")
            case 5:
                args[0] = ""
            case 6:
                args[4] = "no mac"
        with pytest.raises(ResponseError):
            self.wait(APPEND.run(self.redis, keys, args))

    @invariant()
    def the_log_is_what_the_model_says(self) -> None:
        if not hasattr(self, "log"):
            return
        found = self.wait(examine(self.redis, [*KEYS]))
        assert found.faults == []
        assert [(each["w"], each["s"]) for each in found.entries] == self.log


class Link:
    """The way to Redis: it can lose replies, or be cut before the call."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.lost = 0
        self.cut = False
        self._busy = asyncio.Lock()

    @asynccontextmanager
    async def quiet(self) -> AsyncIterator[None]:
        """Nothing is on its way meanwhile."""
        async with self._busy:
            yield

    async def evalsha(self, *args: Any) -> Any:
        return await self._run(self._redis.evalsha, args)

    async def eval(self, *args: Any) -> Any:
        return await self._run(self._redis.eval, args)

    async def hget(self, *args: Any) -> Any:
        if self.cut:
            raise ConnectionRefusedError
        return await self._redis.hget(*args)

    async def xrange(self, *args: Any) -> Any:
        if self.cut:
            raise ConnectionRefusedError
        return await self._redis.xrange(*args)

    async def ping(self) -> None:
        if self.cut:
            raise ConnectionRefusedError

    async def _run(self, call: Any, args: tuple[Any, ...]) -> Any:
        if self.cut:
            raise ConnectionRefusedError
        async with self._busy:
            reply = await call(*args)
        if self.lost:
            self.lost -= 1
            raise ConnectionResetError
        return reply


class WriterMachine(OnRedis):
    """The whole writer: whatever was acknowledged is in the log once Redis has been there for a moment; none twice."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="cre-")
        self.link = Link(self.redis)
        self.keys = list(KEYS[:1])
        self.acknowledged: list[str] = []
        self.crashed: set[str] = set()
        self.is_whole = True
        self.start_log()

    def start_log(self) -> None:
        log = an_audit_log(self.link, Path(self.folder.name), keyring=Keyring(self.keys))
        self.log: RedisAuditLog = log
        self.wait(log.start())

    @rule(count=st.integers(1, 6))
    def append(self, count: int) -> None:
        async def all_of_them() -> None:
            records = [a_record(n) for n in range(count)]
            done = await asyncio.gather(*(self.log.append(each) for each in records), return_exceptions=True)
            for record, error in zip(records, done, strict=True):
                assert error is None or isinstance(error, StoreUnavailable)
                if error is None:
                    self.acknowledged.append(record.rid)
                else:
                    self.crashed.add(record.rid)

        self.wait(all_of_them())

    @rule(count=st.integers(1, 3))
    def lose_replies(self, count: int) -> None:
        self.link.lost = count

    @rule()
    def cut_the_link(self) -> None:
        self.link.cut = True

    @rule()
    def mend_the_link(self) -> None:
        self.link.cut = False

    @rule(lost=st.integers(1, 9))
    def fail_over(self, lost: int) -> None:
        """Redis forgets its newest entries, and the heads with them."""

        async def run() -> None:
            async with self.link.quiet():
                await forget(self.redis, lost)

        self.wait(run())
        self.is_whole = False

    @rule()
    def restart(self) -> None:
        self.wait(self.log.close())
        self.start_log()

    @rule(rotate=st.booleans())
    def crash(self, rotate: bool) -> None:
        """As kill -9 leaves it: no last word, nothing flushed; the locks go with the process.

        Not in the middle of dealing with a taken name: those are two faults at once, and may store entries twice.
        """

        async def end() -> None:
            async with self.log._order:
                tasks, self.log._tasks = [*self.log._tasks, *filter(None, [self.log._recovery])], []
                await end_all(tasks)
            await self.log._disk.close()
            self.is_whole = True

        self.wait(end())
        if rotate:
            self.keys = [KEYS[len(self.keys) % 3], *self.keys]
        self.start_log()

    @precondition(lambda self: self.is_whole)  # that and a failover at once are two faults
    @rule()
    def somebody_takes_the_name(self) -> None:
        """Another process writes under this one's name."""

        async def run() -> None:
            async with self.link.quiet():
                await take_name(self.redis, self.log.writer, self.keys[0])

        self.wait(run())

    def teardown(self) -> None:
        if hasattr(self, "link"):
            self.link.cut, self.link.lost = False, 0
            self.wait(self.log.close())
            self.start_log()  # brings in what a last crash or cut has left
            self.wait(self.log.append(a_record(rid="01900000-0000-7000-8000-000000000000")))
            self.wait(self.log.close())
            found = self.wait(examine(self.redis, KEYS))
            assert found.faults == []
            rids = found.rids()
            assert len(set(rids)) == len(rids)
            assert set(self.acknowledged) <= set(rids)
            assert set(rids) - set(self.acknowledged) - self.crashed <= {"01900000-0000-7000-8000-000000000000"}
            self.folder.cleanup()
        super().teardown()


async def forget(redis: Redis, lost: int) -> None:
    """The last entries and the heads as they were before them."""
    found = await examine(redis, KEYS)
    rows: Any = await redis.xrevrange(LOG, count=lost)
    if not rows:
        return
    await redis.xdel(LOG, *[stream_id for stream_id, _ in rows])
    left = found.entries[: len(found.entries) - len(rows)]
    await redis.delete(HEADS)
    for each in left:
        await redis.hset(HEADS, each["w"], f"{each['s']}:{each['m']}")


async def take_name(redis: Redis, writer: str, key: bytes) -> None:
    """Append one entry under another process's name."""
    keyring = Keyring([key])
    found = await examine(redis, KEYS)
    mine = [each for each in found.entries if each["w"] == writer]
    chain = Chain(writer, keyring)
    chain.sequence = mine[-1]["s"] if mine else 0
    chain._previous = mine[-1]["m"] if mine else GENESIS
    table = {"t": "feedback", "ts": 1, "rid": "x", "who": {"role": "system"}}
    await AuditStore(redis).append([chain.place(table)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("machine", "examples"), [(ScriptMachine, 25), (WriterMachine, 12)])
def test_against_the_model(
    kind: Kind,
    machine: type[OnRedis],
    examples: int,
    redis_servers: dict[Kind, RedisServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Retries, gaps, forks, restarts, crashes and key rotation on a real server: nothing lost, doubled or unchained."""
    monkeypatch.setattr(shipping, "PROBE_SECONDS", 0.002)

    def fresh() -> OnRedis:
        machine.url = redis_servers[kind].emptied()
        return machine()

    chosen = settings(max_examples=examples, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(cast(Any, fresh), settings=chosen)  # a factory does, whatever its annotation says


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strangers", [1, 2, 3, 6])
async def test_a_name_taken_while_redis_was_away_costs_nothing(
    kind: Kind, strangers: int, redis_servers: dict[Kind, RedisServer], tmp_path: Path
) -> None:
    """However far the other process got: what the spool acknowledged is in the log after the next start, once."""
    redis = request_client(redis_servers[kind].emptied())
    link = Link(redis)
    link.cut = True
    first = an_audit_log(link, tmp_path, keyring=Keyring(KEYS[:1]))
    await first.start()
    records = [a_record(n) for n in range(3)]
    for each in records:
        await first.append(each)
    for _ in range(strangers):
        await take_name(redis, first.writer, KEYS[0])
    await first.close()
    link.cut = False
    second = an_audit_log(link, tmp_path, keyring=Keyring(KEYS[:1]))
    await second.start()
    await second.close()
    found = await examine(redis, KEYS)
    await redis.aclose()
    assert found.faults == []
    assert sorted(found.rids()) == sorted(each.rid for each in records)

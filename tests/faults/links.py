"""Rounds in which the way to Redis fails under a bot: replies lost, every kind of refusal; and the end by SIGTERM."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket as sockets
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot.app import create_bot
from bot.audit.chain import Keyring
from bot.audit.writer import shipping
from bot.audit.writer.shipping import PROBE_SECONDS
from bot.clock import SystemClock
from bot.door import PATH
from bot.playground.person import Sent
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from bot.running import Bot
from bot.settings import Mode, Settings, load_settings
from tests.bot.auditing import an_audit_log, examine
from tests.bot.builders import a_record
from tests.faults.crashes import Tally
from tests.faults.proxy import Proxy
from tests.faults.servers import CrashServer

P99_SECONDS = 0.5
LONGEST_SECONDS = 2.5
RATE = 40.0  # an open loop: more than two busy cores serve at once would measure the queue
LIMITS = dict.fromkeys(("CRE_LIMIT_USER", "CRE_LIMIT_CHANNEL", "CRE_LIMIT_WORKSPACE"), "100000/min")
ERRORS = {
    "LOADING": "LOADING Redis is loading the dataset in memory",
    "BUSY": "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "MISCONF": "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "OOM": "OOM command not allowed when used memory > 'maxmemory'.",
    "READONLY": "READONLY You can't write against a read only replica.",
    "NOREPLICAS": "NOREPLICAS Not enough good replicas to write.",
    "CLUSTERDOWN": "CLUSTERDOWN The cluster is down",
    "TRYAGAIN": "TRYAGAIN Multiple keys request during rehashing of slot",
}
REAL = {  # settings of a live server that make it refuse by itself, and those that make it well again
    "OOM of a full server": (("maxmemory", "1"), ("maxmemory", "0")),
    "NOREPLICAS of a server": (("min-replicas-to-write", "3"), ("min-replicas-to-write", "0")),
}
FAULTS = ("pass", "down", "silent", "slow", *ERRORS, *REAL)


async def lose_replies(folder: Path, count: int, tally: Tally) -> None:
    """Each of so many entries is stored by a call whose reply never comes: as many entries, none twice."""
    shipping.PROBE_SECONDS = 0.001
    async with _server(folder / "replies") as (server, proxy):
        redis = request_client(proxy.url)
        log = an_audit_log(redis, folder / "replies" / "spool", SystemClock())
        await log.start()
        rids = []
        for number in range(count):
            record = a_record(number)
            proxy.to_lose = 1
            await log.append(record)
            rids.append(record.rid)
            while log.status()["backlog"]:  # else entries that wait for the next probe would share one loss
                await asyncio.sleep(0.001)
        await log.close()
        await redis.aclose()
        async with Redis.from_url(server.url, protocol=2) as client:
            found = await examine(client)
        tally.judge(found, rids, "replies")
        shipping.PROBE_SECONDS = PROBE_SECONDS
        if proxy.lost < count:
            tally.faults.append(f"replies: only {proxy.lost} of {count} were lost")
        if len(found.rids()) != count:
            tally.faults.append(f"replies: {len(found.rids())} entries")


async def refuse(folder: Path, count: int, tally: Tally, names: tuple[str, ...] = FAULTS, seconds: float = 4.0) -> None:
    """Questions at a steady rate over each kind of fault: all answered, in time, and recorded once."""
    for number in range(count):
        async with _server(folder / f"answers{number}") as (server, proxy), _bot(proxy.url, folder / "data") as house:
            answered: list[str] = []
            without = 0.0  # p99 with no fault: what this machine costs just now
            await _ask(house, 1.0, 20)  # warm
            answered += house.rids
            for name in names:
                house.rids.clear()
                await _break(proxy, server, name)
                times = await _ask(house, seconds, RATE)
                await _mend(proxy, server, name)
                await _drained(house.bot)
                answered += house.rids
                times.sort()
                p99, longest = times[int(len(times) * 0.99)], times[-1]
                tally.notes[f"{name}: p99 {p99 * 1000:.0f} ms, longest {longest * 1000:.0f} ms"] += 1
                if len(house.rids) < len(times):
                    tally.faults.append(f"{name}: {len(times) - len(house.rids)} of {len(times)} without an answer")
                if name == "pass":
                    without = p99
                elif longest > LONGEST_SECONDS + without or (seconds >= 1 and p99 > P99_SECONDS + without):
                    tally.faults.append(f"{name}: p99 {p99:.3f} s, longest {longest:.3f} s")
            await house.bot.stop()
            async with Redis.from_url(server.url, protocol=2) as client:
                tally.judge(await examine(client, [house.key]), answered, "answers")


async def terminate(folder: Path, count: int, tally: Tally) -> None:
    """SIGTERM with 50 questions in flight: 50 answers, 50 entries, exit code 0."""
    for number in range(count):
        place = folder / f"sigterm{number}"
        async with _server(place) as (server, proxy), SlackStandIn(retry_delays=()) as slack:
            environ = {**_environ(slack, proxy.url, place / "data"), "HOST": "127.0.0.1", "PORT": "0"}
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"), env={**os.environ, **environ}, stderr=asyncio.subprocess.PIPE
            )
            try:
                sent = await _end_while_busy(process, slack, proxy)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.communicate()
            bodies = [json.dumps(each.ack.body) for each in sent]
            rids = [rid for body in bodies if (rid := _rid_of(body))]
            refused = sum("eropenem" not in body for body in bodies)
            async with Redis.from_url(server.url, protocol=2) as client:
                await _bring_in(client, place / "data")
                tally.judge(await examine(client, [_key(place / "data")]), rids, "sigterm")
            tally.refused += refused
            if process.returncode != 0:
                tally.faults.append(f"sigterm: exit code {process.returncode}")


LINKS: dict[str, Callable[[Path, int, Tally], Coroutine[Any, Any, None]]] = {
    "replies": lose_replies,
    "answers": refuse,
    "sigterm": terminate,
}


class House:
    """A bot in this process, its Slack, and the request ids of the answers that Slack received."""

    def __init__(self, bot: Bot, slack: SlackStandIn, key: bytes) -> None:
        self.bot = bot
        self.slack = slack
        self.key = key
        self.rids: list[str] = []


async def _ask(house: House, seconds: float, rate: float) -> list[float]:
    """Questions at that rate, each when its time has come whether the last was answered or not; how long each took."""

    async def one() -> float:
        started = time.perf_counter()
        sent = await house.slack.command("clinician", "icu", "kpc bacteremia")
        took = time.perf_counter() - started
        if rid := _rid_of(json.dumps(sent.ack.body)):
            house.rids.append(rid)
        return took

    began = time.perf_counter()
    asked: list[asyncio.Task[float]] = []
    while (due := began + len(asked) / rate) < began + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(one()))
    return list(await asyncio.gather(*asked))


def _rid_of(body: str) -> str | None:
    """The request id that an answer carries."""
    for part in body.split('"block_id": "')[1:]:
        for word in part.split('"', 1)[0].replace(":", " ").replace("|", " ").split():
            if len(word) == 36 and word.count("-") == 4:
                return word
    return None


async def _break(proxy: Proxy, server: CrashServer, name: str) -> None:
    if name in ERRORS:
        await proxy.set("error", ERRORS[name])
    elif name in REAL:
        await _configure(server, REAL[name][0])
    else:
        await proxy.set(name)  # type: ignore[arg-type]  # the rest are the proxy's own modes


async def _mend(proxy: Proxy, server: CrashServer, name: str) -> None:
    if name in REAL:
        await _configure(server, REAL[name][1])
    await proxy.set("pass")


async def _configure(server: CrashServer, setting: tuple[str, str]) -> None:
    async with Redis.from_url(server.url, protocol=2) as client:
        await client.config_set(*setting)


async def _drained(bot: Bot) -> None:
    async with asyncio.timeout(20):
        while (status := bot.audit.status())["backlog"] or status["level"] != "redis":
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[tuple[CrashServer, Proxy]]:
    folder.mkdir(parents=True)
    server = CrashServer("redis", folder / "r", "everysec")
    server.start()
    proxy = Proxy(folder / "p.sock", server.path)
    await proxy.start()
    try:
        yield server, proxy
    finally:
        await proxy.stop()
        server.kill()


@asynccontextmanager
async def _bot(url: str, data: Path) -> AsyncIterator[House]:
    async with SlackStandIn(retry_delays=()) as slack:
        bot = await create_bot(_settings(_environ(slack, url, data)))
        port = await bot.serve_http(sockets.create_server(("127.0.0.1", 0)))
        slack.events_url = f"http://127.0.0.1:{port}{PATH}"
        try:
            yield House(bot, slack, _key(data))
        finally:
            await bot.stop()


async def _end_while_busy(process: asyncio.subprocess.Process, slack: SlackStandIn, proxy: Proxy) -> list[Sent]:
    """SIGTERM while 50 questions are in hand: Redis keeps each of them waiting for 0.4 s."""
    ready = await _line_with("bot.ready", process)
    slack.events_url = f"http://127.0.0.1:{ready['port']}{PATH}"
    await slack.command("clinician", "icu", "kpc bacteremia")
    await proxy.set("silent")  # so that none is answered before all have come
    asked = [asyncio.create_task(slack.command("clinician", "icu", "kpc bacteremia")) for _ in range(50)]
    await asyncio.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    await proxy.set("pass")
    async with asyncio.timeout(30):
        await process.communicate()
    return list(await asyncio.gather(*asked))


async def _bring_in(client: Redis, data: Path) -> None:
    """What the end has left in the spool, as the next start would."""
    log = an_audit_log(client, data / "spool", SystemClock(), keyring=Keyring([_key(data)]))
    await log.start()
    await log.close()


def _key(data: Path) -> bytes:
    return bytes.fromhex((data / "audit.key").read_text().split()[-1])


def _settings(environ: dict[str, str]) -> Settings:
    return load_settings(Mode.HTTP, environ)


def _environ(slack: SlackStandIn, url: str, data: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "REDIS_URL": url,
        "CRE_DATA_DIR": str(data),
        **LIMITS,
    }


async def _line_with(event: str, process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stderr is not None
    seen = []
    async with asyncio.timeout(60):
        while line := (await process.stderr.readline()).decode():
            if event in line:
                return dict(json.loads(line))
            seen.append(line)
    raise AssertionError(f"no {event}: {''.join(seen)}")

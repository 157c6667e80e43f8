"""Signed `/cre` requests over kept connections: as many as go, one at a time, or so many a second."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import statistics
import time
from dataclasses import dataclass
from urllib.parse import urlencode

TEXTS = (
    "kpc bacteremia crcl 45",
    "ndm pneumonia",
    "oxa-48 pyelonephritis egfr 38",
    "kpc ciai ceftazidime-avibactam R",
    "ndm e coli bacteremia, penicillin allergy",
    "cre cystitis kpc",
)
_count = itertools.count()


@dataclass(frozen=True, slots=True)
class Result:
    """What one phase measured."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


def request(secret: str, team: str, user: str, channel: str) -> bytes:
    """The bytes of one signed slash command, with a trigger id of its own."""
    number = next(_count)
    body = urlencode(
        {
            "token": "none",
            "team_id": team,
            "team_domain": "bench",
            "channel_id": channel,
            "channel_name": "icu",
            "user_id": user,
            "user_name": "bench",
            "command": "/cre",
            "text": TEXTS[number % len(TEXTS)],
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": "https://hooks.slack.com/commands/T0/1/x",
            "trigger_id": f"{number}.{time.time_ns()}.bench",
        }
    ).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self) -> Connection:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def ask(self, raw: bytes) -> bool:
        """Send and read the whole answer; True when it is a 200."""
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
        await self._reader.readexactly(length)
        return head.startswith(b"HTTP/1.1 200")

    def close(self) -> None:
        self._writer.close()


async def closed_loop(port: int, requests: list[bytes], connections: int) -> Result:
    """`connections` askers, each with its next request as soon as the last is answered."""
    waiting, times, failed = iter(requests), [], 0
    lines = [await Connection(port).open() for _ in range(connections)]

    async def ask(line: Connection) -> None:
        nonlocal failed
        for raw in waiting:
            started = time.perf_counter()
            failed += not await line.ask(raw)
            times.append(time.perf_counter() - started)

    began = time.perf_counter()
    await asyncio.gather(*(ask(line) for line in lines))
    took = time.perf_counter() - began
    for line in lines:
        line.close()
    return _result(times, took, failed)


async def open_loop(port: int, requests: list[bytes], per_second: float) -> Result:
    """A request at each tick, whether or not the last is answered; the wait for a free line counts."""
    idle: list[Connection] = []
    times: list[float] = []
    failed = 0

    async def ask(raw: bytes, due: float) -> None:
        nonlocal failed
        line = idle.pop() if idle else await Connection(port).open()
        failed += not await line.ask(raw)
        times.append(time.perf_counter() - due)
        idle.append(line)

    began, tasks = time.perf_counter(), []
    for index, raw in enumerate(requests):
        due = began + index / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.ensure_future(ask(raw, due)))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - began
    for line in idle:
        line.close()
    return _result(times, took, failed)


def _result(times: list[float], took: float, failed: int) -> Result:
    ordered = sorted(times)
    return Result(
        len(times) / took,
        statistics.median(ordered) * 1000,
        ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
        failed,
    )

"""The whole `/cre` path against a Bolt app that only acknowledges, and against the floor; goals G1, G3, G4, G5 and G8.

python -m tests.bench.path [--rounds 5] [--seconds 2]

One core for the server measured, the other for Redis, the load and the local Slack. Rounds are interleaved and the
medians compared, so that a busy machine weighs on all alike.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from redis import Redis

from bot.playground.standin import SlackStandIn
from tests.bench.load import Result, closed_loop, open_loop, request
from tests.redis_fleet import Node, free_ports

KINDS = ("bolt", "bot", "floor")
PHASES = ("32 at once", "one at a time", "200 a second")
SECRET = "bench-signing-secret"
ASKERS = 200  # nobody's limits, role and last questions are everybody's


class Bench:
    """Servers started once, phases run in turn."""

    def __init__(self, folder: Path, slack: SlackStandIn) -> None:
        ports = free_ports(len(KINDS) + 1)
        self.redis = Node(folder / "redis", ports[0], "appendonly yes", "appendfsync everysec", 'save ""')
        self.ports = dict(zip(KINDS, ports[1:], strict=True))
        self._folder = folder
        self._slack = slack
        users = slack.workspace.users
        for number in range(ASKERS):
            name = f"U0BENCH{number:03}"
            users[name] = replace(users["U0CLINIC01"], id=name)
        self._processes: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        self.redis.start()
        for kind in KINDS:
            command = [sys.executable, "-m", "tests.bench.servers", kind, str(self.ports[kind]), SECRET]
            command += [self._slack.api_url, f"redis://127.0.0.1:{self.redis.port}/0", str(self._folder)]
            with self._log(kind).open("w") as log:
                process = subprocess.Popen(
                    command,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    preexec_fn=lambda: os.sched_setaffinity(0, {0}),
                )
            self._processes.append(process)

    async def ready(self) -> None:
        for kind, process in zip(KINDS, self._processes, strict=True):
            stdout = process.stdout
            assert stdout is not None
            line = await asyncio.to_thread(stdout.readline)
            assert line.strip() == "ready", f"{kind} did not start:\n{self._log(kind).read_text()}"

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        self.redis.stop()

    async def run(self, kind: str, phase: str, seconds: float, rate: float) -> Result:
        port = self.ports[kind]
        if phase == PHASES[2]:
            return await open_loop(port, self._requests(int(200 * seconds)), 200)
        count = max(50, int(seconds * rate))
        return await closed_loop(port, self._requests(count), 32 if phase == PHASES[0] else 1)

    def _log(self, kind: str) -> Path:
        """Where that server says what it has to say; shown only when it does not start."""
        return self._folder / f"{kind}.log"

    def _requests(self, count: int) -> list[bytes]:
        users = itertools.cycle(f"U0BENCH{n:03}" for n in range(ASKERS))
        return [request(SECRET, "T0HOSPITAL", next(users), "C0ICU00001") for _ in range(count)]

    def calls(self) -> dict[str, int]:
        """Scripts that clients sent since the last reset: every awaited call of a question is one."""
        stats: dict[str, Any] = self.redis.client_says(lambda client: client.info("commandstats"))
        sent = ("evalsha", "eval")
        return {name: stats[f"cmdstat_{name}"]["calls"] for name in sent if f"cmdstat_{name}" in stats}

    def reset(self) -> None:
        self.redis.client_says(Redis.config_resetstat)


async def measure(rounds: int, seconds: float) -> None:
    os.sched_setaffinity(0, {1} if (os.cpu_count() or 1) > 1 else {0})
    found: dict[tuple[str, str], list[Result]] = defaultdict(list)
    counted: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="cre-bench-") as folder:
        async with SlackStandIn(signing_secret=SECRET) as slack:
            bench = Bench(Path(folder), slack)
            bench.start()
            try:
                await bench.ready()
                for kind in KINDS:  # warm: imports, connections, caches
                    await bench.run(kind, PHASES[0], 0.5, 500)
                for number in range(rounds):
                    for phase in PHASES:
                        for kind in KINDS if number % 2 else KINDS[::-1]:
                            rate = 1500 if phase == PHASES[0] else 600
                            bench.reset()
                            result = await bench.run(kind, phase, seconds, rate)
                            assert result.failed == 0, f"{kind}, {phase}: {result.failed} failed"
                            found[kind, phase].append(result)
                            if kind == "bot":
                                asked = rate * seconds if phase != PHASES[2] else 200 * seconds
                                counted[phase].append(sum(bench.calls().values()) / max(50, int(asked)))
            finally:
                bench.stop()
    _report(found, counted)


def _report(found: dict[tuple[str, str], list[Result]], counted: dict[str, list[float]]) -> None:
    def median(kind: str, phase: str, of: str) -> float:
        return float(statistics.median(getattr(result, of) for result in found[kind, phase]))

    print(f"{'':8}{'32 at once, req/s':>20}{'alone, p50 ms':>16}{'200/s, p50 ms':>16}{'200/s, p99 ms':>16}")
    for kind in KINDS:
        print(
            f"{kind:8}{median(kind, PHASES[0], 'requests_per_second'):>20.0f}{median(kind, PHASES[1], 'p50_ms'):>16.2f}"
            f"{median(kind, PHASES[2], 'p50_ms'):>16.2f}{median(kind, PHASES[2], 'p99_ms'):>16.2f}"
        )

    def ratio(phase: str, of: str, against: str) -> float:
        return median("bot", phase, of) / median(against, phase, of)

    rows = (
        ("G1 throughput at 32 against bolt", ratio(PHASES[0], "requests_per_second", "bolt"), "at least 1.0"),
        ("G3 alone, p50 against bolt", ratio(PHASES[1], "p50_ms", "bolt"), "at most 0.25"),
        ("G4 200/s, p99 against bolt", ratio(PHASES[2], "p99_ms", "bolt"), "at most 0.6"),
        ("G5 throughput at 32 against the floor", ratio(PHASES[0], "requests_per_second", "floor"), "at least 0.15"),
        ("G8 Redis calls a question, alone", statistics.median(counted[PHASES[1]]), "at most 2"),
        ("G8 Redis calls a question, 32 at once", statistics.median(counted[PHASES[0]]), "at most 0.3"),
    )
    for name, value, goal in rows:
        print(f"{name:40}{value:8.2f}   goal: {goal}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args()
    asyncio.run(measure(given.rounds, given.seconds))


if __name__ == "__main__":
    main()

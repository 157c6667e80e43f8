"""Pages of the audit review at a thousand and at a million entries: `python -m tests.bench.review`.

Goal: a page of 20 rows filtered by user or by mechanism takes at most 150 ms at a million entries, and at most twice
what it takes at a thousand. The other filters read the log backwards within a bound: shown beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from redis import Redis
from rich.console import Console
from rich.table import Table

from bot.audit.readers.review_index import RedisReviewLog
from bot.redis_store import background_client
from handlers.review import Filters
from tests.audit_logs import TEAM, many, store
from tests.servers import RedisServer

SIZES = (1_000, 1_000_000)
MOST_MS = 150.0
MOST_TIMES = 2.0
NOISE_MS = 3.0  # a page of a thousand entries takes so little that the scheduler is part of it


def filters() -> dict[str, tuple[dict[str, str], bool]]:
    """What is measured, and whether the goal holds it."""
    return {
        "by user": ({"asker": "U000000007"}, True),
        "by mechanism": ({"mechanism": "kpc"}, True),
        "by a rare user": ({"asker": "U0RARE0001"}, True),
        "by a rare mechanism": ({"mechanism": "imp"}, True),
        "no filter": ({}, True),
        "by outcome": ({"outcome": "not_covered"}, False),
        "by a site never asked": ({"site": "endocarditis"}, False),
    }


async def measure(url: str, rounds: int) -> dict[str, tuple[float, float, int]]:
    """Median and slowest of a first page and of the one after it in milliseconds, and its rows."""
    client = background_client(url)
    log = RedisReviewLog(client)
    today = datetime.now(UTC).date()
    found: dict[str, tuple[float, float, int]] = {}
    for name, (chosen, _) in filters().items():
        wanted = Filters.model_validate({"first": today - timedelta(days=30), "last": today, **chosen})
        times, rows = [], 0
        for _round in range(rounds):
            before: str | None = None
            for _page in range(2):
                began = time.perf_counter()
                page = await log.page(TEAM, wanted, before)
                times.append((time.perf_counter() - began) * 1000)
                rows, before = max(rows, len(page.rows)), page.older
                if before is None:
                    break
        found[name] = (statistics.median(times), max(times), rows)
    for look in ("insights, first look", "insights, again"):
        began = time.perf_counter()
        counted = await log.insights(TEAM, today - timedelta(days=27), today)
        elapsed = (time.perf_counter() - began) * 1000
        print(f"  {look}: {elapsed:.0f} ms over {counted.questions} questions of 28 days", flush=True)
    await client.aclose()
    return found


def fill(server: RedisServer, count: int) -> tuple[float, float]:
    """Write the log of the last 30 days; bytes of memory an entry, and those of its index."""
    url = server.emptied()
    now = int(time.time() * 1000)
    with Redis.from_url(url) as redis:
        before = int(_info(redis)["used_memory"])
        store(redis, many(count, now - 30 * 86_400_000, now - 1000, users=max(10, min(200, count // 100))))
        index = sum(int(redis.memory_usage(key, samples=0) or 0) for key in redis.scan_iter("*}:i[um]:*"))
        return (int(_info(redis)["used_memory"]) - before) / count, index / count


def _info(redis: Redis) -> dict[str, Any]:
    found: Any = redis.info("memory")
    return dict(found)


def main() -> int:
    """Both sizes, side by side; exit code 1 when a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs=2, default=SIZES)
    arguments.add_argument("--rounds", type=int, default=20)
    given = arguments.parse_args()
    found: list[dict[str, tuple[float, float, int]]] = []
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        server = RedisServer("valkey", Path(folder) / "valkey")
        server.start()
        try:
            for size in given.sizes:
                each, index = fill(server, size)
                print(
                    f"{size} entries: {each:.0f} bytes of Redis memory an entry, {index:.0f} for the index", flush=True
                )
                found.append(asyncio.run(measure(server.url, given.rounds)))
        finally:
            server.stop()
    small, large = found
    table = Table("page of 20", *(f"{size} p50 / max ms" for size in given.sizes), "rows", "times", "goal")
    missed = 0
    for name, (_, is_goal) in filters().items():
        (a, a_max, _), (b, b_max, rows) = small[name], large[name]
        good = b <= MOST_MS and (b <= a * MOST_TIMES or b - a <= NOISE_MS)
        missed += is_goal and not good
        said = "-" if not is_goal else "met" if good else "MISSED"
        table.add_row(name, f"{a:.1f} / {a_max:.1f}", f"{b:.1f} / {b_max:.1f}", str(rows), f"{b / a:.2f}", said)
    Console().print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.tampering`: 20 kinds at 100 places, 1,000 clean logs, and `--entries N` through verify."""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import sys
import tempfile
import time
from pathlib import Path

import structlog

from bot.redis_store import background_client
from tests.fakes import ManualClock
from tests.servers import RedisServer
from tests.tampering.kinds import KINDS
from tests.tampering.rounds import clean_run, tamper
from tests.tampering.stage import Stage
from tests.tampering.workshop import Workshop


def main() -> int:
    """Exit code 0 when all was found, at its place, and no clean log raised an alarm."""
    parser = argparse.ArgumentParser(prog="python -m tests.tampering", description=__doc__)
    parser.add_argument("--places", type=int, default=100, help="places a kind")
    parser.add_argument("--clean", type=int, default=1000, help="clean logs")
    parser.add_argument("--entries", type=int, default=0, help="verify a log of so many entries instead")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        server = RedisServer("redis", Path(folder) / "redis")
        server.start()
        try:
            if given.entries:
                return asyncio.run(long_log(server.url, Path(folder), given.entries))
            return asyncio.run(rounds(server.url, Path(folder), given.places, given.clean))
        finally:
            server.stop()


async def rounds(url: str, folder: Path, places: int, clean: int) -> int:
    """Every kind at every place, then the clean logs."""
    redis = background_client(url)
    stage = Stage(Workshop(redis, folder / "archive", ManualClock(time.time())))
    await stage.build()
    bad = 0
    for kind in KINDS:
        results = [result async for result in tamper(stage, kind, range(places))]
        found, placed = sum(each.is_found for each in results), sum(each.is_placed for each in results)
        print(f"{kind.name:36} {found:4} of {len(results)} found, {placed:4} at the right place", flush=True)
        missed = [each for each in results if not each.is_placed]
        bad += len(missed)
        for each in missed[:3]:
            print(f"    {each}")
    alarms = 0
    for seed in range(clean):
        result = await clean_run(redis, folder / f"clean-{seed}", seed, time.time())
        if result.exit_code == 1:
            alarms += 1
            print(f"    clean log {seed}: {result.wrong[0].as_json()}")
    print(f"{'clean logs':36} {clean:4} verified, {alarms} false alarms")
    await redis.aclose()
    return 1 if bad or alarms else 0


async def long_log(url: str, folder: Path, entries: int) -> int:
    """How fast verify reads, and how much memory it needs, at a tenth of the entries and at all of them."""
    redis = background_client(url)
    workshop = Workshop(redis, folder / "archive", ManualClock(time.time()), writers=3)
    written = 0
    bad = 0
    for target in (entries // 10, entries):
        while written < target:
            step = min(2500, (target - written) // 2)
            await workshop.answer(step, batch=384)
            written += 2 * step
            await workshop.seal()
        before = resource.getrusage(resource.RUSAGE_SELF)
        started = time.perf_counter()
        found = await workshop.verify()
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF)
        unit = 1 if sys.platform == "darwin" else 1024
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        count = found.counts["entries"]
        print(
            f"{count} entries in {seconds:.1f} s ({count / seconds:.0f}/s; {count / cpu:.0f}/s of CPU time): "
            f"{found.verdict}; most memory so far {after.ru_maxrss * unit / 2**20:.0f} MiB",
            flush=True,
        )
        bad += found.exit_code
    await redis.aclose()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""`make faults`: kill, cut and starve what holds the audit log, round after round, and count what was lost.

Exit code 0: nothing lost, nothing doubled, every chain whole, answers in time; 1: something of it is not so.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.faults.crashes import ROUNDS, Tally, run_round

DEFAULT = "bot=200,redis=200,both=100,power=50,disk=50,replies=1000,answers=1,sigterm=5"
MOST_SHOWN = 20
console = Console()


def wanted(text: str) -> dict[str, int]:
    """Read "bot=200,redis=200"."""
    from tests.faults.links import LINKS

    counts: dict[str, int] = {}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        if name not in (*ROUNDS, *LINKS) or not number.isdigit():
            raise argparse.ArgumentTypeError(f"write name=count of {', '.join((*ROUNDS, *LINKS))}")
        counts[name] = int(number)
    return counts


def main() -> int:
    """Run the rounds that are asked for and print what came of them."""
    from tests.faults.links import LINKS

    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Break what holds the audit log.")
    parser.add_argument("--rounds", type=wanted, default=wanted(DEFAULT), help=f"how many of each; {DEFAULT}")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="play the same rounds again")
    chosen = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    console.print(f"seed {chosen.seed}")
    table = Table("", "rounds", "acknowledged", "refused", "lost", "doubled", "chain faults", "seconds", box=None)
    faults: list[str] = []
    clean = True
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        for name, count in chosen.rounds.items():
            tally, started = Tally(), time.monotonic()
            if name in ROUNDS:
                _crash(name, count, chosen.seed, Path(folder), tally)
            elif count:
                asyncio.run(LINKS[name](Path(folder), count, tally))
            table.add_row(
                name,
                *map(str, (tally.rounds, tally.acknowledged, tally.refused, tally.lost, tally.doubled)),
                str(len(tally.faults)),
                f"{time.monotonic() - started:.0f}",
            )
            console.print(f"{name}: {'clean' if tally.is_clean else 'NOT clean'} after {tally.rounds}")
            for note, times in tally.notes.items():
                console.print(f"  {note}" + (f" x {times}" if times > 1 else ""))
            faults += tally.faults
            clean &= tally.is_clean
    console.print(table)
    for fault in faults[:MOST_SHOWN]:
        console.print(fault)
    return 0 if clean else 1


def _crash(name: str, count: int, seed: int, folder: Path, tally: Tally) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=count)
        for number in range(count):
            run_round(name, number, seed, folder, tally)
            bar.advance(task)
            if not console.is_terminal and number % 50 == 49:
                console.print(f"{name} {number + 1}/{count}: {tally.lost} lost, {tally.doubled} doubled")


if __name__ == "__main__":
    sys.exit(main())

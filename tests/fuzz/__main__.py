"""Fuzz the understanding of messages: `python -m tests.fuzz --inputs 1000000`, `python -m tests.fuzz --guided`.

Random inputs until their number or the seconds are used up, whichever comes first; with `--guided`, inputs bred for
new coverage in a process of their own, each kept one then tried again here at full speed. Prints figures and leaves
with 1 when anything raised, invented a name or cost more CPU than the limit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from knowledge.vocabulary import load_vocabulary
from tests.fuzz.inputs import SURFACES, Input, Maker
from tests.fuzz.trying import LIMIT_MS, Trier


def main(arguments: list[str] | None = None) -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the understanding of messages.")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many random inputs (default 1,000,000)")
    parser.add_argument("--seconds", type=float, default=None, help="stop after this long (guided: default 1800)")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random inputs")
    parser.add_argument("--guided", action="store_true", help="breed inputs by coverage instead")
    parser.add_argument("--corpus", type=Path, default=None, help="folder that keeps the guided inputs")
    parser.add_argument("--limit-ms", type=float, default=LIMIT_MS, help="CPU time an input may cost (default 10)")
    chosen = parser.parse_args(arguments)
    trier = Trier(load_vocabulary(), chosen.limit_ms)
    started = time.monotonic()
    if chosen.guided:
        with tempfile.TemporaryDirectory() as folder:
            _guide(trier, chosen.corpus or Path(folder), chosen.seconds or 1800.0, chosen.seed)
    else:
        maker = Maker(chosen.seed, load_vocabulary())
        ends = started + chosen.seconds if chosen.seconds else None
        while trier.findings.tried < chosen.inputs and (ends is None or time.monotonic() < ends):
            trier.attempt(maker.make())
    return _report(trier, time.monotonic() - started)


def _guide(trier: Trier, corpus: Path, seconds: float, seed: int) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.guided", str(corpus), str(seconds), str(seed)]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="")
    for number, file in enumerate(sorted(corpus.iterdir())):
        text = file.read_bytes().decode("utf-8", "replace")
        trier.attempt(Input(text, SURFACES[number % len(SURFACES)]))


def _report(trier: Trier, seconds: float) -> int:
    found = trier.settle()
    for kind, inputs in (("raised", found.failed), ("invented a name", found.invented), ("too slow", found.slow)):
        for one in inputs[:10]:
            print(f"{kind}: {one[:600]}")
    worst = f"worst {found.worst_ms:.2f} ms ({found.worst_length} characters)"
    print(
        f"{found.tried:,} inputs in {seconds:.0f} s: {len(found.failed)} raised, {len(found.invented)} invented, "
        f"{len(found.slow)} over {trier.limit_ms:g} ms CPU ({found.over_at_first} at first); {worst}"
    )
    return 0 if found.clean else 1


if __name__ == "__main__":
    sys.exit(main())

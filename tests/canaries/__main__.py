"""The whole round: `python -m tests.canaries --notes 5000`. Leaves with 1 when anything of a note was found."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.canaries.notes import make_notes
from tests.canaries.rounds import run


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(prog="python -m tests.canaries", description=__doc__)
    parser.add_argument("--notes", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        done = asyncio.run(run(make_notes(chosen.notes, chosen.seed), Path(folder)))
    print(
        f"{chosen.notes} notes in {time.monotonic() - began:.0f} s: "
        + ", ".join(f"{k} {v}" for k, v in done.sent.items())
    )
    print(f"{done.crashes} crashes on purpose")
    for name, size in sorted(done.heaps.items()):
        print(f"  searched {size:>12,} bytes: {name}")
    print(f"found: {len(done.found)}")
    for each in done.found[:50]:
        print(f"  {each}")
    return 1 if done.found else 0


if __name__ == "__main__":
    sys.exit(main())

"""`make exhaustive`: the ten safety rules over every question, each pair of kidney function, reported susceptibility,
allergy and intent whole at every mechanism and site. Prints what was asked; exit code 1 when anything is broken.

The product of all four at once is some 25 million questions. They are factored by pairs because an allergy only marks
regimens, a report removes or marks its own antimicrobial, kidney function chooses doses and an intent chooses sections;
a sample of the whole product with a fixed seed looks for what the pairs would miss.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from itertools import islice, product

from handlers.responding import still_missing
from knowledge.answer import Answer
from knowledge.base import KnowledgeBase
from knowledge.terms import Mechanism, Site
from tests.exhaustive.questions import band_edges, blocks, reports
from tests.knowledge.rules import broken

MOST_SHOWN = 20
_loaded: list[KnowledgeBase] = []


def _load() -> None:
    _loaded.append(KnowledgeBase.load())


def run(asked: tuple[Mechanism, Site, int]) -> tuple[Counter[str], list[str]]:
    """Every question of one mechanism at one site, or every so manyth of them."""
    mechanism, site, every = asked
    knowledge = _loaded[0]
    counts: Counter[str] = Counter()
    faults: list[str] = []
    for name, block in blocks(knowledge.content).items():
        for question in islice(block(mechanism, site), 0, None, every):
            result = knowledge.answer(question)
            counts[name] += 1
            if still_missing(question):
                counts["asked back"] += 1
            else:
                counts["answered" if isinstance(result, Answer) else "stated not covered"] += 1
            faults += [f"{fault} in {question!r}" for fault in broken(question, result)]
    return counts, faults


def main() -> int:
    """Ask everything on two processes and print the counts."""
    parser = argparse.ArgumentParser(prog="make exhaustive", description="Hold the safety rules over every question.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="a quicker look: only every so manyth question")
    chosen = parser.parse_args()
    processes, every = chosen.processes, chosen.every
    started = time.monotonic()
    knowledge = KnowledgeBase.load()
    cells = [(mechanism, site, every) for mechanism, site in product(Mechanism, Site)]
    counts: Counter[str] = Counter()
    faults: list[str] = []
    with multiprocessing.Pool(processes, initializer=_load) as pool:
        for done, (counted, found) in enumerate(pool.imap_unordered(run, cells), 1):
            counts += counted
            faults += found
            so_far = f"{done} of {len(cells)} cells, {len(faults)} broken rules"
            print(f"\r{so_far}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    outcomes = ("answered", "stated not covered", "asked back")
    asked = sum(counts[one] for one in outcomes)
    print(f"edition {knowledge.edition.id}, digest {knowledge.digest[:12]}")
    print(f"{len(cells)} cells: {len(Mechanism)} mechanisms x {len(Site)} sites")
    print(f"{len(band_edges(knowledge.content))} kidney functions, {len(reports(knowledge.content))} reports")
    for name, count in counts.items():
        if name not in outcomes:
            print(f"{count:>9,} {name}")
    print(f"{asked:>9,} questions: " + ", ".join(f"{counts[one]:,} {one}" for one in outcomes))
    if every > 1:
        print(f"          only every {every}th question of each block was asked")
    print(f"{len(faults):>9,} broken rules; {time.monotonic() - started:.0f} s on {processes} processes")
    for fault in faults[:MOST_SHOWN]:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

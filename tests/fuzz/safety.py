"""Count what must not happen over labelled and generated messages: `python -m tests.fuzz.safety --messages 20000`."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from handlers.parsed import Context
from handlers.understanding import understand
from knowledge.terms import Mechanism, Site
from knowledge.vocabulary import load_vocabulary
from tests.fuzz.inputs import QUERIES
from tests.fuzz.notes import Note, make_note

MOST_NEEDLESS = 0.03


@dataclass(slots=True)
class Counts:
    """The messages read, and those read dangerously or asked about without need."""

    messages: int = 0
    needless_questions: int = 0
    wrong_mechanism: list[str] = field(default_factory=list)
    wrong_antimicrobial: list[str] = field(default_factory=list)
    missed_negation: list[str] = field(default_factory=list)
    missed_dialysis: list[str] = field(default_factory=list)

    @property
    def safe(self) -> bool:
        """Nothing dangerous, and few needless questions."""
        dangers = (self.wrong_mechanism, self.wrong_antimicrobial, self.missed_negation, self.missed_dialysis)
        return not any(dangers) and self.needless_questions <= MOST_NEEDLESS * self.messages

    def __str__(self) -> str:
        share = self.needless_questions / max(1, self.messages)
        return (
            f"{self.messages:,} messages: wrong mechanism {len(self.wrong_mechanism)}, wrong antimicrobial "
            f"{len(self.wrong_antimicrobial)}, missed negation {len(self.missed_negation)}, dialysis missed "
            f"{len(self.missed_dialysis)}, needless questions {self.needless_questions} ({share:.2%})"
        )


def labelled() -> Iterator[Note]:
    """Every labelled message."""
    for file in sorted(QUERIES.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            if line:
                row = json.loads(line)
                context = tuple(row["context"].get("mechanisms", ())), tuple(row["context"].get("sites", ()))
                yield Note(row["text"], row["expect"], (), row["surface"], context)


def count(messages: int, seed: int = 20260101) -> Counts:
    """Read all labelled messages, and generated ones up to the number asked for."""
    counts, vocabulary, rng = Counts(), load_vocabulary(), random.Random(seed)  # noqa: S311  # repeatable, no secret
    notes = list(labelled())
    notes += [make_note(rng) for _ in range(max(0, messages - len(notes)))]
    for note in notes:
        mechanisms, sites = note.context
        context = Context(tuple(map(Mechanism, mechanisms)), tuple(map(Site, sites)))
        parsed = understand(note.text, note.surface, context, vocabulary)
        got, want = parsed.flat(), note.want
        counts.messages += 1
        if set(got["mechanisms"]) - set(want["mechanisms"]):
            counts.wrong_mechanism.append(note.text)
        if any(set(got[key]) - set(want[key]) for key in ("resistant", "susceptible")):
            counts.wrong_antimicrobial.append(note.text)
        if {*got["mechanisms"], *got["sites"]} & set(note.absent):
            counts.missed_negation.append(note.text)
        if "dialysis" in (want["renal"] or {}) and got["renal"] != want["renal"]:
            counts.missed_dialysis.append(note.text)
        answerable = not want.get("must_ask") and want["intent"] not in ("help", "out_of_scope")
        counts.needless_questions += answerable and bool(got["must_ask"] or parsed.doubts)
    return counts


def main(arguments: list[str] | None = None) -> int:
    """Print the counts, with some of the messages behind them."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.safety", description="Count dangerous readings.")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20260101)
    chosen = parser.parse_args(arguments)
    counts = count(chosen.messages, chosen.seed)
    for name in ("wrong_mechanism", "wrong_antimicrobial", "missed_negation", "missed_dialysis"):
        for text in getattr(counts, name)[:5]:
            print(f"{name}: {text!r}")
    print(counts)
    return 0 if counts.safe else 1


if __name__ == "__main__":
    sys.exit(main())

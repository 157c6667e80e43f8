"""Inputs to try: changed labelled messages, shuffled vocabulary, Unicode junk, and long strings of all of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from handlers.parsed import Context
from knowledge.terms import Mechanism, Site
from knowledge.vocabulary import Vocabulary

QUERIES = Path(__file__).parents[1] / "queries"
LONGEST = 6000
SURFACES = ("slash", "mention", "followup")
NOTHING_SETTLED = Context()
GLUE = (
    *(" ", " ", " ", ", ", ". ", ": ", "; ", "-", " - ", "+", "/", "\n", "?", "! ", " (", ") ", "|", "\t", "=", "#"),
    *("&amp;", "&lt;", "&gt;", "<@U1>", "<", ">", "~", "*", "_", "`", "->", "12", " 3.5 ", "'", '"', ":x:", "..", ""),
)
JUNK = (
    *("\u200b", "\u202e", "\u0301", "\ufeff", "\u00ad", "\u2028", "\u3000", "\x00", "\ud800", "\U0001f600", "\ufdfa"),
    *("\u0130", "\u1e9e", "\ufb03", "\u2474", "\u0345", "\u1f52", "\uff21", "\u0660", "\u2212", "\u2705", "\u00b1"),
)


@dataclass(frozen=True, slots=True)
class Input:
    """One message with where it was typed and what its thread has settled."""

    text: str
    surface: str = "mention"
    context: Context = NOTHING_SETTLED


@lru_cache(maxsize=1)
def labelled_texts() -> tuple[str, ...]:
    """The texts of every labelled message."""
    lines = [line for file in sorted(QUERIES.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines() if line]
    return tuple(json.loads(line)["text"] for line in lines)


class Maker:
    """Makes inputs from a seed: the same seed gives the same inputs."""

    def __init__(self, seed: int, vocabulary: Vocabulary) -> None:
        self._rng = random.Random(seed)  # noqa: S311  # a repeatable sequence, no secret
        self._forms = tuple(form for term in vocabulary.terms for form in term.forms)
        self._texts = labelled_texts()

    def make(self) -> Input:
        """The next input."""
        rng = self._rng
        kind = rng.random()
        if kind < 0.55:
            text = self.changed(rng.choice(self._texts))
        elif kind < 0.85:
            text = self._shuffled(rng.randint(1, 30))
        elif kind < 0.97:
            text = self._junk(rng.randint(0, 200))
        else:
            text = self._long()
        return Input(text, rng.choice(SURFACES), self._context())

    def changed(self, text: str) -> str:
        """A text after one to eight changes."""
        rng = self._rng
        for _ in range(rng.randint(1, 8)):
            here = rng.randint(0, len(text))
            there = min(len(text), here + rng.randint(1, 6))
            change = rng.randrange(9)
            if change == 0:
                text = text[:here] + text[there:]
            elif change == 1:
                text = text[:here] + rng.choice(GLUE) + text[here:]
            elif change == 2:
                text = text[:here] + rng.choice(JUNK) + text[here:]
            elif change == 3:
                text = text[:here] + rng.choice(self._forms) + text[there:]
            elif change == 4:
                text = text[:here] + text[here:there][::-1] + text[there:]
            elif change == 5:
                text = text[:here] + text[here:there].swapcase() + text[there:]
            elif change == 6:
                other = rng.choice(self._texts)
                text = text[:here] + other[rng.randint(0, len(other)) :]
            elif change == 7:
                text = text[:here] + text[here:there] * rng.randint(2, 5) + text[there:]
            else:
                words = text.split(" ")
                rng.shuffle(words)
                text = " ".join(words)
        return text[:LONGEST]

    def _shuffled(self, count: int) -> str:
        rng = self._rng
        return "".join(rng.choice(self._forms) + rng.choice(GLUE) for _ in range(count))

    def _junk(self, count: int) -> str:
        rng = self._rng
        pools: tuple[Callable[[], str], ...] = (
            lambda: chr(rng.randrange(32, 127)),
            lambda: chr(rng.randrange(0x110000)),
            lambda: rng.choice(JUNK),
            lambda: rng.choice(GLUE),
            lambda: chr(rng.randrange(0x80, 0x3000)),
        )
        some = rng.sample(pools, rng.randint(1, 3))
        return "".join(rng.choice(some)() for _ in range(count))[:LONGEST]

    def _long(self) -> str:
        rng = self._rng
        length = rng.choice((3990, 4000, 5000, LONGEST, rng.randint(300, LONGEST)))
        kind = rng.randrange(6)
        if kind == 0:
            unit = self._shuffled(rng.randint(1, 4))
        elif kind == 1:
            unit = self._junk(rng.randint(1, 12))
        elif kind == 2:
            unit = self.changed(rng.choice(self._texts))
        elif kind == 3:
            unit = rng.choice((rng.choice(GLUE), rng.choice(JUNK), rng.choice("aAkK0<>&~:+-,.")))
        elif kind == 4:
            return "".join(self._shuffled(1) for _ in range(length // 8))[:length]
        else:
            letters = "abcdefghiklmnoprstuvw"
            size = rng.randint(3, 24)
            words = ("".join(rng.choice(letters) for _ in range(size)) for _ in range(length // size + 1))
            return " ".join(words)[:length]
        return (unit * (length // max(1, len(unit)) + 1))[:length] if unit else unit

    def _context(self) -> Context:
        rng = self._rng
        if rng.random() < 0.6:
            return NOTHING_SETTLED
        return Context(
            tuple(rng.sample(tuple(Mechanism), rng.randint(0, 2))), tuple(rng.sample(tuple(Site), rng.randint(0, 2)))
        )

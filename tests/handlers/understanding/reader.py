"""Short ways to read a message in a test."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from handlers.parsed import Context, Parsed
from handlers.understanding import understand
from knowledge.terms import Mechanism, Site
from knowledge.vocabulary import Vocabulary, load_vocabulary


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The shipped vocabulary, loaded once."""
    return load_vocabulary()


def read(text: str, surface: str = "mention", mechanisms: tuple[str, ...] = (), sites: tuple[str, ...] = ()) -> Parsed:
    """Understand a text, with a thread's context where given."""
    context = Context(tuple(Mechanism(m) for m in mechanisms), tuple(Site(s) for s in sites))
    return understand(text, surface, context, vocabulary())


def flat(text: str) -> dict[str, Any]:
    """The nine flat fields of a text, lists as sorted tuples so that order does not matter."""
    return {k: tuple(sorted(v)) if isinstance(v, list) else v for k, v in read(text).flat().items()}

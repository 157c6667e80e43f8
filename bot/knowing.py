"""Loading what is known: content and vocabulary together, so that the faults of both are named at once."""

from __future__ import annotations

from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.vocabulary import Vocabulary, load_vocabulary


def load_known(folder: Path | None = None) -> tuple[KnowledgeBase, Vocabulary]:
    """From a data folder (default: the shipped one); raises KnowledgeDataError with every fault."""
    base: KnowledgeBase | None = None
    vocabulary: Vocabulary | None = None
    faults: list[str] = []
    try:
        base = KnowledgeBase.load(folder)
    except KnowledgeDataError as error:
        faults.extend(error.faults)
    try:
        vocabulary = load_vocabulary(folder / "vocabulary" if folder else None)
    except KnowledgeDataError as error:
        faults.extend(error.faults)
    if base is None or vocabulary is None:
        raise KnowledgeDataError(tuple(faults))
    return base, vocabulary

"""Every fault of a data folder in one go: content, vocabulary, and what the one says of the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from knowledge.content import Content
from knowledge.errors import KnowledgeDataError
from knowledge.files import VOCABULARY_FOLDER, DataFiles, content_digest
from knowledge.loading import load_content
from knowledge.recorded import edits
from knowledge.vocabulary import Kind, Vocabulary, load_vocabulary


def check(folder: Path | DataFiles | None = None, *, edited: bool = False) -> tuple[Content, Vocabulary]:
    """The content and vocabulary of a folder; raises KnowledgeDataError with every fault of both.

    A file that is not as recorded is a fault too, unless `edited`.
    """
    files = DataFiles.of(folder)
    content: Content | None = None
    vocabulary: Vocabulary | None = None
    faults: list[str] = []
    try:
        content = load_content(files)
    except KnowledgeDataError as error:
        faults += error.faults
    try:
        vocabulary = load_vocabulary(files, edited=True)
    except KnowledgeDataError as error:
        faults += error.faults
    if content is not None and vocabulary is not None:
        faults += _between(content, vocabulary)
    if not edited:
        faults += [edit.fault for edit in edits(files)]
    if faults or content is None or vocabulary is None:
        raise KnowledgeDataError(tuple(faults))
    return content, vocabulary


def sound(folder: Path | DataFiles | None, content: Content) -> str:
    """What was found sound, in one sentence."""
    rows = sum(len(drug.renal.rows) for drug in content.antimicrobials)
    return (
        f"Sound: edition {content.edition.id}, {len(content.antimicrobials)} antimicrobials with {rows} kidney rows, "
        f"{len(content.rows)} rows of recommendations, {len(content.rules)} safety rules, "
        f"{len(content.sources)} sources, digest {content_digest(folder)[:12]}."
    )


def _between(content: Content, vocabulary: Vocabulary) -> Iterator[str]:
    known = {drug.id for drug in content.antimicrobials}
    words = vocabulary.of(Kind.ANTIMICROBIAL)
    for one in sorted({term.id for term in words} - known):
        yield f'{VOCABULARY_FOLDER}/: antimicrobial "{one}": has no file in antimicrobials/: add one or correct the id'
    for term in vocabulary.terms:
        for one in sorted(set(term.candidates) - known):
            yield f'{VOCABULARY_FOLDER}/: {term.kind} {term.id}: candidates: "{one}" has no file: add one or correct it'
    for drug in content.antimicrobials:
        if not drug.components and drug.id not in {term.id for term in words}:
            yield (
                f"antimicrobials/{drug.id}.toml: id: nobody can ask for it: "
                f"add [[antimicrobial]] with its words to {VOCABULARY_FOLDER}/antimicrobials.toml"
            )

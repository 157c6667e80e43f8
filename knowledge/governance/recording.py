"""Recording edited content: the step between a change that was looked at and its signature."""

from __future__ import annotations

from pathlib import Path

from knowledge.files import RECORD, DataFiles
from knowledge.governance.checking import check
from knowledge.recorded import Difference, Edit, edits, write_record

_WORDS = {Difference.CHANGED: "changed", Difference.ADDED: "new", Difference.MISSING: "gone"}


def record(folder: Path | None = None) -> tuple[Edit, ...]:
    """Record every file as it is now; what differed from the record before, so nothing when it was right.

    Raises KnowledgeDataError, and records nothing, when the content has any other fault; OSError when the list can't be
    written.
    """
    files = DataFiles.of(folder)
    check(files, edited=True)
    found = edits(files)
    if found:
        write_record(files)
    return found


def told(edit: Edit) -> str:
    """One file and how it differs, in a few words."""
    return f"{_WORDS.get(edit.difference, edit.place or 'missing')}: {edit.file}"


def edition_advice(found: tuple[Edit, ...]) -> str:
    """What to mind when content was changed under the number of another edition; empty when nothing is."""
    files = {edit.file for edit in found}
    if not files or "edition.toml" in files or RECORD in files:
        return ""
    return "edition.toml is as before: give changed content a number and dates of its own before it is signed."

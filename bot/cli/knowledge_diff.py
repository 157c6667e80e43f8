"""`knowledge diff A B`: the clinical changes between two data folders, for the pharmacist who signs."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import orjson
from rich.text import Text

from bot.cli.console import BAD_USAGE, FAILED, OK, out, show_faults
from bot.cli.knowledge_reading import placed, tell_edits
from knowledge.content import Content
from knowledge.errors import KnowledgeDataError
from knowledge.files import DataFiles
from knowledge.governance.changes import Change, changes, vocabulary_changes
from knowledge.governance.checking import check
from knowledge.recorded import edits
from knowledge.vocabulary import Vocabulary

SAME_NUMBER = (
    "Both have the same edition number: give the changed content a number and date of its own in edition.toml."
)
NOT_CONTENT = "Nothing that is shown or understood changed; the files differ in comments, order or spacing only."


def show_changes(before: Path, after: Path, *, as_json: bool) -> int:
    """Every change in words; exit code 0 for none, 1 for some, 2 when a folder can't be read."""
    loaded: list[tuple[Content, Vocabulary]] = []
    read = (DataFiles.of(before), DataFiles.of(after))
    for folder, files in zip((before, after), read, strict=True):
        try:
            loaded.append(check(files, edited=True))
        except KnowledgeDataError as error:
            faults = [placed(fault) for fault in error.faults]
            show_faults(f"{folder} cannot be compared: mend its faults first.", faults)
    if len(loaded) < 2:
        return BAD_USAGE
    (old, old_words), (new, new_words) = loaded
    found = (*changes(old, new), *vocabulary_changes(old_words, new_words, new))
    digests = (read[0].digest, read[1].digest)
    for word, files in (("A", read[0]), ("B", read[1])):
        if files.record is not None:  # older editions were kept without one
            tell_edits(edits(files), f"{word}: ")
    if as_json:
        _write(old, new, digests, found)
        return FAILED if found else OK
    for word, content, digest in (("From", old, digests[0]), ("To", new, digests[1])):
        edition = content.edition
        told = f"{word:<5}edition {edition.id}, compiled {edition.compiled_on}, digest {digest[:12]}"
        out.print(Text(told, style="bold"), soft_wrap=True)
    for section, each in groupby(found, key=lambda change: change.section):
        out.print(Text(f"\n{section}", style="bold"))
        for change in each:
            out.print(Text(f"- {change.text}"), Text(f"  [{change.file}]", style="dim"), soft_wrap=True, sep="")
    if not found:
        out.print("\nNo change." if digests[0] == digests[1] else f"\n{NOT_CONTENT}")
        return OK
    count = len(found)
    out.print(f"\n{count} change{'s' if count != 1 else ''}. Check each against its source before you sign.")
    if old.edition.id == new.edition.id:
        out.print(Text(SAME_NUMBER, style="yellow"), soft_wrap=True)
    return FAILED


def _write(old: Content, new: Content, digests: tuple[str, str], found: tuple[Change, ...]) -> None:
    told = {
        "from": {"edition": old.edition.id, "digest": digests[0]},
        "to": {"edition": new.edition.id, "digest": digests[1]},
        "changes": [{"section": c.section, "file": c.file, "text": c.text} for c in found],
    }
    sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()

"""`python -m knowledge check [DIR]`: the clinician's own proof that the data is sound; `record`; `schema`.

Needs pydantic only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from knowledge.errors import KnowledgeDataError
from knowledge.files import RECORD, content_digest
from knowledge.governance.checking import check, sound
from knowledge.governance.recording import edition_advice, record, told
from knowledge.schema import printed


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when the data is sound, 1 when it has faults, 2 for bad usage."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description="Look after the clinical content.")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="name every fault with its file, key and remedy")
    checking.add_argument("folder", nargs="?", type=Path, help="a data folder (default: the shipped one)")
    recording = commands.add_parser("record", help="record the files as they are now, after check and diff")
    recording.add_argument("folder", nargs="?", type=Path, help="a data folder (default: the shipped one)")
    commands.add_parser("schema", help="print the JSON Schema of a question and of what comes back")
    asked = parser.parse_args(arguments)
    if asked.command == "schema":
        print(printed(), end="")
        return 0
    folder = asked.folder
    try:
        if asked.command == "record":
            return _record(folder)
        content, _ = check(folder)
    except KnowledgeDataError as error:
        print(error, file=sys.stderr)
        return 1
    print(sound(folder, content))
    return 0


def _record(folder: Path | None) -> int:
    try:
        found = record(folder)
    except OSError as error:
        print(f"Not recorded: {RECORD} can't be written ({error.strerror}): check the folder's rights", file=sys.stderr)
        return 1
    for edit in found:
        print(f"- {told(edit)}")
    print(f"Recorded, digest {content_digest(folder)[:12]}." if found else "Nothing to record.")
    if advice := edition_advice(found):
        print(advice)
    return 0


if __name__ == "__main__":
    sys.exit(main())

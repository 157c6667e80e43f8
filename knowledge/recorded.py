"""Whether a data folder is as it was recorded: `SHA256SUMS` in it holds the digest of every data file.

TOML cannot tell another digit from a right one, so what nobody recorded is refused, however well it reads. The list has
the form of `sha256sum`: `sha256sum --check SHA256SUMS` in the folder says the same.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from knowledge.files import RECORD, DataFiles

_LINE = re.compile(r"([0-9a-f]{64})  ([!-~](?:[ -~]*[!-~])?)")
_REMEDY = "or, if this is meant, `cre-bot knowledge check`, `diff` and `record`"


class Difference(StrEnum):
    """How a file differs from the record."""

    CHANGED = "changed"
    ADDED = "added"
    MISSING = "missing"
    NO_RECORD = "no record"


@dataclass(frozen=True, slots=True)
class Edit:
    """One file that is not as recorded."""

    file: str
    difference: Difference
    place: str = ""  # within the list itself

    @property
    def fault(self) -> str:
        """With file, what is wrong and the remedy."""
        if self.difference is Difference.CHANGED:
            return f"{self.file}: is not as recorded in {RECORD}: put the recorded file back {_REMEDY}"
        if self.difference is Difference.ADDED:
            return f"{self.file}: is not recorded in {RECORD}: remove it {_REMEDY}"
        if self.difference is Difference.MISSING:
            return f"{self.file}: is recorded in {RECORD} and missing: put it back {_REMEDY}"
        return f"{self.file}: {self.place or 'missing'}: put the recorded list back {_REMEDY}"


def edits(files: DataFiles) -> tuple[Edit, ...]:
    """Every file that is changed, added or missing against the record, and every fault of the record; none is right."""
    if files.record is None:
        return (Edit(RECORD, Difference.NO_RECORD),)
    recorded, faults = _recorded(files.record)
    found = list(faults)
    for name in sorted({*recorded, *files.names}):
        if name not in files:
            found.append(Edit(name, Difference.MISSING))
        elif name not in recorded:
            found.append(Edit(name, Difference.ADDED))
        elif name in files.bodies and hashlib.sha256(files.bodies[name]).hexdigest() != recorded[name]:
            found.append(Edit(name, Difference.CHANGED))
    return tuple(found)


def write_record(files: DataFiles) -> Path:
    """Record these files as they are, whatever they hold: `knowledge.governance.recording` looks first."""
    path = files.base / RECORD
    fresh = path.with_name(f".{RECORD}.new")
    lines = (f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in files.bodies.items())
    fresh.write_bytes("".join(lines).encode())
    os.replace(fresh, path)
    return path


def _recorded(body: bytes) -> tuple[dict[str, str], tuple[Edit, ...]]:
    recorded: dict[str, str] = {}
    faults: list[Edit] = []
    for place in _lines(body):
        number, line = place
        fits = _LINE.fullmatch(line)
        if fits is None:
            faults.append(Edit(RECORD, Difference.NO_RECORD, f"line {number} is no digest, two spaces and a file name"))
        elif fits[2] in recorded:
            faults.append(Edit(RECORD, Difference.NO_RECORD, f"line {number} names {fits[2]} again"))
        else:
            recorded[fits[2]] = fits[1]
    return recorded, tuple(faults)


def _lines(body: bytes) -> Iterator[tuple[int, str]]:
    """Numbered lines; what follows the last line break is one too, so that a lost line break is seen."""
    *lines, rest = body.decode("ascii", errors="replace").split("\n")
    yield from enumerate(lines, 1)
    if rest or not lines:
        yield len(lines) + 1, f"{rest} "

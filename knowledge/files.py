"""The files of a data folder, read once into memory: what is checked, hashed and shown are the very same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

DATA_FOLDER = Path(__file__).parent / "data"
VOCABULARY_FOLDER = "vocabulary"  # what clinicians type: read by the parser, part of the digest
SIGN_OFF_FOLDER = "signoffs"  # records about a digest, so never part of it
RECORD = "SHA256SUMS"  # the recorded digest of every data file, so not one of them
_DOCUMENTS = (".md",)


@dataclass(frozen=True, slots=True)
class DataFiles:
    """Every data file of a folder by its name there ("facts/testing.toml"), sorted; guides and sign-offs are none."""

    base: Path
    bodies: Mapping[str, bytes]
    unreadable: Mapping[str, str]  # name to the reason, in the system's words
    record: bytes | None  # the list of recorded digests; None when there is none

    @classmethod
    def of(cls, folder: Path | DataFiles | None = None) -> DataFiles:
        """Read a folder (default: the shipped data). What can't be read is kept with its reason and never raised."""
        if isinstance(folder, DataFiles):
            return folder
        base = folder or DATA_FOLDER
        bodies: dict[str, bytes] = {}
        unreadable: dict[str, str] = {}
        for name in sorted(_names(base)):
            try:
                bodies[name] = (base / name).read_bytes()
            except OSError as error:
                unreadable[name] = error.strerror or type(error).__name__
        try:
            record: bytes | None = (base / RECORD).read_bytes()
        except OSError:
            record = None
        return cls(base, bodies, unreadable, record)

    def __contains__(self, name: str) -> bool:
        return name in self.bodies or name in self.unreadable

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, also of what can't be read."""
        return tuple(sorted({*self.bodies, *self.unreadable}))

    def within(self, folder: str) -> tuple[str, ...]:
        """The TOML files that lie directly in a folder of the folder."""
        return tuple(n for n in self.names if n.rpartition("/")[0] == folder and n.endswith(".toml"))

    @property
    def digest(self) -> str:
        """SHA-256 over the name and bytes of every file in sorted order; any change gives another digest."""
        digest = hashlib.sha256()
        for name, body in self.bodies.items():
            coded = name.encode()
            digest.update(b"%d:%s%d:%s" % (len(coded), coded, len(body), body))
        return digest.hexdigest()


def content_digest(folder: Path | DataFiles | None = None) -> str:
    """The digest of a folder as it is now (default: the shipped data)."""
    return DataFiles.of(folder).digest


def _names(base: Path) -> Iterator[str]:
    for path in base.rglob("*"):
        name = path.relative_to(base)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if hidden or name.parts[0] == SIGN_OFF_FOLDER or name.suffix in _DOCUMENTS or name.as_posix() == RECORD:
            continue
        if path.is_file():
            yield name.as_posix()

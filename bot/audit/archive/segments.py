"""`Archive`: the folder of sealed segments, their digests, and every payload once.

A number is taken by making its digest with `link`, which never replaces; files are written whole and made durable
before they get their name. Folders of 10,000 numbers keep any one of them small over the years.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.audit.archive.digests import FIRST_LINK, BadDigestError, Digest, read_digest, sha256
from bot.audit.chain import sync_folder
from bot.audit.rows import Line, parse_line

FOLDER = "archive"
HOLD = "HOLD"
_EACH_FOLDER = 10_000
_FOLDER = re.compile(r"[0-9]{6}")
_DIGEST = re.compile(r"seg-([0-9]{9})\.digest")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ArchiveError(Exception):
    """The archive can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest digest and the SHA-256 of its file; nothing before the first."""

    digest: Digest | None = None
    sha256: str = FIRST_LINK

    @property
    def number(self) -> int:
        """Its number; 0 before the first."""
        return self.digest.n if self.digest else 0


class Archive:
    """Segments `seg-N.jsonl` with `seg-N.digest`, from 1, and `payloads/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last = 0

    def segment(self, number: int) -> Path:
        return self._numbered(number).with_suffix(".jsonl")

    def digest(self, number: int) -> Path:
        return self._numbered(number).with_suffix(".digest")

    def payload(self, digest: str) -> Path:
        """Where the payload of that SHA-256 is kept (`gunzip -c … | sha256sum` gives it back)."""
        if not _SHA256.fullmatch(digest):
            raise ArchiveError("not a SHA-256")
        return self.folder / "payloads" / digest[:2] / f"{digest}.json.gz"

    @property
    def is_held(self) -> bool:
        """A legal hold: as long as a file HOLD lies in the folder, nothing is purged."""
        return (self.folder / HOLD).exists()

    def last_number(self) -> int:
        """The number of the newest digest; 0 when there is none."""
        if self._last and self.digest(self._last).exists():
            while self.digest(self._last + 1).exists():
                self._last += 1
        else:
            self._last = self._look()
        return self._last

    def _look(self) -> int:
        if not self.folder.is_dir():
            return 0
        for name in sorted((name for name in os.listdir(self.folder) if _FOLDER.fullmatch(name)), reverse=True):
            found = (_DIGEST.fullmatch(each) for each in os.listdir(self.folder / name))
            if number := max((int(each[1]) for each in found if each), default=0):
                return number
        return 0

    def read(self, number: int) -> tuple[Digest, str]:
        """Digest `number` and the SHA-256 of its file; raises BadDigestError, FileNotFoundError."""
        content = self.digest(number).read_bytes()
        digest = read_digest(content)
        if digest.n != number:
            raise BadDigestError(f"names itself {digest.n}")
        return digest, sha256(content)

    def newest(self) -> Newest:
        """The end of the archive; raises ArchiveError when it can't be read: a chain is not begun anew in its place."""
        number = self.last_number()
        if number == 0:
            return Newest()
        try:
            return Newest(*self.read(number))
        except (BadDigestError, OSError) as error:
            raise ArchiveError(f"digest {number} can't be read ({error}): run `cre-bot audit verify`") from None

    def lines(self, number: int) -> Iterator[Line]:
        """The lines of a segment in order; raises BadLineError, FileNotFoundError."""
        path = self.segment(number)
        with path.open("rb") as file:
            for line in file:
                yield parse_line(line[:-1] if line.endswith(b"\n") else line)

    def publish(self, digest: Digest, lines: Iterable[bytes]) -> bool:
        """Make segment and digest durable under their number; False when somebody else has taken it.

        A segment that lies there without a digest was left by a sealer that died between the two. The same content is
        taken over; another is put aside, never deleted.
        """
        folder = self.segment(digest.n).parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.digest(digest.n).exists():
            return False
        if not digest.is_empty:
            path = self.segment(digest.n)
            if not _place(path, b"".join(line + b"\n" for line in lines)) and _sha256_of(path) != digest.sha256:
                if self.digest(digest.n).exists():
                    return False
                path.rename(path.with_name(f"{path.name}.{secrets.token_hex(4)}.stray"))
                return self.publish(digest, lines)
            sync_folder(folder)
        taken = _place(self.digest(digest.n), digest.file())
        sync_folder(folder)
        return taken

    def keep_payload(self, digest: str, compressed: bytes) -> bool:
        """Keep a payload (zlib, as Redis has it); False when its bytes are not those of its digest."""
        path = self.payload(digest)
        if path.exists():
            os.utime(path)  # used again: its retention begins anew
            return True
        shown = unpacked(compressed)
        if shown is None or sha256(shown) != digest:
            return False
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _place(path, gzip.compress(shown, mtime=0))
        sync_folder(path.parent)
        return True

    def payload_content(self, digest: str) -> bytes | None:
        """What the archive has under that digest, unchecked; None when there is nothing, empty when it is damaged."""
        try:
            return gzip.decompress(self.payload(digest).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, EOFError, zlib.error):
            return b""

    def payload_bytes(self, digest: str) -> bytes | None:
        """The payload, checked; None when it is not here or is not what its name says."""
        shown = self.payload_content(digest)
        return shown if shown is not None and sha256(shown) == digest else None

    def _numbered(self, number: int) -> Path:
        return self.folder / f"{number // _EACH_FOLDER:06d}" / f"seg-{number:09d}"


def file_digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, without holding it in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size


def unpacked(compressed: bytes) -> bytes | None:
    """A payload as Redis has it (zlib); None when it is damaged."""
    try:
        return zlib.decompress(compressed)
    except zlib.error:
        return None


def _sha256_of(path: Path) -> str:
    return file_digest(path)[0]


def _place(path: Path, content: bytes) -> bool:
    """Write a file whole and durable, then give it its name unless that is taken; whether it was free."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True

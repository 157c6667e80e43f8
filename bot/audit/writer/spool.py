"""`Spool`: entries on this host's disk, durable before anything else is tried, kept until they are sealed.

Not for two threads at once: the audit writer calls it from one. A file belongs to the process that holds its lock, and
outlives that process; whoever starts next takes it over.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.audit.chain import sync_folder
from bot.audit.writer.frames import MAGIC, Content, abandonment, framed, parse
from bot.audit.writer.placing import Placed
from bot.faults import Fault, StartError

FILE_BYTES = 16 * 1024 * 1024
MOST_BYTES = 1024 * 1024 * 1024
ALARM, FULL = 0.5, 0.9
SUFFIX = ".spool"
_log = structlog.get_logger(__name__)


class SpoolError(Exception):
    """The entries are not durable here; the message is the system's error word."""


@dataclass(slots=True)
class SpoolFile:
    """One file, locked by us. `spans` says which entries of which writer are in it: first and last sequence."""

    path: Path
    descriptor: int
    size: int = 0
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    abandoned: dict[str, int] = field(default_factory=dict)

    def note(self, entries: Iterable[Placed]) -> None:
        for each in entries:
            first, last = self.spans.get(each.writer, (each.sequence, each.sequence))
            self.spans[each.writer] = (min(first, each.sequence), max(last, each.sequence))

    def is_done(self, sealed: Mapping[str, int]) -> bool:
        """Whether every entry that still counts is sealed."""
        return all(
            min(last, self.abandoned.get(writer, last)) <= sealed.get(writer, 0)
            for writer, (_, last) in self.spans.items()
        )

    def read(self) -> Content:
        """All of it, from the disk."""
        return parse(self.path.read_bytes())


class Spool:
    """The spool files of one folder that this process holds."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, file_bytes: int = FILE_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._file_bytes = file_bytes
        self._files: list[SpoolFile] = []
        self._active: SpoolFile | None = None
        self._alarmed = False
        self.fill = 0.0

    def prepare(self) -> None:
        """Make the folder and see that it can be written to. Raises StartError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open()
        except OSError as error:
            problem = f"cannot be written to: {self.folder} ({error.strerror})"
            remedy = "set CRE_SPOOL_DIR to a folder on a disk that outlives the process"
            raise StartError([Fault("CRE_SPOOL_DIR", problem, remedy)]) from None

    @property
    def held_bytes(self) -> int:
        """How much the files hold."""
        return sum(each.size for each in self._files)

    @property
    def files(self) -> int:
        return len(self._files)

    def append(self, batch: Iterable[Placed]) -> None:
        """Return once the batch is on the disk. Raises SpoolError: then it may be there or not."""
        entries = list(batch)
        frames = framed(entries)
        self._measure(len(frames))
        try:
            self._write(frames)
        except OSError:
            self._active = None  # never again to a descriptor whose write or sync failed: what it says is not true
            try:
                self._write(frames)
            except OSError as error:
                self._active = None
                raise SpoolError(errno.errorcode.get(error.errno or 0, type(error).__name__)) from None
        if self._active is not None:
            self._active.note(entries)

    def is_writable(self) -> bool:
        """Try with a new file."""
        try:
            self._measure(0)
            self._active = None
            self._open()
        except (OSError, SpoolError):
            return False
        return True

    def entries(self, writer: str, after: int, limit: int | None = None) -> list[Placed]:
        """A writer's entries above `after`, in order, each once; not those that were written again elsewhere."""
        holding = [each for each in self._files if writer in each.spans and each.spans[writer][1] > after]
        holding.sort(key=lambda each: each.spans[writer])
        found: dict[int, Placed] = {}
        for each in holding:
            last = each.abandoned.get(writer)
            for entry in each.read().entries:
                if entry.writer == writer and entry.sequence > after and (last is None or entry.sequence <= last):
                    found.setdefault(entry.sequence, entry)
            if limit is not None and len(found) >= limit:
                break
        return [found[sequence] for sequence in sorted(found)][:limit]

    def writers(self) -> list[str]:
        """Everybody who has entries here."""
        return list(dict.fromkeys(writer for each in self._files for writer in each.spans))

    def take_over(self) -> dict[Path, Content]:
        """Lock what others have left, drop torn ends; what was found in each file."""
        taken: dict[Path, Content] = {}
        held = {each.path for each in self._files}
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            if path in held or (file := _locked(path)) is None:
                continue
            content = file.read()
            if content.torn_bytes:
                os.ftruncate(file.descriptor, max(content.sound_bytes, 0))
                os.fsync(file.descriptor)
            file.size = content.sound_bytes
            file.note(content.entries)
            file.abandoned = content.abandoned
            if not content.entries:
                _remove(file)
                continue
            self._files.append(file)
            taken[path] = content
        return taken

    def abandon(self, writer: str, last_good: int) -> None:
        """A writer's entries above `last_good` were written again under another name: never replay them."""
        frame = abandonment(writer, last_good)
        for each in self._files:
            if writer in each.spans and each.spans[writer][1] > last_good:
                each.abandoned[writer] = last_good
                with suppress(OSError):  # a full disk: a later start may store these entries once more, none is lost
                    os.lseek(each.descriptor, 0, os.SEEK_END)
                    _write_all(each.descriptor, frame)
                    _sync_data(each.descriptor)
                    each.size += len(frame)

    def release(self, sealed: Mapping[str, int]) -> int:
        """Remove the files in which everything is sealed (writer -> last sealed sequence); how many that were."""
        done = [each for each in self._files if each.spans and each.is_done(sealed)]
        for each in done:
            if each is self._active:
                self._active = None
            self._files.remove(each)
            _remove(each)
        if done:
            sync_folder(self.folder)
        return len(done)

    def close(self) -> None:
        """Unlock everything; files with entries stay for the next start."""
        for each in self._files:
            if each.spans:
                os.close(each.descriptor)
            else:
                _remove(each)
        self._files.clear()
        self._active = None

    def _write(self, frames: bytes) -> None:
        if self._active is None or self._active.size >= self._file_bytes:
            self._open()
        active = self._active
        if active is None:
            raise OSError(errno.EBADF, "no spool file")
        try:
            _write_all(active.descriptor, frames)
            _sync_data(active.descriptor)
        except OSError:
            with suppress(OSError):  # what is torn stays at the end of the file, where a reader stops
                os.ftruncate(active.descriptor, active.size)
            raise
        active.size += len(frames)

    def _open(self) -> None:
        """A new file, locked, its name durable."""
        for empty in [each for each in self._files if not each.spans]:
            self._files.remove(empty)
            _remove(empty)
        path = self.folder / f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_all(descriptor, MAGIC)
            _sync_data(descriptor)
            sync_folder(self.folder)
        except OSError:
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()
            raise
        self._active = SpoolFile(path, descriptor, len(MAGIC))
        self._files.append(self._active)

    def _measure(self, more: int) -> None:
        """Raise SpoolError at the full mark; say once that the alarm mark is passed."""
        held = self.held_bytes + more
        try:
            disk = os.statvfs(self.folder)
        except OSError as error:
            raise SpoolError(errno.errorcode.get(error.errno or 0, "EIO")) from None
        room = min(self._most_bytes, self.held_bytes + disk.f_bavail * disk.f_frsize)
        self.fill = held / room if room else 1.0
        if self.fill >= ALARM and not self._alarmed:
            _log.error("audit.spool_filling", bytes=held, path=str(self.folder))
        self._alarmed = self.fill >= ALARM
        if self.fill >= FULL:
            raise SpoolError("FULL")


def _sync_data(descriptor: int) -> None:
    if sys.platform == "darwin":
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync there leaves the data in the drive's own memory
    else:
        os.fdatasync(descriptor)


def _locked(path: Path) -> SpoolFile | None:
    """The file, if nobody holds it and it is still there."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_APPEND)
    except FileNotFoundError:
        return None
    except OSError as error:  # another user's, or no plain file: entries may be in it
        _log.error("audit.spool_not_taken", path=path.name, error=type(error).__name__)
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return SpoolFile(path, descriptor)
    except OSError:
        pass
    os.close(descriptor)
    return None


def _remove(file: SpoolFile) -> None:
    with suppress(OSError):
        file.path.unlink()
    os.close(file.descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

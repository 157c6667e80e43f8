"""The chain of one writer: each entry carries the MAC of the one before, so that edits, gaps and swaps show.

The keys stand in a file that Redis never sees: one a line, 64 hex digits, `#` begins a comment. The first signs; all
of them verify, so a key is rotated by putting a new line on top and the old ones are kept as long as their entries.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import structlog

from bot.faults import Fault, StartError

GENESIS = "0" * 64
"""What the first entry of a writer names as the MAC before it."""
KEY_FILE = "audit.key"
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_REMEDY = "write one key a line, 64 hex digits, newest first: openssl rand -hex 32"
_log = structlog.get_logger(__name__)


def mac_of(key: bytes, writer: str, sequence: int, body: bytes) -> str:
    """HMAC-SHA256 over the place and the exact stored bytes, as 64 hex digits."""
    return hmac.digest(key, f"cre-audit-1\n{writer}\n{sequence}\n".encode() + body, "sha256").hex()


class Keyring:
    """The MAC keys by their ids; never printed, never sent anywhere."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`: the one that signs first; at least one."""
        self._keys = {_id_of(key): key for key in keys}
        self.current = next(iter(self._keys))

    def __repr__(self) -> str:
        return f"Keyring(current={self.current!r}, keys={len(self._keys)})"

    def mac(self, writer: str, sequence: int, body: bytes) -> str:
        """The MAC by the key that signs now, whose id must stand in the body as `k`."""
        return mac_of(self._keys[self.current], writer, sequence, body)

    def knows(self, key_id: str) -> bool:
        """Whether entries of that key can be checked."""
        return key_id in self._keys

    def holds(self, mac: str, key_id: str, writer: str, sequence: int, body: bytes) -> bool:
        """Whether `mac` is right; False too for a key that is not known."""
        key = self._keys.get(key_id)
        return key is not None and hmac.compare_digest(mac.encode(), mac_of(key, writer, sequence, body).encode())

    @classmethod
    def read(cls, path: Path) -> Self:
        """The keys of a file; raises StartError that names the file's fault and no key."""
        try:
            text = path.read_text(encoding="ascii")
            rights = path.stat().st_mode
        except FileNotFoundError:
            raise _fault(f"names no file ({path})") from None
        except (OSError, UnicodeDecodeError) as error:
            raise _fault(f"cannot be read ({type(error).__name__})") from None
        lines = [line.partition("#")[0].strip() for line in text.splitlines()]
        found = [line for line in lines if line]
        if not found or not all(_KEY.fullmatch(line) for line in found):
            raise _fault("holds no key" if not found else "holds a line that is no key")
        if rights & 0o077:
            remedy = f"chmod 0400 {path}"
            _log.warning("audit.key_readable_by_others", path=str(path), remedy=remedy)
        return cls([bytes.fromhex(line) for line in found])

    @classmethod
    def open(cls, setting: Path | None, data_dir: Path) -> Self:
        """The keys of the file that is set; else of one in the data directory, made (0400) when it is not there."""
        if setting is not None:
            return cls.read(setting.expanduser())
        path = data_dir / KEY_FILE
        if not path.exists():
            _make(path)
            remedy = "set CRE_AUDIT_KEY_FILE, the same file for every replica, and keep a copy of it"
            _log.warning("audit.key_made", path=str(path), remedy=remedy)
        return cls.read(path)


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"cre-audit-key-id\n" + key).hexdigest()[:16]


def _make(path: Path) -> None:
    """Whole or not at all, whoever else starts at the same moment."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w", encoding="ascii") as file:
            file.write(f"# cre-bot: audit log, MAC key. {_REMEDY}\n{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise _fault(f"cannot be made in {path.parent} ({error.strerror})") from None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fault(problem: str) -> StartError:
    return StartError([Fault("CRE_AUDIT_KEY_FILE", problem, _REMEDY)])

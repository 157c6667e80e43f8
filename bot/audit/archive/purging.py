"""Purging: whole segments past their term, once a signed digest has said so; the digests themselves stay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.audit.archive.digests import BadDigestError
from bot.audit.archive.segments import Archive

DAY_MS = 24 * 3600 * 1000
MONTH_MS = 30.4375 * DAY_MS  # a mean month


@dataclass(frozen=True, slots=True)
class Purgeable:
    """What is past its term: segments up to `to`, and payloads that nothing younger shows."""

    to: int = 0
    segments: tuple[int, ...] = ()
    entries: int = 0
    bytes: int = 0
    payloads: tuple[Path, ...] = ()


def purgeable(archive: Archive, months: int, now_ms: int) -> Purgeable:
    """What may go: a segment by the time it was sealed, a payload by the last time it was sealed with an answer."""
    cut = now_ms - int(months * MONTH_MS)
    to, entries, size = 0, 0, 0
    segments: list[int] = []
    last = archive.last_number()
    for number in range(1, last + 1):
        try:
            digest = archive.read(number)[0]
        except (OSError, BadDigestError):
            break
        if digest.at >= cut or number == last:  # the newest segment is the end of the chain: it stays
            return Purgeable(to, tuple(segments), entries, size, _payloads(archive, min(cut, digest.at - DAY_MS)))
        to = number
        if archive.segment(number).exists():
            segments.append(number)
            entries += digest.count
            size += digest.size
    return Purgeable(to, tuple(segments), entries, size)


def remove(archive: Archive, found: Purgeable) -> None:
    """Remove them. Only after a digest with `purged_to` was published, else `verify` takes it for tampering."""
    for number in found.segments:
        archive.segment(number).unlink(missing_ok=True)
    for path in found.payloads:
        path.unlink(missing_ok=True)


def _payloads(archive: Archive, cut: int) -> tuple[Path, ...]:
    """Those last sealed before; a day of margin is for a file server whose clock differs."""
    files = (archive.folder / "payloads").rglob("*.json.gz")
    return tuple(path for path in files if path.stat().st_mtime_ns // 1_000_000 < cut)

"""The bytes of a spool file: frames of length, CRC-32 and content, one after the other.

A frame holds an entry (its sequence, MAC, writer and body), the payload that the next entry brings, or the word that a
writer's entries from some sequence on were written again under another name.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.audit.writer.placing import Payload, Placed

MAGIC = b"cre-spool-1\n"
LONGEST = 4 * 1024 * 1024
_HEAD = struct.Struct(">II")
_PLACE = struct.Struct(">cQ32sB")
_END = struct.Struct(">cQB")


@dataclass(slots=True)
class Content:
    """What a spool file holds: entries in file order, and where each abandoned writer was left (its last good one)."""

    entries: list[Placed] = field(default_factory=list)
    abandoned: dict[str, int] = field(default_factory=dict)
    sound_bytes: int = 0  # all after these is torn: a frame that was cut off while it was written
    torn_bytes: int = 0
    damaged: int = 0  # frames in the middle whose CRC is wrong


def framed(batch: Iterable[Placed]) -> bytes:
    """The frames of a batch."""
    parts: list[bytes] = []
    for each in batch:
        if each.payload is not None:
            parts.append(_frame(b"P" + bytes.fromhex(each.payload.sha256) + each.payload.packed))
        writer = each.writer.encode()
        place = _PLACE.pack(b"E", each.sequence, bytes.fromhex(each.mac), len(writer))
        parts.append(_frame(place + writer + each.body))
    return b"".join(parts)


def abandonment(writer: str, last_good: int) -> bytes:
    """The frame that says: entries of this writer above `last_good` were written again elsewhere."""
    name = writer.encode()
    return _frame(_END.pack(b"X", last_good, len(name)) + name)


def parse(data: bytes) -> Content:
    """Everything sound in a file. Never raises: what cannot be read is counted."""
    found = Content()
    if not data.startswith(MAGIC):
        found.torn_bytes = len(data)
        return found
    at = found.sound_bytes = len(MAGIC)
    damaged = 0
    payload: Payload | None = None
    while at + _HEAD.size <= len(data):
        length, crc = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length
        if not 0 < length <= LONGEST or end > len(data):
            break
        content = data[at + _HEAD.size : end]
        at = end
        if zlib.crc32(content) != crc:
            damaged += 1  # torn, unless something sound follows
            payload = None
            continue
        payload = _take(content, payload, found)
        if payload is None:  # else it is torn off without the entry that brings it
            found.sound_bytes, found.damaged = at, damaged
    found.torn_bytes = len(data) - found.sound_bytes
    return found


def _take(content: bytes, payload: Payload | None, found: Content) -> Payload | None:
    """Sort one frame in; the payload that waits for the next entry."""
    kind = content[:1]
    if kind == b"P":
        return Payload(content[1:33].hex(), content[33:])
    if kind == b"E":
        _, sequence, mac, length = _PLACE.unpack_from(content)
        start = _PLACE.size + length
        writer = content[_PLACE.size : start].decode()
        found.entries.append(Placed(writer, sequence, mac.hex(), content[start:], payload))
    elif kind == b"X":
        _, last_good, length = _END.unpack_from(content)
        writer = content[_END.size : _END.size + length].decode()
        found.abandoned[writer] = min(last_good, found.abandoned.get(writer, last_good))
    return None


def _frame(content: bytes) -> bytes:
    return _HEAD.pack(len(content), zlib.crc32(content)) + content

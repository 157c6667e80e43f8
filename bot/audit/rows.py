"""`Row`: one entry as it stands in the stream and as one line of a segment, byte for byte what its MAC covers."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import NamedTuple

import orjson

# An id orders by number, not by letters; `-0` alone stands before every row.
START = "0-0"
_WRITER = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_SEQUENCE = re.compile(rb"[1-9][0-9]{0,15}")
_MAC = re.compile(rb"[0-9a-f]{64}")
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_LINE = re.compile(
    rb'\{"id":"([0-9]{1,20}-[0-9]{1,20})","w":"([A-Za-z0-9_.-]{1,64})","s":([1-9][0-9]{0,15}),"m":"([0-9a-f]{64})",'
    rb'"b":(\{.*\})\}'
)
_AGAIN = re.compile(
    rb'\{"id":"([0-9]{1,20}-[0-9]{1,20})","w":"([A-Za-z0-9_.-]{1,64})","s":([1-9][0-9]{0,15}),"m":"([0-9a-f]{64})",'
    rb'"again":"([0-9]{1,20}-[0-9]{1,20})"\}'
)


class BadLineError(ValueError):
    """A line of a segment that is none."""


class Row(NamedTuple):
    """An entry: stream id, writer, its sequence, MAC (64 hex digits) and the exact bytes of the body."""

    id: str
    w: str
    s: int
    m: str
    b: bytes

    def line(self) -> bytes:
        """The line of a segment, without its end."""
        return b'{"id":"%b","w":"%b","s":%d,"m":"%b","b":%b}' % (
            self.id.encode(),
            self.w.encode(),
            self.s,
            self.m.encode(),
            self.b,
        )


class Again(NamedTuple):
    """An entry that is sealed already, under the id `of`, and was sent again after a failover had lost it."""

    id: str
    w: str
    s: int
    m: str
    of: str

    def line(self) -> bytes:
        """The line of a segment, without its end."""
        return b'{"id":"%b","w":"%b","s":%d,"m":"%b","again":"%b"}' % (
            self.id.encode(),
            self.w.encode(),
            self.s,
            self.m.encode(),
            self.of.encode(),
        )


class Strange(NamedTuple):
    """Something in the stream that no writer of ours writes; kept whole, as evidence."""

    id: str
    fields: tuple[tuple[bytes, bytes], ...]

    def line(self) -> bytes:
        """The line of a segment, without its end."""
        fields = [[b64encode(name).decode(), b64encode(value).decode()] for name, value in self.fields]
        return orjson.dumps({"id": self.id, "strange": fields})


Line = Row | Again | Strange


def row_of(stream_id: bytes, fields: Mapping[bytes, bytes]) -> Row | Strange:
    """What stands in the stream under that id."""
    where = stream_id.decode()
    if fields.keys() == {b"w", b"s", b"m", b"b"}:
        w, s, m, b = fields[b"w"], fields[b"s"], fields[b"m"], fields[b"b"]
        if _WRITER.fullmatch(w) and _SEQUENCE.fullmatch(s) and _MAC.fullmatch(m) and b[:1] == b"{" and b"\n" not in b:
            return Row(where, w.decode(), int(s), m.decode(), b)
    return Strange(where, tuple(fields.items()))


def parse_line(line: bytes) -> Line:
    """One line of a segment, without its end; raises BadLineError."""
    if found := _LINE.fullmatch(line):
        stream_id, w, s, m, b = found.groups()
        return Row(stream_id.decode(), w.decode(), int(s), m.decode(), b)
    if found := _AGAIN.fullmatch(line):
        stream_id, w, s, m, of = found.groups()
        return Again(stream_id.decode(), w.decode(), int(s), m.decode(), of.decode())
    try:
        strange = orjson.loads(line)
        fields = tuple(
            (b64decode(name, validate=True), b64decode(value, validate=True)) for name, value in strange["strange"]
        )
        if strange.keys() == {"id", "strange"} and _ID.fullmatch(strange["id"]):
            return Strange(strange["id"], fields)
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    raise BadLineError("not a line of a segment")


def order(stream_id: str) -> tuple[int, int]:
    """A stream id as numbers that compare."""
    milliseconds, _, number = stream_id.partition("-")
    return int(milliseconds), int(number or 0)


def at_ms(stream_id: str) -> int:
    """When the store took the entry: UTC milliseconds of the store's clock."""
    return int(stream_id.partition("-")[0])

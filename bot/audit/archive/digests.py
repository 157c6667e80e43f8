"""`Digest`: what is signed of one segment, linked to the digest before it (CloudTrail's digest chain is the model)."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.audit.archive.seal_key import SealKeys
from bot.audit.rows import START

FIRST_LINK = "0" * 64
"""What digest 1 names as the one before it."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
StreamId = Annotated[str, Field(pattern=r"^[0-9]{1,20}-[0-9]{1,20}$")]
Writer = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Count = Annotated[int, Field(ge=0)]
Sequence = Annotated[int, Field(ge=1)]


class BadDigestError(ValueError):
    """A file that is no digest of this version."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)


class Span(_Part):
    """What a segment holds of one writer: first and last sequence, and the MAC of the last."""

    first: Sequence
    last: Sequence
    mac: Sha256


class Head(_Part):
    """The last sealed entry of a writer that may go on: sequence, MAC, and the store's time of it (ms)."""

    s: Sequence
    mac: Sha256
    at: Count


class Open(_Part):
    """An answer whose end is not sealed yet: where and when (writer's clock) it was prepared, request and payload."""

    id: StreamId
    ts: Count
    rid: str
    sha: str


class Digest(_Part):
    """One sealed segment. `first_id` is None when it is empty; `last_id` is how far the log is sealed."""

    v: Literal[1] = 1
    origin: str  # which archive this is: made with its first digest
    n: Annotated[int, Field(ge=1)]
    at: Count  # UTC ms
    first_id: StreamId | None = None
    last_id: StreamId = START
    count: Count = 0  # entries
    again: Count = 0  # entries sent again after a failover, named but not repeated
    strange: Count = 0  # what no writer of ours writes
    sha256: Sha256  # of the segment file
    size: Count = 0  # bytes of it
    total: Count = 0  # entries in all segments so far
    total_again: Count = 0
    writers: dict[Writer, Span] = Field(default_factory=dict)
    heads: dict[Writer, Head] = Field(default_factory=dict)
    open: tuple[Open, ...] = Field(default=(), strict=False)
    lost: tuple[Sha256, ...] = Field(default=(), strict=False)  # payloads that the store no longer had
    added: Count = 0  # entries ever added to the stream, as the store counts
    length: Count = 0  # entries in the stream
    trimmed_to: StreamId = START  # the archiver lets go of older ids in the live log
    purged_to: Count = 0  # segments up to this number are past their retention
    previous: Sha256 = FIRST_LINK  # SHA-256 of the digest file before
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    signature: str = ""

    def said(self) -> bytes:
        """The bytes that are signed: canonical JSON without the signature."""
        return b"cre-seal-1\n" + orjson.dumps(self.model_dump(exclude={"signature"}), option=orjson.OPT_SORT_KEYS)

    def signed(self, keys: SealKeys) -> Self:
        """The same, signed."""
        own = self.model_copy(update={"key": keys.signer})
        return own.model_copy(update={"signature": keys.sign(own.said())})

    def file(self) -> bytes:
        """The content of its file."""
        return orjson.dumps(self.model_dump(), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)

    @property
    def is_empty(self) -> bool:
        return self.count + self.again + self.strange == 0


def read_digest(content: bytes) -> Digest:
    """A digest from its file; raises BadDigestError."""
    try:
        digest = Digest.model_validate(orjson.loads(content))
    except (orjson.JSONDecodeError, ValidationError):
        raise BadDigestError("not a digest") from None
    if digest.file() != content:  # one digest, one spelling: its hash is what the next one names
        raise BadDigestError("not written as a digest is")
    return digest


def sha256(content: bytes) -> str:
    """As 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def as_table(digest: Digest) -> dict[str, Any]:
    """Its facts for people and programs, without the lists."""
    return digest.model_dump(exclude={"writers", "heads", "open", "lost"})

"""`Entry`: one line of the audit log. Closed words, ids, integers; what a person typed has no place to stand in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

import orjson
import uuid6
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from handlers.ports import AuditRecord, EntryType

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+/_-]{0,95}")  # ids, digests, dates and words of a vocabulary: no spaces
_ORGANISM = re.compile(r"[A-Z][a-z]+( [a-z]+| spp\.)?( complex)?")
_MAX_DEPTH = 6
_TABLES = ("ask", "ans", "rl", "dlv", "ms")  # of a record: those that it fills are checked


class NotAuditableError(ValueError):
    """A record holds something that the log must not hold: a defect of the caller, never stored, never quoted."""


def _closed(value: Any, key: str = "", depth: int = 0) -> Any:
    """Integers, words of our own vocabulary, and lists and tables of them; no floats, no sentences."""
    if isinstance(value, str):
        if value == "" or (_ORGANISM if key == "organism" else _WORD).fullmatch(value):
            return str(value)
    elif value is None or isinstance(value, int):
        return value
    elif depth < _MAX_DEPTH:
        if isinstance(value, (list, tuple)):
            return [_closed(item, key, depth + 1) for item in value]
        if isinstance(value, dict) and all(map(_is_key, value)):
            return {name: _closed(item, name, depth + 1) for name, item in value.items()}
    raise ValueError("a value outside the closed vocabulary")


@lru_cache(maxsize=1024)  # the same few names in every entry
def _is_key(name: Any) -> bool:
    return isinstance(name, str) and _KEY.fullmatch(name) is not None


Closed = Annotated[dict[str, Any], AfterValidator(lambda table: _closed(table))]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Who(_Part):
    """The asker, by ids only; nobody, where the program itself speaks (`role` system)."""

    team: Id | None = None
    user: Id | None = None
    org: Id | None = None
    user_team: Id | None = None
    role: Literal["clinician", "reviewer", "exporter", "operator", "system"] = "clinician"


class Src(_Part):
    """Where the question came in; `delivery` is the digest of what its duplicates share."""

    surface: Literal["slash", "mention", "dm", "action", "cli", "system"]
    transport: Literal["http", "socket", "cli", "none"]
    channel: Id | None = None
    kind: Literal["channel", "group", "im", "mpim", "unknown"] = "unknown"
    thread: Annotated[str, Field(pattern=r"^[0-9.]{1,32}$")] | None = None
    delivery: Digest | None = None
    retry: Annotated[int, Field(ge=0)] = 0


class App(_Part):
    """Which program wrote the entry."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
    replica: Id


class Content(_Part):
    """What an entry says, before its writer gives it a place in the chain."""

    v: Literal[1] = 1
    t: EntryType
    ts: Annotated[int, Field(gt=0)]
    rid: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    who: Who
    src: Src
    ask: Closed = Field(default_factory=dict)
    ans: Closed = Field(default_factory=dict)
    rl: Closed = Field(default_factory=dict)
    dlv: Closed = Field(default_factory=dict)
    sys: Closed = Field(default_factory=dict)  # what the program says of itself: writers, counts, digests
    ms: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    app: App

    @model_validator(mode="after")
    def _somebody_asked(self) -> Self:
        if self.who.role != "system" and None in (self.who.team, self.who.user, self.src.channel, self.src.delivery):
            raise ValueError("an entry of a person needs team, user, channel and delivery")
        return self

    def table(self) -> dict[str, Any]:
        """As plain values, without what is empty: what `body_of` makes bytes of."""
        content = self.model_dump(mode="json", exclude={"w", "s", "p", "k"}, exclude_none=True)
        return {name: value for name, value in content.items() if value != {}}


class Entry(Content):
    """One stored entry. `w` and `s` travel beside the body (with its MAC); `p` and `k` inside it.

    `w` writer, `s` its sequence from 1, `p` MAC of that writer's entry before (64 zeros first), `k` id of the MAC key.
    """

    w: Id
    s: Annotated[int, Field(ge=1)]
    p: Digest
    k: Id

    def body(self) -> bytes:
        """The bytes that are stored and that the MAC covers."""
        return body_of(self.table(), self.p, self.k)


def body_of(table: Mapping[str, Any], previous: str, key_id: str) -> bytes:
    """Canonical JSON of a content in its place: sorted keys, so equal entries are equal bytes."""
    return orjson.dumps({**table, "p": previous, "k": key_id}, option=orjson.OPT_SORT_KEYS)


def content_of(record: AuditRecord, *, ts: int, app: App) -> Content:
    """The entry of a record, not placed yet; raises NotAuditableError. `ts` milliseconds UTC."""
    asker = record.asker
    try:
        return Content(
            t=record.type,
            ts=ts,
            rid=record.rid,
            who=Who(
                team=asker.team,
                user=asker.user,
                org=asker.enterprise,
                user_team=asker.user_team,
                role=record.role,
            ),
            src=Src(
                surface=asker.surface.value,
                transport=asker.transport,
                channel=asker.channel,
                kind=asker.channel_kind,
                thread=asker.thread_ts or (None if asker.private else asker.message_ts),  # a mention begins one
                delivery=hashlib.sha256(asker.delivery.encode()).hexdigest(),
                retry=asker.retry,
            ),
            app=app,
            **{name: dict(table) for name in _TABLES if (table := getattr(record, name))},
        )
    except ValidationError as error:
        raise _not_auditable(record.type, error) from None


def system_content(kind: EntryType, facts: Mapping[str, Any], *, ts: int, app: App) -> Content:
    """What the program says of itself, with no asker; raises NotAuditableError."""
    try:
        return Content(
            t=kind,
            ts=ts,
            rid=str(uuid6.uuid7()),
            who=Who(role="system"),
            src=Src(surface="system", transport="none"),
            sys=dict(facts),
            app=app,
        )
    except ValidationError as error:
        raise _not_auditable(kind, error) from None


def _not_auditable(kind: EntryType, error: ValidationError) -> NotAuditableError:
    where = sorted({".".join(str(part) for part in detail["loc"]) for detail in error.errors()})
    return NotAuditableError(f"{kind}: {', '.join(where)}")

"""`Entry`: one line of the audit log. Closed words, ids, integers; what a person typed has no place to stand in."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from handlers.ports import AuditRecord, EntryType

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+/_-]{0,95}")  # ids, digests, dates and words of a vocabulary: no spaces
_ORGANISM = re.compile(r"[A-Z][a-z]+( [a-z]+| spp\.)?( complex)?")
_MAX_DEPTH = 6


class NotAuditableError(ValueError):
    """A record holds something that the log must not hold: a defect of the caller, never stored, never quoted."""


def _closed(value: Any, key: str = "", depth: int = 0) -> Any:
    """Integers, words of our own vocabulary, and lists and tables of them; no floats, no sentences."""
    match value:
        case None | bool() | int():
            return value
        case str():
            if value == "" or (_ORGANISM if key == "organism" else _WORD).fullmatch(value):
                return str(value)
        case list() | tuple() if depth < _MAX_DEPTH:
            return [_closed(item, key, depth + 1) for item in value]
        case dict() if depth < _MAX_DEPTH and all(isinstance(name, str) and _KEY.fullmatch(name) for name in value):
            return {name: _closed(item, name, depth + 1) for name, item in value.items()}
    raise ValueError("a value outside the closed vocabulary")


Closed = Annotated[dict[str, Any], AfterValidator(lambda table: _closed(table))]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Who(_Part):
    """The asker, by ids only."""

    team: Id
    user: Id
    org: Id | None = None
    user_team: Id | None = None
    role: Literal["clinician", "reviewer", "exporter", "operator", "system"] = "clinician"


class Src(_Part):
    """Where the question came in; `delivery` is the digest of what its duplicates share."""

    surface: Literal["slash", "mention", "dm", "action", "cli"]
    transport: Literal["http", "socket", "cli"]
    channel: Id
    kind: Literal["channel", "group", "im", "mpim", "unknown"]
    thread: Annotated[str, Field(pattern=r"^[0-9.]{1,32}$")] | None = None
    delivery: Digest
    retry: Annotated[int, Field(ge=0)] = 0


class App(_Part):
    """Which program wrote the entry."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
    replica: Id


class Entry(_Part):
    """One entry. `w` and `s` travel beside the body: they are the writer's place in its own sequence."""

    v: Literal[1] = 1
    t: EntryType
    ts: Annotated[int, Field(gt=0)]
    rid: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    w: Id
    s: Annotated[int, Field(ge=0)]
    who: Who
    src: Src
    ask: Closed
    ans: Closed
    rl: Closed
    dlv: Closed = Field(default_factory=dict)
    ms: dict[str, Annotated[int, Field(ge=0)]]
    app: App

    def body(self) -> bytes:
        """Canonical JSON without the writer's place; sorted keys, so equal entries are equal bytes."""
        content = self.model_dump(mode="json", exclude={"w", "s"}, exclude_none=True)
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def entry_from(record: AuditRecord, *, ts: int, app: App, writer: str = "unplaced") -> Entry:
    """The entry of a record, before the writer gives it its place; raises NotAuditableError."""
    asker = record.asker
    try:
        return Entry(
            t=record.type,
            ts=ts,
            rid=record.rid,
            w=writer,
            s=0,
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
                thread=asker.thread_ts,
                delivery=hashlib.sha256(asker.delivery.encode()).hexdigest(),
                retry=asker.retry,
            ),
            ask=dict(record.ask),
            ans=dict(record.ans),
            rl=dict(record.rl),
            dlv=dict(record.dlv),
            ms=dict(record.ms),
            app=app,
        )
    except ValidationError as error:
        where = sorted({".".join(str(part) for part in detail["loc"]) for detail in error.errors()})
        raise NotAuditableError(f"{record.type}: {', '.join(where)}") from None

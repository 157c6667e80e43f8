"""What the conversation asks of the process: limits, record, standing, thread memory and the way out.

`bot` implements these against Redis and Slack; `tests/fakes.py` in memory. Ids only cross here, never text.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from handlers.parsed import Context


class Surface(StrEnum):
    """Where a question came in."""

    SLASH = "slash"
    MENTION = "mention"
    DM = "dm"
    ACTION = "action"
    CLI = "cli"


class Standing(StrEnum):
    """Who the asker is to the installed workspace. `UNKNOWN`: Slack could not be asked in time."""

    MEMBER = "member"
    GUEST = "guest"
    EXTERNAL = "external"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks and where: copied once from the verified request and never changed, so replies cannot go astray."""

    team: str
    user: str
    channel: str
    surface: Surface
    transport: Literal["http", "socket", "cli"]
    delivery: str  # what a duplicate of this delivery shares: trigger id, or team/channel/ts/user of an event
    enterprise: str | None = None
    user_team: str | None = None
    channel_kind: Literal["channel", "group", "im", "mpim", "unknown"] = "unknown"
    thread_ts: str | None = None  # the thread the message stands in, if any
    message_ts: str | None = None  # the message itself (mentions, direct messages)
    private: bool = True  # the reply is seen by the asker only (False: a thread that others read)
    retry: int = 0
    signature_sha256: str | None = None  # HTTP only: the replay claim


@dataclass(frozen=True, slots=True)
class Admitted:
    """The delivery is new and within every limit."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same delivery was taken before: do nothing."""


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A limit is reached; nothing was charged."""

    scope: Literal["user", "channel", "workspace"]
    retry_after_seconds: int


class StoreUnavailable(Exception):
    """Limits or the audit log cannot be reached: nothing may be answered unrecorded."""


class Admission(Protocol):
    """Dedupe and limits in one step."""

    async def admit(self, asker: Asker, *, charge: bool) -> Admitted | Duplicate | OverLimit:
        """Claim the delivery and charge every limit (`charge` False: claim only). Raises StoreUnavailable."""
        ...

    async def settle(self, asker: Asker) -> None:
        """Keep the claim of an event whose reply has been posted (25 h instead of the 30 s lease)."""
        ...


EntryType = Literal["answer.prepared", "rate.limited", "query.denied", "answer.shared"]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What one reply leaves in the audit log: ids, parse and digests; never text, never a name."""

    rid: str
    type: EntryType
    asker: Asker
    ask: dict[str, Any]  # canonical question plus counts; see `handlers.answering`
    ans: dict[str, Any]  # outcome, edition, digests
    rl: dict[str, Any]
    ms: dict[str, int]


class AuditLog(Protocol):
    """The durable record."""

    async def append(self, record: AuditRecord) -> None:
        """Return once the entry is durable. Raises StoreUnavailable."""
        ...


class Roster(Protocol):
    """Knows the standing of users."""

    async def standing(self, asker: Asker) -> Standing:
        """Standing of the asker; cached; UNKNOWN when Slack does not say within its deadline."""
        ...


class ThreadMemory(Protocol):
    """What threads have settled (ids only, 24 h)."""

    async def recall(self, team: str, channel: str, thread_ts: str) -> Context: ...

    async def remember(self, team: str, channel: str, thread_ts: str, context: Context) -> None: ...


class Outbox(Protocol):
    """The way to Slack for everything that is not an ack body. Each raises SendFailed when Slack refused for good."""

    async def post(self, channel: str, payload: dict[str, Any], thread_ts: str | None) -> str:
        """chat.postMessage; returns the ts."""
        ...

    async def whisper(self, channel: str, user: str, payload: dict[str, Any], thread_ts: str | None) -> None:
        """chat.postEphemeral."""
        ...

    async def update(self, channel: str, ts: str, payload: dict[str, Any]) -> None:
        """chat.update, blocks and text."""
        ...

    async def respond(self, response_url: str, payload: dict[str, Any]) -> None:
        """A response_url: checked host, no redirects."""
        ...

    async def open_modal(self, trigger_id: str, view: dict[str, Any]) -> None:
        """views.open."""
        ...


class SendFailed(Exception):
    """Slack did not take a message; `reason` is Slack's error word, never its text."""

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"{method}: {reason}")
        self.method = method
        self.reason = reason


class Clock(Protocol):
    """Wall clock and a monotonic clock, passed in so that tests need no sleep."""

    def now_ms(self) -> int: ...

    def monotonic(self) -> float: ...


class Background(Protocol):
    """Work that may outlive its request: strong references, logged failures, drained at shutdown."""

    async def within(self, seconds: float, work: Coroutine[Any, Any, None]) -> bool:
        """Run `work`; True when it ended within `seconds`, else it goes on by itself."""
        ...

"""What the conversation asks of the process: limits, record, standing, thread memory and the way out.

`bot` implements these against Redis and Slack; `tests/fakes.py` in memory. Ids only cross here, never text.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from handlers.parsed import Context
from handlers.roles import Role
from knowledge.question import Question


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
    role: Role = Role.PHYSICIAN  # words what only the asker sees
    retry: int = 0
    signature_sha256: str | None = None  # HTTP only: the replay claim


@dataclass(frozen=True, slots=True)
class Admitted:
    """The delivery is new and within every limit. `mode`: who judged, the shared store or this process alone."""

    mode: Literal["redis", "local"] = "redis"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same delivery was taken before: do nothing."""


@dataclass(frozen=True, slots=True)
class OverLimit:
    """A limit is reached; nothing was charged."""

    scope: Literal["user", "channel", "workspace"]
    retry_after_seconds: int
    mode: Literal["redis", "local"] = "redis"


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


EntryType = Literal[
    "answer.prepared",  # with answer.shared the start of a pair that one of the next three ends
    "answer.shared",
    "answer.delivered",
    "answer.failed",
    "answer.unknown",
    "query.denied",  # as rate.limited: sampled, and an entry of its own
    "rate.limited",
    "limit.overridden",
    "feedback",
    "consult.requested",
    "consult.taken",
    "consult.escalated",
    "admin.read",
    "admin.export",
    "admin.denied",
    "archive.sealed",
    "archive.purged",
    "knowledge.signed",
    "knowledge.pulled",
    "kb.loaded",
    "config.changed",
    "clock.step",
    "chain.break",
    "spool.recovered",
    "writer.started",
    "writer.stopped",
]


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What one reply leaves in the audit log: ids, parse and digests; never text, never a name."""

    rid: str
    type: EntryType
    asker: Asker
    ask: Mapping[str, Any]  # canonical question plus counts; see `handlers.recording`
    ans: Mapping[str, Any]  # outcome, edition, digests
    rl: Mapping[str, Any] = field(default_factory=dict)
    ms: Mapping[str, int] = field(default_factory=dict)
    dlv: Mapping[str, Any] = field(default_factory=dict)  # how a delivery ended
    payload: bytes | None = None  # canonical JSON of what was shown, kept once by its SHA-256; only our own words
    role: Literal["clinician", "reviewer", "exporter", "operator", "system"] = "clinician"


class AuditLog(Protocol):
    """The durable record."""

    async def append(self, record: AuditRecord) -> None:
        """Return once the entry is durable. Raises StoreUnavailable."""
        ...

    def note(self, record: AuditRecord) -> None:
        """Record without waiting: the end of a delivery may ride in the next batch (200 ms). Never raises."""
        ...


class Acks(Protocol):
    """When the acknowledgement of the running request has left."""

    def after(self, then: Callable[[bool], None]) -> None:
        """Call `then` once: True when the ack body was written to its end, False when it was not."""
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


@dataclass(frozen=True, slots=True)
class Consult:
    """A question put to ID: ids only. Its id is the request id of the answer that it was asked from."""

    id: str
    team: str  # of the asker: a taker may belong to another workspace of the organisation
    asker: str
    asked_in: str  # the channel where the asker is told, or the asker's own id
    question: str  # encoded
    channel: str = ""  # the consult channel, and the message in it
    ts: str = ""
    thread_ts: str | None = None  # the asker's thread
    link: str | None = None
    scheduled_id: str | None = None  # of the escalation; None: none could be scheduled
    escalates_at: int = 0  # Unix seconds


class Consults(Protocol):
    """Which questions were put to ID and who took them (7 days). Each raises StoreUnavailable."""

    async def claim(self, team: str, consult_id: str) -> bool:
        """True for one caller, who then posts; it holds for a minute unless kept."""
        ...

    async def drop(self, team: str, consult_id: str) -> None:
        """Give a claim back whose post failed."""
        ...

    async def keep(self, consult: Consult) -> None:
        """The consult as posted."""
        ...

    async def find(self, team: str, consult_id: str) -> Consult | None:
        """The consult as posted; None when it is not, or too old."""
        ...

    async def take(self, team: str, consult_id: str, user: str) -> str | None:
        """None for the first, who has it now; for all others who that was."""
        ...

    async def taker(self, team: str, consult_id: str) -> str | None:
        """Who took it, if anybody did."""
        ...

    async def give_back(self, team: str, consult_id: str) -> None:
        """Undo a take that could not be recorded."""
        ...


Verdict = Literal["good", "bad"]


class Verdicts(Protocol):
    """What each user said of each answer (7 days): once, except that a "bad" may follow a "good"."""

    async def first(self, team: str, rid: str, user: str, verdict: Verdict) -> bool:
        """Keep it; False when it changes nothing. Raises StoreUnavailable."""
        ...

    async def forget(self, team: str, rid: str, user: str) -> None:
        """Undo one that could not be recorded. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Recent:
    """A question somebody asked, and when (Unix seconds)."""

    question: Question
    asked_at: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the App Home shows of a person: the role they chose, their last questions, the newest first."""

    role: Role = Role.PHYSICIAN
    recent: tuple[Recent, ...] = ()


class Profiles(Protocol):
    """Roles and recent questions (ids only, 400 days)."""

    async def role(self, team: str, user: str) -> Role:
        """The role they chose; kept in the process for a minute; physician when the store cannot say."""
        ...

    async def recall(self, team: str, user: str) -> Profile:
        """As stored now. Raises StoreUnavailable."""
        ...

    async def choose(self, team: str, user: str, role: Role) -> None:
        """Raises StoreUnavailable."""
        ...

    async def forget(self, team: str, user: str) -> None:
        """Drop the questions. Raises StoreUnavailable."""
        ...

    def remember(self, team: str, user: str, question: Question) -> None:
        """Keep a question among the last ten, in the background. Never raises."""
        ...


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

    async def open_modal(self, trigger_id: str, view: dict[str, Any]) -> str:
        """views.open; returns the id by which `update_modal` finds it."""
        ...

    async def update_modal(self, view_id: str, view: dict[str, Any]) -> None:
        """views.update."""
        ...

    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        """views.publish."""
        ...

    async def prompts(self, channel: str, title: str, prompts: Sequence[Mapping[str, str]]) -> None:
        """Suggested prompts in a direct conversation: up to four, each `title` and `message`. Never raises."""
        ...

    async def schedule(self, channel: str, payload: dict[str, Any], post_at: int, thread_ts: str | None) -> str:
        """chat.scheduleMessage for that time (Unix seconds); returns the id that `unschedule` takes."""
        ...

    async def unschedule(self, channel: str, scheduled_id: str) -> bool:
        """chat.deleteScheduledMessage; False when it was sent already."""
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

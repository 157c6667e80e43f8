"""What the stand-in remembers of people, channels, messages and modals: plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["channel", "group", "im"]


@dataclass(frozen=True, slots=True)
class User:
    """A person (or a bot) as `users.info` describes them."""

    id: str
    name: str
    real_name: str
    role: Literal["member", "admin", "guest", "external", "bot"] = "member"
    team: str = ""
    title: str = ""
    deleted: bool = False


@dataclass(slots=True)
class Channel:
    """A conversation and who is in it."""

    id: str
    name: str
    kind: ChannelKind
    members: set[str]
    purpose: str = ""
    is_shared: bool = False

    @property
    def event_type(self) -> str:
        return {"channel": "channel", "group": "group", "im": "im"}[self.kind]

    @property
    def command_name(self) -> str:
        """What a slash command calls this channel."""
        return {"channel": self.name, "group": "privategroup", "im": "directmessage"}[self.kind]


@dataclass(slots=True)
class Message:
    """One message as stored; `only_for` marks an ephemeral one, `notice` words of Slack itself."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    only_for: str | None = None
    notice: bool = False
    edited_at: float | None = None
    metadata: Json | None = None
    state: dict[str, Json] = field(default_factory=dict)  # user -> block_id -> action_id -> chosen value


@dataclass(slots=True)
class View:
    """An open modal."""

    id: str
    user: str
    payload: Json
    root: str
    previous: str | None
    hash: str
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Trigger:
    """Permission to open one modal, for three seconds."""

    user: str
    made_at: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Permission to answer one interaction: five times in thirty minutes."""

    user: str
    channel: str
    thread_ts: str | None
    source_ts: str | None  # the message the interaction came from, if any
    made_at: float
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message that Slack sends by itself later."""

    id: str
    channel: str
    text: str
    blocks: list[Json]
    thread_ts: str | None
    post_at: int

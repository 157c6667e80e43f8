"""Slack's dictionaries, read once at the door into what the conversation needs; nothing of Slack goes past here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from handlers.layouts import thread_of
from handlers.ports import Asker, Surface

ChannelKind = Literal["channel", "group", "im", "mpim", "unknown"]
_COMMAND_KINDS: Mapping[str, ChannelKind] = {"directmessage": "im", "privategroup": "group"}
_EVENT_KINDS: Mapping[str, ChannelKind] = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}


@dataclass(frozen=True, slots=True)
class Message:
    """A text with its asker. The text is not in the repr."""

    asker: Asker
    text: str

    def __repr__(self) -> str:
        return f"Message(asker={self.asker!r}, length={len(self.text)})"


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a control of one of our messages, and the way to change that message."""

    asker: Asker
    action_id: str
    value: str
    trigger_id: str
    message_ts: str
    ephemeral: bool
    response_url: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """A submitted modal: which message it is about and what was filled in."""

    tap: Tap
    measure: str
    number: str | None


def command(body: Mapping[str, Any], context: Mapping[str, Any]) -> Message:
    """A slash command."""
    asker = Asker(
        team=body["team_id"],
        user=body["user_id"],
        channel=body["channel_id"],
        channel_kind=_COMMAND_KINDS.get(str(body.get("channel_name")), "channel"),
        enterprise=body.get("enterprise_id"),
        surface=Surface.SLASH,
        delivery=f"trigger:{body['trigger_id']}",
        **_transport(context),
    )
    return Message(asker, body.get("text") or "")


def event(body: Mapping[str, Any], context: Mapping[str, Any], surface: Surface) -> Message | None:
    """A mention or direct message; None for everything that is not a person's new message."""
    said = body["event"]
    if said.get("subtype") or said.get("edited") or said.get("bot_id") or not said.get("user"):
        return None
    team = body["team_id"]
    asker = Asker(
        team=team,
        user=said["user"],
        user_team=said.get("user_team") or said.get("team"),
        channel=said["channel"],
        channel_kind=_EVENT_KINDS.get(str(said.get("channel_type")), "unknown"),
        enterprise=body.get("enterprise_id"),
        surface=surface,
        delivery=f"event:{team}:{said['channel']}:{said['ts']}:{said['user']}",
        thread_ts=said.get("thread_ts"),
        message_ts=said["ts"],
        private=surface is Surface.DM,
        **_transport(context),
    )
    return Message(asker, said.get("text") or "")


def tap(body: Mapping[str, Any], context: Mapping[str, Any]) -> Tap:
    """A tap on a button."""
    action = body["actions"][0]
    container = body.get("container", {})
    ephemeral = bool(container.get("is_ephemeral"))
    channel = container.get("channel_id") or body["channel"]["id"]
    asker = Asker(
        team=body["team"]["id"],
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        channel=channel,
        channel_kind=_named_kind(body, channel),
        enterprise=(body.get("enterprise") or {}).get("id"),
        surface=Surface.ACTION,
        delivery=f"trigger:{body['trigger_id']}",
        thread_ts=thread_of(str(action.get("block_id", ""))) or container.get("thread_ts"),
        private=ephemeral or channel.startswith("D"),
        **_transport(context),
    )
    return Tap(
        asker=asker,
        action_id=action["action_id"],
        value=str(action.get("value", "")),
        trigger_id=body["trigger_id"],
        message_ts=container.get("message_ts", ""),
        ephemeral=ephemeral,
        response_url=body.get("response_url"),
    )


def metadata(source: Tap) -> str:
    """What a modal must know to change the message it was opened from (3,000 characters at most)."""
    return json.dumps(
        {
            "q": source.value,
            "c": source.asker.channel,
            "k": source.asker.channel_kind,
            "m": source.message_ts,
            "e": source.ephemeral,
            "r": source.response_url,
            "t": source.asker.thread_ts,
        },
        separators=(",", ":"),
    )


def form(body: Mapping[str, Any], context: Mapping[str, Any]) -> Form:
    """A submitted renal form."""
    view = body["view"]
    kept = json.loads(view["private_metadata"])
    values = view["state"]["values"]
    asker = Asker(
        team=body["team"]["id"],
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        channel=kept["c"],
        channel_kind=kept["k"],
        enterprise=(body.get("enterprise") or {}).get("id"),
        surface=Surface.ACTION,
        delivery=f"view:{view['id']}:{view.get('hash', '')}",
        thread_ts=kept["t"],
        private=kept["e"] or kept["c"].startswith("D"),
        **_transport(context),
    )
    about = Tap(asker, "renal", kept["q"], body.get("trigger_id", ""), kept["m"], kept["e"], kept["r"])
    return Form(about, values["measure"]["measure"]["selected_option"]["value"], values["value"]["number"].get("value"))


def _named_kind(body: Mapping[str, Any], channel: str) -> ChannelKind:
    if channel.startswith("D"):
        return "im"
    return _COMMAND_KINDS.get(str((body.get("channel") or {}).get("name")), "channel")


def _transport(context: Mapping[str, Any]) -> dict[str, Any]:
    """What our own door put beside the payload."""
    return {
        "transport": context.get("cre_transport", "http"),
        "retry": int(context.get("cre_retry") or 0),
        "signature_sha256": context.get("cre_signature_sha256"),
    }

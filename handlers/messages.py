"""Slack's dictionaries, read once at the door into what the conversation needs; nothing of Slack goes past here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from handlers.layouts.rendering import rid_of, thread_of
from handlers.ports import Asker, Surface

ChannelKind = Literal["channel", "group", "im", "mpim", "unknown"]
_KINDS: Mapping[str, ChannelKind] = {"channel": "channel", "group": "group", "im": "im", "mpim": "mpim"}
_HEARD = frozenset({"", "file_share", "thread_broadcast"})  # subtypes that are a person's new words all the same


@dataclass(frozen=True, slots=True)
class Message:
    """A text with its asker. The text is not in the repr."""

    asker: Asker
    text: str

    def __repr__(self) -> str:
        return f"Message(asker={self.asker!r}, length={len(self.text)})"


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a control of one of our messages, and the way to change that message.

    Without `message_ts` there is no message to change: the reply is a new one, for the asker alone.
    """

    asker: Asker
    action_id: str
    value: str
    trigger_id: str
    message_ts: str
    ephemeral: bool
    response_url: str | None
    rid: str | None = None  # of the answer that the tapped message shows


def command(body: Mapping[str, Any], context: Mapping[str, Any]) -> Message:
    """A slash command."""
    asker = Asker(
        team=body["team_id"],
        user=body["user_id"],
        channel=body["channel_id"],
        channel_kind=_kind(body["channel_id"], body.get("channel_name")),
        enterprise=body.get("enterprise_id"),
        surface=Surface.SLASH,
        delivery=f"trigger:{body['trigger_id']}",
        **transport(context),
    )
    return Message(asker, body.get("text") or "")


def command_tap(asker: Asker, body: Mapping[str, Any]) -> Tap:
    """The command as what opens a form: admitted by itself, so that the same command can still bring a reply."""
    opens = replace(asker, delivery=f"{asker.delivery}:form", signature_sha256=None)
    return Tap(opens, "", "", body["trigger_id"], "", ephemeral=True, response_url=body.get("response_url"))


def event(body: Mapping[str, Any], context: Mapping[str, Any], surface: Surface) -> Message | None:
    """A mention or direct message; None for everything that is not a person's new message."""
    said = body["event"]
    if (said.get("subtype") or "") not in _HEARD or said.get("edited") or said.get("bot_id") or not said.get("user"):
        return None
    team = body["team_id"]
    asker = Asker(
        team=team,
        user=said["user"],
        user_team=said.get("user_team") or said.get("team"),
        channel=said["channel"],
        channel_kind=_KINDS.get(str(said.get("channel_type"))) or _kind(said["channel"]),
        enterprise=body.get("enterprise_id"),
        surface=surface,
        delivery=f"event:{team}:{said['channel']}:{said['ts']}:{said['user']}",
        thread_ts=said.get("thread_ts"),
        message_ts=said["ts"],
        private=surface is Surface.DM,
        **transport(context),
    )
    return Message(asker, said.get("text") or "")


def tap(body: Mapping[str, Any], context: Mapping[str, Any]) -> Tap:
    """A tap on a button, in a message or in a view."""
    container = body.get("container", {})
    if "channel_id" not in container and "channel" not in body:
        return view_tap(body, context)
    action = body["actions"][0]
    ephemeral = bool(container.get("is_ephemeral"))
    channel = container.get("channel_id") or body["channel"]["id"]
    asker = Asker(
        team=_team(body),
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        channel=channel,
        channel_kind=_kind(channel, (body.get("channel") or {}).get("name")),
        enterprise=(body.get("enterprise") or {}).get("id"),
        surface=Surface.ACTION,
        delivery=f"trigger:{body['trigger_id']}",
        thread_ts=thread_of(str(action.get("block_id", ""))) or container.get("thread_ts"),
        private=ephemeral or channel.startswith("D"),
        **transport(context),
    )
    return Tap(
        asker=asker,
        action_id=action["action_id"],
        value=str(action.get("value", "")),
        trigger_id=body["trigger_id"],
        message_ts=container.get("message_ts", ""),
        ephemeral=ephemeral,
        response_url=body.get("response_url"),
        rid=rid_of(str(action.get("block_id", ""))),
    )


def view_tap(body: Mapping[str, Any], context: Mapping[str, Any]) -> Tap:
    """A tap in a view, or a shortcut of the whole workspace: no channel, so replies go to the direct message."""
    user = body["user"]["id"]
    action = (body.get("actions") or [{}])[0]
    asker = Asker(
        team=_team(body),
        user=user,
        user_team=body["user"].get("team_id"),
        channel=user,
        channel_kind="im",
        enterprise=(body.get("enterprise") or {}).get("id"),
        surface=Surface.ACTION,
        delivery=f"trigger:{body['trigger_id']}",
        **transport(context),
    )
    return Tap(
        asker=asker,
        action_id=str(action.get("action_id", "")),
        value=str(action.get("value", "")),
        trigger_id=body["trigger_id"],
        message_ts="",
        ephemeral=True,
        response_url=None,
    )


def message_shortcut(body: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[Tap, str]:
    """A shortcut on somebody's message: who asks, and what it says, for this once.

    Of the bot's own messages nothing is read: they hold its answers, not a question.
    """
    said, channel = body["message"], body["channel"]["id"]
    asker = Asker(
        team=_team(body),
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        channel=channel,
        channel_kind=_kind(channel, body["channel"].get("name")),
        enterprise=(body.get("enterprise") or {}).get("id"),
        surface=Surface.ACTION,
        delivery=f"trigger:{body['trigger_id']}",
        thread_ts=said.get("thread_ts"),
        **transport(context),
    )
    own = said.get("app_id") is not None and said.get("app_id") == body.get("api_app_id")
    own = own or (said.get("bot_id") is not None and said.get("bot_id") == context.get("bot_id"))
    tap = Tap(asker, "", "", body["trigger_id"], "", ephemeral=True, response_url=body.get("response_url"))
    return tap, "" if own else str(said.get("text") or "")


def _kind(channel: str, name: object = None) -> ChannelKind:
    """Of the id, because anybody can name a channel "directmessage"; Slack's own words tell the others apart."""
    if channel.startswith("D"):
        return "im"
    if str(name).startswith("mpdm-"):
        return "mpim"
    return "group" if name == "privategroup" else "channel"


def _team(body: Mapping[str, Any]) -> str:
    """The workspace of the tap; an organisation-wide payload names it with the user."""
    return str((body.get("team") or {}).get("id") or body["user"].get("team_id"))


def transport(context: Mapping[str, Any]) -> dict[str, Any]:
    """What our own door put beside the payload."""
    return {
        "transport": context.get("cre_transport", "http"),
        "retry": int(context.get("cre_retry") or 0),
        "signature_sha256": context.get("cre_signature_sha256"),
    }

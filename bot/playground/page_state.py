"""What the page shows: who there is, what one person sees, and questions to begin with."""

from __future__ import annotations

from bot.playground.bodies import message_body
from bot.playground.interactions import initial_values
from bot.playground.records import Channel, Json, Message, User, View
from bot.playground.workspace import Workspace

EXAMPLES = (
    ("/cre kpc bacteremia", "KPC in the blood, answered privately"),
    ("@CRE Bot NDM klebsiella in the blood, CrCl 25", "NDM with reduced kidney function, answered in a thread"),
    ("/cre kpc", "No site given: it asks"),
    ("/cre oxa-48 pyelo crcl 40", "OXA-48-like pyelonephritis"),
    ("/cre MRSA bacteremia", "Outside its scope: it says so"),
    ("/cre help", "What it can do"),
)
START_CHANNEL = "C0IDCONS01"
MOST_MESSAGES = 100  # of each channel; older ones stay in the stand-in


def boot(slack: Workspace, *, has_audit: bool, has_desk: bool = False) -> Json:
    """Sent once: people, the bot, and the examples."""
    actors = [user for user in slack.users.values() if user.role != "bot"]
    return {
        "team": "General Hospital",
        "bot": _person(slack.bot),
        "people": [_person(user) for user in slack.users.values()],
        "actors": [user.id for user in actors],
        "channels": {channel.id: channel.name for channel in slack.channels.values() if channel.kind != "im"},
        "start_channel": START_CHANNEL,
        "examples": [{"text": text, "why": why} for text, why in EXAMPLES],
        "has_audit": has_audit,
        "has_desk": has_desk,
    }


def _person(user: User) -> Json:
    return {"id": user.id, "name": user.real_name, "handle": user.name, "role": user.role, "title": user.title}


def state(slack: Workspace, user: User) -> Json:
    """Everything this person sees now."""
    channels = [channel for channel in slack.channels.values() if user.id in channel.members]
    return {
        "revision": slack.revision,
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "kind": channel.kind,
                "purpose": channel.purpose,
                "shared": channel.is_shared,
                "has_bot": slack.bot.id in channel.members,
            }
            for channel in channels
        ],
        "messages": [_message(user, message) for channel in channels for message in _newest(slack, user, channel)],
        "views": [_view(view) for view in slack.stack(user)],
        "home": _view(slack.homes[user.id]) if user.id in slack.homes else None,
        "prompts": slack.prompts.get(slack.direct_channel(user).id),
    }


def _newest(slack: Workspace, user: User, channel: Channel) -> list[Message]:
    return slack.visible(user, channel)[-MOST_MESSAGES:]


def raw(slack: Workspace, user: User, message: Message) -> Json:
    """The message as Slack would give it to an app."""
    private = {"is_ephemeral": True, "only_visible_to": user.id} if message.only_for else {}
    return {**message_body(slack, message), "channel": message.channel, **private}


def _message(user: User, message: Message) -> Json:
    return {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "private": message.only_for is not None,
        "notice": message.notice,
        "edited": message.edited_at is not None,
        "values": message.state.get(user.id) or initial_values(message.blocks),
    }


def _view(view: View) -> Json:
    return {"id": view.id, "hash": view.hash, "payload": view.payload, "values": view.values, "errors": view.errors}

"""The documented bodies that Slack sends to an app: commands, events, interactions.

See docs.slack.dev: "Slash commands", "Events API", "Interaction payloads".
"""

from __future__ import annotations

import re

from bot.playground.bodies import message_body, view_body
from bot.playground.records import Channel, Json, Message, User, View
from bot.playground.workspace import Workspace

VERIFICATION_TOKEN = "local-verification-token"  # noqa: S105 - deprecated by Slack, still in every payload
_USER_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")


def escape(text: str) -> str:
    """As Slack escapes what people type, mentions kept."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_around_mentions(text: str) -> str:
    parts = _USER_MENTION.split(text)
    return "".join(f"<@{part}>" if index % 2 else escape(part) for index, part in enumerate(parts))


def rich_text(slack: Workspace, text: str) -> Json:
    """What the composer makes of typed text."""
    elements: list[Json] = []
    for index, part in enumerate(_USER_MENTION.split(text)):
        if index % 2:
            elements.append({"type": "user", "user_id": part})
        elif part:
            elements.append({"type": "text", "text": part})
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": slack.new_id("b"), "elements": [section]}


def command_form(
    slack: Workspace, user: User, channel: Channel, command: str, text: str, *, trigger_id: str, response_url: str
) -> dict[str, str]:
    """The form of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": user.team,
        "team_domain": slack.domain,
        "channel_id": channel.id,
        "channel_name": channel.command_name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": escape(text),
        "api_app_id": slack.app_id,
        "is_enterprise_install": "true" if slack.enterprise else "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
        **({"enterprise_id": slack.enterprise} if slack.enterprise and slack.is_ours(user) else {}),
    }


def event_callback(slack: Workspace, event: Json, *, shared: bool) -> Json:
    """The envelope of an event."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": slack.team,
        "context_team_id": slack.team,
        "context_enterprise_id": slack.enterprise,
        **({"enterprise_id": slack.enterprise} if slack.enterprise else {}),
        "api_app_id": slack.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": slack.new_id("Ev"),
        "event_time": int(slack.clock()),
        "authorizations": [
            {
                "enterprise_id": slack.enterprise,
                "team_id": slack.team,
                "user_id": slack.bot.id,
                "is_bot": True,
                "is_enterprise_install": slack.enterprise is not None,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{slack.new_id('ctx')}",
    }


def message_event(slack: Workspace, message: Message, channel: Channel) -> Json:
    """An `app_mention` in a channel, a `message.im` in a direct message."""
    author = slack.users[message.user]
    event: Json = {
        "type": "message" if channel.kind == "im" else "app_mention",
        "user": author.id,
        "ts": message.ts,
        "client_msg_id": f"00000000-0000-4000-8000-{message.ts.replace('.', '')[-12:]}",
        "text": message.text,
        "team": author.team,
        "blocks": message.blocks,
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if channel.kind == "im":
        event["channel_type"] = "im"
    if message.thread_ts:
        root = slack.find(channel.id, message.thread_ts)
        event |= {"thread_ts": message.thread_ts, "parent_user_id": root.user if root else author.id}
    if author.team != slack.team:
        event |= {"user_team": author.team, "source_team": author.team}
    if author.role == "bot":
        event["bot_id"] = f"B{author.id[1:]}"
    return event


def home_event(slack: Workspace, user: User, tab: str) -> Json:
    """`app_home_opened`: somebody opened the Home tab or the direct conversation. A Home shown before goes along."""
    channel = slack.direct_channel(user)
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": slack.new_ts(),
    }
    if tab == "home" and user.id in slack.homes:
        event["view"] = view_body(slack, slack.homes[user.id])
    return event_callback(slack, event, shared=False)


def own_message_event(slack: Workspace, message: Message, *, changed: bool) -> Json:
    """The `message.im` event of the bot's own message, or of its change."""
    body = message_body(slack, message) | {"bot_profile": {"id": slack.bot_id, "app_id": slack.app_id}}
    event: Json = {**body, "channel": message.channel, "channel_type": "im", "event_ts": message.ts}
    if changed:
        event = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "message": body,
            "previous_message": body,
            "channel": message.channel,
            "channel_type": "im",
            "ts": message.ts,
            "event_ts": message.ts,
        }
    return event_callback(slack, event, shared=False)


def _interaction(slack: Workspace, kind: str, user: User, trigger_id: str | None) -> Json:
    body: Json = {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "api_app_id": slack.app_id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": slack.team, "domain": slack.domain},
        "enterprise": {"id": slack.enterprise, "name": "General Hospitals"} if slack.enterprise else None,
        "is_enterprise_install": slack.enterprise is not None,
    }
    if trigger_id:
        body["trigger_id"] = trigger_id
    return body


def message_action(
    slack: Workspace, user: User, message: Message, action: Json, *, trigger_id: str, response_url: str
) -> Json:
    """`block_actions` from a message. Of an ephemeral message Slack sends where it was, not what it said."""
    channel = slack.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    body = _interaction(slack, "block_actions", user, trigger_id)
    body |= {
        "container": container,
        "channel": {"id": channel.id, "name": channel.command_name},
        "state": {"values": message.state.get(user.id, {})},
        "response_url": response_url,
        "actions": [action],
    }
    if message.only_for is None:
        body["message"] = message_body(slack, message)
    return body


def message_shortcut(
    slack: Workspace, user: User, message: Message, callback_id: str, *, trigger_id: str, response_url: str
) -> Json:
    """`message_action`: a shortcut of the menu of a message."""
    channel = slack.channels[message.channel]
    return _interaction(slack, "message_action", user, trigger_id) | {
        "callback_id": callback_id,
        "action_ts": slack.new_ts(),
        "message_ts": message.ts,
        "message": message_body(slack, message),
        "channel": {"id": channel.id, "name": channel.command_name},
        "response_url": response_url,
    }


def shortcut(slack: Workspace, user: User, callback_id: str, *, trigger_id: str) -> Json:
    """A shortcut of the whole workspace: no channel, no response_url."""
    about = {"callback_id": callback_id, "action_ts": slack.new_ts()}
    return _interaction(slack, "shortcut", user, trigger_id) | about


def view_action(slack: Workspace, user: User, view: View, action: Json, *, trigger_id: str) -> Json:
    """`block_actions` from a modal or a Home."""
    body = _interaction(slack, "block_actions", user, trigger_id)
    body |= {
        "container": {"type": "view", "view_id": view.id},
        "view": view_body(slack, view),
        "actions": [action],
    }
    return body


def view_submission(slack: Workspace, user: User, view: View, *, trigger_id: str) -> Json:
    body = _interaction(slack, "view_submission", user, trigger_id)
    return body | {"view": view_body(slack, view), "response_urls": []}


def view_closed(slack: Workspace, user: User, view: View, *, is_cleared: bool) -> Json:
    body = _interaction(slack, "view_closed", user, None)
    return body | {"view": view_body(slack, view), "is_cleared": is_cleared}

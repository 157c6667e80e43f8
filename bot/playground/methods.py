"""The Web API methods the bot may call, with Slack's own refusals.

Each takes the workspace and the decoded arguments, and returns the response body or raises `SlackError`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.bodies import message_body, user_body
from bot.playground.posting import channel_of, content
from bot.playground.records import Channel, Json, Message
from bot.playground.refusals import SlackError, decoded, need
from bot.playground.scheduling import delete_scheduled_message, schedule_message
from bot.playground.view_methods import set_suggested_prompts, views_open, views_publish, views_push, views_update
from bot.playground.workspace import Workspace

MOST_UPDATE_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method and the scope its token needs (None: any token)."""

    call: Callable[[Workspace, Json], Json]
    scope: str | None = None


def _thread(slack: Workspace, channel: Channel, args: Json) -> str | None:
    thread_ts = args.get("thread_ts")
    if not thread_ts:
        return None
    root = slack.find(channel.id, str(thread_ts))
    if root is None or root.thread_ts not in (None, root.ts) or root.only_for:
        raise SlackError("thread_not_found")
    return str(thread_ts)


def _api_test(_slack: Workspace, args: Json) -> Json:
    if "error" in args:
        raise SlackError(str(args["error"]), args=args)
    return {"args": {key: value for key, value in args.items() if key != "token"}}


def _auth_test(slack: Workspace, _args: Json) -> Json:
    return {
        "url": f"https://{slack.domain}.slack.com/",
        "team": "General Hospital",
        "user": slack.bot.name,
        "team_id": slack.enterprise or slack.team,
        "user_id": slack.bot.id,
        "bot_id": slack.bot_id,
        "is_enterprise_install": slack.enterprise is not None,
        **({"enterprise_id": slack.enterprise} if slack.enterprise else {}),
    }


def _users_info(slack: Workspace, args: Json) -> Json:
    (user_id,) = need(args, "user")
    user = slack.users.get(user_id)
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_body(slack, user)}


def _post_message(slack: Workspace, args: Json) -> Json:
    (channel_id,) = [str(args["channel"])] if args.get("channel") else [""]
    channel = channel_of(slack, channel_id)
    text, blocks = content(args)
    thread_ts = _thread(slack, channel, args)
    metadata = decoded(args.get("metadata"), "invalid_metadata_format")
    message = Message(channel.id, slack.new_ts(), slack.bot.id, text, blocks or [], thread_ts, metadata=metadata)
    slack.add(message)
    return {"channel": channel.id, "ts": message.ts, "message": message_body(slack, message)}


def _post_ephemeral(slack: Workspace, args: Json) -> Json:
    channel_id, user_id = need(args, "channel", "user")
    channel = channel_of(slack, channel_id)
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = content(args)
    thread_ts = _thread(slack, channel, args)
    message = Message(channel.id, slack.new_ts(), slack.bot.id, text, blocks or [], thread_ts, only_for=user_id)
    slack.add(message)
    return {"message_ts": message.ts}


def _own_message(slack: Workspace, args: Json, refusal: str) -> Message:
    channel_id, ts = need(args, "channel", "ts")
    message = slack.find(channel_of(slack, channel_id).id, ts)
    if message is None or message.only_for:  # no method reaches an ephemeral message
        raise SlackError("message_not_found")
    if message.user != slack.bot.id or message.notice:
        raise SlackError(refusal)
    return message


def _update(slack: Workspace, args: Json) -> Json:
    message = _own_message(slack, args, "cant_update_message")
    text, blocks = content(args)
    if len(text) > MOST_UPDATE_TEXT:
        raise SlackError("msg_too_long")
    slack.replace(message, text, blocks)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": message.text,
        "message": message_body(slack, message),
    }


def _delete(slack: Workspace, args: Json) -> Json:
    message = _own_message(slack, args, "cant_delete_message")
    slack.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def _conversations_open(slack: Workspace, args: Json) -> Json:
    (users,) = need(args, "users")
    channel = slack.channels.get(f"D{users[1:]}")
    if channel is None:
        raise SlackError("user_not_found")
    return {"channel": {"id": channel.id}}


def _conversations_info(slack: Workspace, args: Json) -> Json:
    (channel_id,) = need(args, "channel")
    channel = slack.channels.get(channel_id)
    if channel is None or (channel.kind == "group" and slack.bot.id not in channel.members):
        raise SlackError("channel_not_found")
    return {"channel": {"id": channel.id, "name": channel.name, "is_private": channel.kind == "group"}}


METHODS: dict[str, Method] = {
    "api.test": Method(_api_test),
    "auth.test": Method(_auth_test),
    "users.info": Method(_users_info, "users:read"),
    "chat.postMessage": Method(_post_message, "chat:write"),
    "chat.postEphemeral": Method(_post_ephemeral, "chat:write"),
    "chat.update": Method(_update, "chat:write"),
    "chat.delete": Method(_delete, "chat:write"),
    "chat.scheduleMessage": Method(schedule_message, "chat:write"),
    "chat.deleteScheduledMessage": Method(delete_scheduled_message, "chat:write"),
    "views.open": Method(views_open),
    "views.push": Method(views_push),
    "views.update": Method(views_update),
    "views.publish": Method(views_publish),
    "assistant.threads.setSuggestedPrompts": Method(set_suggested_prompts, "assistant:write"),
    "conversations.open": Method(_conversations_open, "im:write"),
    "conversations.info": Method(_conversations_info, "channels:read"),
}

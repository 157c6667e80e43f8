"""Messages, users and views as Slack writes them in responses and payloads."""

from __future__ import annotations

import copy

from bot.playground.records import Json, Message, User, View
from bot.playground.workspace import Workspace


def message_body(slack: Workspace, message: Message) -> Json:
    """A message as Slack writes it in responses and payloads."""
    author = slack.users[message.user]
    body: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    body["team"] = author.team
    if author.id == slack.bot.id:
        body |= {"bot_id": slack.bot_id, "app_id": slack.app_id}
    if message.blocks:
        body["blocks"] = copy.deepcopy(message.blocks)
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
    if message.edited_at:
        body["edited"] = {"user": message.user, "ts": f"{message.edited_at:.6f}"}
    return body


def user_body(slack: Workspace, user: User) -> Json:
    """A user as `users.info` describes them."""
    is_guest = user.role == "guest"
    body: Json = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "profile": {
            "real_name": user.real_name,
            "display_name": user.real_name,
            "title": user.title,
            "team": user.team,
        },
        "is_admin": user.role == "admin",
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": is_guest,
        "is_ultra_restricted": False,
        "is_bot": user.role == "bot",
        "is_app_user": False,
        "tz": "Europe/Stockholm",
        "updated": 1_700_000_000,
    }
    if not slack.is_ours(user):
        body["is_stranger"] = True
    elif slack.enterprise:
        body["enterprise_user"] = {"id": user.id, "enterprise_id": slack.enterprise, "teams": [user.team]}
    return body


def view_body(slack: Workspace, view: View) -> Json:
    """A view as Slack writes it in responses and payloads."""
    empty = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None, "submit": None}
    flags = {"clear_on_close": False, "notify_on_close": False}
    return {
        **empty,
        **flags,
        **copy.deepcopy(view.payload),
        "id": view.id,
        "team_id": slack.team,
        "app_id": slack.app_id,
        "bot_id": slack.bot_id,
        "app_installed_team_id": slack.team,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "state": {"values": copy.deepcopy(view.values)},
    }

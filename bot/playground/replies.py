"""What the bot may say back to one interaction: in the ack body, or through its response_url.

A response_url works five times in thirty minutes; it posts privately unless told `in_channel`, and changes the
message the interaction came from only when told `replace_original` or `delete_original`.
"""

from __future__ import annotations

from bot.playground.posting import content
from bot.playground.records import Channel, Json, Message, ResponseUrl, User
from bot.playground.refusals import SlackError
from bot.playground.workspace import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, Workspace


def post_reply(slack: Workspace, allowed: ResponseUrl, body: Json) -> Message | None:
    """Do what a reply asks; None when it deleted or there was nothing to show."""
    source = slack.find(allowed.channel, allowed.source_ts) if allowed.source_ts else None
    if body.get("delete_original") is True:
        if source is None:
            raise SlackError("message_not_found")
        slack.remove(source)
        return None
    text, blocks = content(body)
    if body.get("replace_original") is True and source is not None:
        slack.replace(source, text, blocks or [])
        return source
    response_type = body.get("response_type", "ephemeral")
    if response_type not in {"ephemeral", "in_channel"}:
        raise SlackError("invalid_response_type")
    thread_ts = body.get("thread_ts") or allowed.thread_ts
    only_for = allowed.user if response_type == "ephemeral" else None
    message = Message(allowed.channel, slack.new_ts(), slack.bot.id, text, blocks or [], thread_ts, only_for=only_for)
    return slack.add(message)


def use_response_url(slack: Workspace, key: str, body: Json) -> Message | None:
    """One POST to a response_url."""
    allowed = slack.response_urls.get(key)
    if allowed is None:
        raise SlackError("no_service")
    if slack.clock() - allowed.made_at > RESPONSE_URL_SECONDS:
        raise SlackError("expired_url")
    if allowed.uses >= RESPONSE_URL_USES:
        raise SlackError("used_url")
    allowed.uses += 1
    return post_reply(slack, allowed, body)


def show_command_ack(
    slack: Workspace, user: User, channel: Channel, typed: str, body: Json | str | None
) -> Message | None:
    """The message of a slash command's ack body; a public one shows what was typed as well."""
    if not body:
        return None
    reply: Json = {"text": body} if isinstance(body, str) else body
    if not reply.get("text") and not reply.get("blocks"):
        return None
    if reply.get("response_type") == "in_channel":
        slack.add(Message(channel.id, slack.new_ts(), user.id, typed))
    return post_reply(slack, ResponseUrl(user.id, channel.id, None, None, slack.clock()), reply)


def show_notice(slack: Workspace, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
    """Words of Slack itself, to one person."""
    return slack.add(
        Message(channel.id, slack.new_ts(), slack.bot.id, text, [], thread_ts, only_for=user.id, notice=True)
    )

"""Messages that Slack sends by itself later: scheduled, deleted while there is time, and sent when they are due."""

from __future__ import annotations

from bot.playground.posting import channel_of, content
from bot.playground.records import Json, Message, Scheduled
from bot.playground.refusals import SlackError, need
from bot.playground.workspace import Workspace

LAST_SECONDS = 60  # Slack deletes nothing that is due within a minute
MOST_DAYS = 120


def schedule_message(slack: Workspace, args: Json) -> Json:
    """chat.scheduleMessage."""
    (channel_id,) = need(args, "channel")
    channel = channel_of(slack, channel_id)
    text, blocks = content(args)
    post_at = args.get("post_at")
    if not isinstance(post_at, int):
        raise SlackError("invalid_arguments")
    if post_at <= slack.clock():
        raise SlackError("time_in_past")
    if post_at > slack.clock() + MOST_DAYS * 86_400:
        raise SlackError("time_too_far")
    waiting = Scheduled(slack.new_id("Q"), channel.id, text, blocks or [], args.get("thread_ts"), post_at)
    slack.scheduled[waiting.id] = waiting
    return {"channel": channel.id, "scheduled_message_id": waiting.id, "post_at": post_at, "message": {"text": text}}


def delete_scheduled_message(slack: Workspace, args: Json) -> Json:
    """chat.deleteScheduledMessage."""
    channel_id, scheduled_id = need(args, "channel", "scheduled_message_id")
    channel_of(slack, channel_id)
    send_due(slack)
    waiting = slack.scheduled.get(scheduled_id)
    if waiting is None or waiting.channel != channel_id or waiting.post_at - slack.clock() < LAST_SECONDS:
        raise SlackError("invalid_scheduled_message_id")
    del slack.scheduled[scheduled_id]
    return {}


def send_due(slack: Workspace, now: float | None = None) -> list[Message]:
    """Send what is due (`now`: as if it were that time)."""
    due = [each for each in slack.scheduled.values() if each.post_at <= (slack.clock() if now is None else now)]
    for each in due:
        del slack.scheduled[each.id]
    return [
        slack.add(Message(each.channel, slack.new_ts(), slack.bot.id, each.text, each.blocks, each.thread_ts))
        for each in sorted(due, key=lambda each: each.post_at)
    ]

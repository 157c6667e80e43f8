"""What may be posted, and where: Slack's refusals that every method of messages shares."""

from __future__ import annotations

from bot.playground.records import Channel, Json
from bot.playground.refusals import SlackError, decoded
from bot.playground.workspace import Workspace
from handlers.blockcheck import check_blocks


def content(args: Json) -> tuple[str, list[Json] | None]:
    """The text and blocks of a message, or Slack's word for what is wrong with them."""
    text = args.get("text") or ""
    blocks = args.get("blocks")
    if blocks is not None:
        blocks = decoded(blocks, "invalid_blocks_format")
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        faults = check_blocks(blocks)
        if any("msg_blocks_too_long" in fault for fault in faults):
            raise SlackError("msg_blocks_too_long")
        if faults:
            messages = [f"[ERROR] {fault}" for fault in faults]
            raise SlackError("invalid_blocks", errors=list(faults), response_metadata={"messages": messages})
    if not text and not blocks:
        raise SlackError("no_text")
    if not isinstance(text, str):
        raise SlackError("invalid_arguments")
    if len(text) > 40_000:
        raise SlackError("msg_too_long")
    return text, blocks


def channel_of(slack: Workspace, channel_id: str) -> Channel:
    """The channel to post in: known to the bot, and the bot is in it. A user id stands for the direct message."""
    user = slack.users.get(channel_id)
    channel = slack.channels.get(f"D{channel_id[1:]}") if user else slack.channels.get(channel_id)
    if channel is None or (channel.kind == "group" and slack.bot.id not in channel.members):
        raise SlackError("channel_not_found")
    if slack.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel

"""Whether the consult and feedback channels can be posted to, found out without anybody reading a word.

No scope of the bot shows a channel, but Slack refuses to schedule a message where none may be posted: one is
scheduled for tomorrow and deleted at once.
"""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.faults import Fault
from bot.settings import Settings
from bot.slack_client import FAULTS, reason_of
from handlers.ports import Clock

_LATER_SECONDS = 24 * 3600
_TEXT = "A check of cre-bot doctor: it is deleted before it is sent."
_REMEDY = "correct the id, or invite the bot there (/invite @CRE Bot)"


async def check_channels(client: AsyncWebClient, settings: Settings, clock: Clock) -> list[Fault]:
    """A fault for each channel that is set and does not take a message."""
    channels = {"CRE_CONSULT_CHANNEL": settings.consult_channel, "CRE_FEEDBACK_CHANNEL": settings.feedback_channel}
    faults = []
    for name, channel in channels.items():
        reason = await _refusal(client, channel, clock) if channel else None
        if reason is not None:
            faults.append(Fault(name, f"cannot be posted to ({reason})", _REMEDY))
    return faults


async def _refusal(client: AsyncWebClient, channel: str, clock: Clock) -> str | None:
    at = clock.now_ms() // 1000 + _LATER_SECONDS
    try:
        reply = await client.chat_scheduleMessage(channel=channel, post_at=at, text=_TEXT)
        await client.chat_deleteScheduledMessage(
            channel=channel, scheduled_message_id=str(reply.get("scheduled_message_id"))
        )
    except FAULTS as error:
        return reason_of(error)
    return None

"""Scheduled messages and shortcuts in the stand-in: Slack's refusals, its last minute, and its payloads."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from bot.playground.scheduling import send_due
from bot.playground.standin import SlackStandIn
from tests.bot.playground.tiny_bot import ManualClock


async def call(slack: SlackStandIn, method: str, **args: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + method, json=args, headers=headers) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


async def schedule(
    slack: SlackStandIn, clock: ManualClock, seconds: int, channel: str = "C0ICU00001"
) -> dict[str, Any]:
    at = int(clock()) + seconds
    return await call(slack, "chat.scheduleMessage", channel=channel, post_at=at, text="later")


async def test_a_scheduled_message_comes_when_it_is_due(slack: SlackStandIn, clock: ManualClock) -> None:
    """Once, for everybody, and not before."""
    assert (await schedule(slack, clock, 120))["ok"]
    clock.advance(119)
    assert send_due(slack.workspace) == []
    clock.advance(1)
    (message,) = send_due(slack.workspace)
    assert (message.channel, message.text, message.user) == ("C0ICU00001", "later", "U0CREBOT01")
    assert send_due(slack.workspace) == []


async def test_it_is_deleted_until_its_last_minute(slack: SlackStandIn, clock: ManualClock) -> None:
    """After that, and once sent, Slack knows no such message."""
    for waited, ok in ((0, True), (59, True), (61, False), (121, False)):
        scheduled = await schedule(slack, clock, 120)
        clock.advance(waited)
        place = {"channel": "C0ICU00001", "scheduled_message_id": scheduled["scheduled_message_id"]}
        answer = await call(slack, "chat.deleteScheduledMessage", **place)
        assert answer["ok"] is ok
        assert ok or answer["error"] == "invalid_scheduled_message_id"


@pytest.mark.parametrize(
    ("seconds", "channel", "error"),
    [
        (-1, "C0ICU00001", "time_in_past"),
        (121 * 86_400, "C0ICU00001", "time_too_far"),
        (120, "C0LOUNGE01", "not_in_channel"),
        (120, "C0NOWHERE1", "channel_not_found"),
    ],
)
async def test_what_slack_refuses_to_schedule(
    slack: SlackStandIn, clock: ManualClock, seconds: int, channel: str, error: str
) -> None:
    assert (await schedule(slack, clock, seconds, channel))["error"] == error


async def test_shortcuts_carry_what_slack_sends(slack: SlackStandIn) -> None:
    """A message and its channel with a response_url, or neither; none on what only one person sees."""
    await slack.say("pharmacist", "icu", "kpc pneumonia")
    (message,) = slack.seen_by("clinician", "icu")
    payload = (await slack.message_shortcut("clinician", message)).payload
    assert payload["type"] == "message_action"
    assert payload["message"]["text"] == "kpc pneumonia"
    assert payload["channel"]["id"] == "C0ICU00001"
    assert payload["response_url"].startswith(slack.base_url)
    payload = (await slack.shortcut("clinician")).payload
    assert payload["type"] == "shortcut"
    assert not {"channel", "response_url", "message"} & set(payload)
    message.only_for = "U0CLINIC01"
    with pytest.raises(LookupError):
        await slack.message_shortcut("clinician", message)

"""Homes, suggested prompts and the pace of posts: the stand-in takes and refuses them as Slack does."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin import SlackStandIn
from bot.slack_client import new_session
from tests.bot.playground.test_web_api import call

HOME = {"type": "home", "blocks": [{"type": "divider"}]}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{"type": "divider"}]}
PROMPTS = "assistant.threads.setSuggestedPrompts"
PROMPT = {"title": "KPC", "message": "kpc bacteremia"}


async def test_a_home_is_published_for_one_person_and_keeps_its_id(slack: SlackStandIn) -> None:
    """Again: the same view with a new hash; nobody else has one."""
    first = await call(slack, "views.publish", user_id="U0CLINIC01", view=HOME)
    again = await call(slack, "views.publish", user_id="U0CLINIC01", view=HOME)
    assert first["view"]["id"] == again["view"]["id"]
    assert first["view"]["hash"] != again["view"]["hash"]
    assert slack.home_of("clinician").payload["type"] == "home"
    with pytest.raises(KeyError):
        slack.home_of("pharmacist")
    late = await call(slack, "views.publish", user_id="U0CLINIC01", view=HOME, hash=first["view"]["hash"])
    assert late["error"] == "hash_conflict"


@pytest.mark.parametrize(
    ("user", "view", "error"),
    [
        ("U0CLINIC01", MODAL, "invalid_arguments"),
        ("U0NOBODY00", HOME, "user_not_found"),
        ("U0CLINIC01", {**HOME, "blocks": [{"type": "divider"}] * 101}, "invalid_arguments"),
        ("U0CLINIC01", {**HOME, "title": {"type": "plain_text", "text": "x"}}, "invalid_arguments"),
    ],
)
async def test_what_is_no_home_is_refused(slack: SlackStandIn, user: str, view: dict[str, object], error: str) -> None:
    """A modal, a stranger's, 101 blocks, a title."""
    assert (await call(slack, "views.publish", user_id=user, view=view))["error"] == error


async def test_prompts_are_suggested_in_a_direct_conversation(slack: SlackStandIn) -> None:
    """Four at most; with a thread Slack says yes and shows nothing."""
    assert (await call(slack, PROMPTS, channel_id="D0CLINIC01", prompts=[PROMPT] * 4, title="Ask"))["ok"]
    assert slack.workspace.prompts["D0CLINIC01"] == {"title": "Ask", "prompts": [PROMPT] * 4}
    assert (await call(slack, PROMPTS, channel_id="D0CLINIC01", prompts=[PROMPT], thread_ts="1.2"))["ok"]
    assert len(slack.workspace.prompts["D0CLINIC01"]["prompts"]) == 4
    for channel, prompts in (("C0ICU00001", [PROMPT]), ("D0CLINIC01", [PROMPT] * 5), ("D0CLINIC01", [{"title": "x"}])):
        assert not (await call(slack, PROMPTS, channel_id=channel, prompts=prompts))["ok"]


async def test_a_channel_takes_one_post_a_second_where_the_stand_in_is_told_so() -> None:
    """With Retry-After, as Slack; another channel has a second of its own."""
    now = [100.0]
    async with SlackStandIn(clock=lambda: now[0], posts_apart_seconds=1.0) as slack, new_session() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        await client.chat_postMessage(channel="C0ICU00001", text="one")
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel="C0ICU00001", text="two")
        assert (refused.value.response.status_code, refused.value.response["error"]) == (429, "ratelimited")
        assert refused.value.response.headers["Retry-After"] == "1"
        await client.chat_postMessage(channel="C0IDCONS01", text="elsewhere")
        now[0] += 1
        await client.chat_postMessage(channel="C0ICU00001", text="two")

"""The Web API refuses what Slack refuses, in Slack's words."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.records import Message
from bot.playground.standin import SlackStandIn
from bot.playground.web_api import BOT_SCOPES
from tests.bot.playground.tiny_bot import ManualClock

Json = dict[str, Any]
CHANNEL = "C0IDCONS01"
BOT_TOKEN = "xoxb-local-bot"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "KPC"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Ask"}, "blocks": [SECTION]}


async def call(slack: SlackStandIn, method: str, token: str | None = BOT_TOKEN, **args: Any) -> Json:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + method, json=args, headers=headers) as r,
    ):
        return dict(await r.json())


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.postMessage", {"channel": "C999", "text": "a"}, "channel_not_found"),
        ("chat.postMessage", {"text": "a"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "#id-consults", "text": "a"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0LOUNGE01", "text": "a"}, "not_in_channel"),
        ("chat.postMessage", {"channel": CHANNEL}, "no_text"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "a" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "a", "thread_ts": "1.000001"}, "thread_not_found"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "a", "blocks": "{not json"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "a", "blocks": {}}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "a", "blocks": [{"type": "nope"}]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "a", "blocks": [SECTION] * 51}, "invalid_blocks"),
        (
            "chat.postMessage",
            {
                "channel": CHANNEL,
                "text": "a",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5,
            },
            "msg_blocks_too_long",
        ),
        ("chat.postEphemeral", {"channel": CHANNEL, "user": "U0EXTERN01", "text": "a"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": CHANNEL, "text": "a"}, "invalid_arguments"),
        ("chat.update", {"channel": CHANNEL, "ts": "1.000001", "text": "a"}, "message_not_found"),
        ("chat.delete", {"channel": CHANNEL, "ts": "1.000001"}, "message_not_found"),
        ("users.info", {"user": "U999"}, "user_not_found"),
        ("views.open", {"trigger_id": "1.2.3", "view": MODAL}, "invalid_trigger_id"),
        ("views.update", {"view_id": "V1", "view": MODAL}, "not_found"),
        ("conversations.open", {"users": "U0CLINIC01"}, "missing_scope"),
        ("conversations.info", {"channel": CHANNEL}, "missing_scope"),
        ("conversations.history", {"channel": CHANNEL}, "unknown_method"),
        ("apps.connections.open", {}, "not_allowed_token_type"),
    ],
)
async def test_each_mistake_has_its_error(slack: SlackStandIn, method: str, args: Json, error: str) -> None:
    answer = await call(slack, method, **args)
    assert (answer["ok"], answer["error"]) == (False, error)


async def test_bad_blocks_are_named_one_by_one(slack: SlackStandIn) -> None:
    answer = await call(slack, "chat.postMessage", channel=CHANNEL, text="a", blocks=[{"type": "nope"}])
    assert answer["errors"] == ["/blocks/0: block type 'nope' is not allowed here"]
    assert answer["response_metadata"]["messages"][0].startswith("[ERROR]")


async def test_a_missing_scope_says_which(slack: SlackStandIn) -> None:
    answer = await call(slack, "conversations.open", users="U0CLINIC01")
    assert answer["needed"] == "im:write"
    assert answer["provided"] == ",".join(BOT_SCOPES)


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", None, "not_authed"),
        ("auth.test", "xoxb-wrong", "invalid_auth"),
        ("auth.test", "xapp-local-app", "not_allowed_token_type"),
        ("chat.postMessage", None, "not_authed"),
        ("apps.connections.open", "xoxb-wrong", "invalid_auth"),
    ],
)
async def test_tokens_are_checked(slack: SlackStandIn, method: str, token: str | None, error: str) -> None:
    assert (await call(slack, method, token))["error"] == error


async def test_the_scopes_are_in_the_header_and_api_test_needs_no_token(slack: SlackStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(slack.api_url + "api.test", data={"foo": "bar"}) as response:
            assert (await response.json())["args"] == {"foo": "bar"}
        headers = {"Authorization": "Bearer xoxb-local-bot"}
        async with session.post(slack.api_url + "auth.test", headers=headers) as response:
            assert response.headers["x-oauth-scopes"] == ",".join(BOT_SCOPES)
        async with session.post(
            slack.api_url + "auth.test", data=b"{", headers={"Content-Type": "application/json"}
        ) as r:
            assert (await r.json())["error"] == "invalid_json"


async def test_the_sdk_client_works_unchanged(slack: SlackStandIn) -> None:
    """Posting, threading, updating, deleting and looking people up with slack_sdk itself."""
    client = AsyncWebClient("xoxb-local-bot", base_url=slack.api_url)
    assert (await client.auth_test())["user_id"] == "U0CREBOT01"
    assert (await client.users_info(user="U0GUEST001"))["user"]["is_restricted"] is True
    assert (await client.users_info(user="U0EXTERN01"))["user"]["team_id"] == "T0PARTNER1"
    posted = await client.chat_postMessage(channel=CHANNEL, text="KPC", blocks=[SECTION])
    ts = posted["ts"]
    await client.chat_postMessage(channel=CHANNEL, text="more", thread_ts=ts)
    await client.chat_postEphemeral(channel=CHANNEL, user="U0CLINIC01", text="only you")
    await client.chat_postMessage(channel="U0CLINIC01", text="to your direct messages")
    updated = await client.chat_update(channel=CHANNEL, ts=ts, text="NDM")
    assert updated["message"]["blocks"], "blocks that are not sent again stay"
    with pytest.raises(SlackApiError, match="msg_too_long"):
        await client.chat_update(channel=CHANNEL, ts=ts, text="a" * 4_001)
    assert [m.text for m in slack.seen_by("clinician", "id-consults")] == ["NDM", "more", "only you"]
    assert [m.text for m in slack.seen_by("pharmacist", "id-consults")] == ["NDM", "more"]
    assert [m.text for m in slack.seen_by("clinician", "dm")] == ["to your direct messages"]
    await client.chat_delete(channel=CHANNEL, ts=ts)
    assert slack.faults == []
    assert [c.method for c in slack.calls if c.method.startswith("chat")].count("chat.postMessage") == 3


async def test_no_method_reaches_an_ephemeral_message_or_somebody_elses(slack: SlackStandIn) -> None:
    client = AsyncWebClient("xoxb-local-bot", base_url=slack.api_url)
    private = await client.chat_postEphemeral(channel=CHANNEL, user="U0CLINIC01", text="only you")
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client.chat_update(channel=CHANNEL, ts=private["message_ts"], text="x")
    await slack.say("clinician", "id-consults", "morning")
    theirs = slack.seen_by("clinician", "id-consults")[-1]
    with pytest.raises(SlackApiError, match="cant_update_message"):
        await client.chat_update(channel=CHANNEL, ts=theirs.ts, text="x")
    with pytest.raises(SlackApiError, match="cant_delete_message"):
        await client.chat_delete(channel=CHANNEL, ts=theirs.ts)


async def test_a_payload_slack_takes_but_the_project_does_not_is_kept_as_a_fault(slack: SlackStandIn) -> None:
    assert (await call(slack, "chat.postMessage", channel=CHANNEL, blocks=json.dumps([SECTION])))["ok"]
    assert slack.faults == ["chat.postMessage : text is missing: notifications and screen readers read it"]


async def test_a_test_can_ask_for_a_failure(slack: SlackStandIn) -> None:
    slack.fail_next("chat.postMessage", "ratelimited", status=429, retry_after=7)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer xoxb-local-bot"}) as session:
        async with session.post(slack.api_url + "chat.postMessage", json={"channel": CHANNEL, "text": "a"}) as r:
            assert (r.status, r.headers["Retry-After"]) == (429, "7")
        async with session.post(slack.api_url + "chat.postMessage", json={"channel": CHANNEL, "text": "a"}) as r:
            assert (await r.json())["ok"]


async def test_a_trigger_opens_one_modal_within_three_seconds(slack: SlackStandIn, clock: ManualClock) -> None:
    fresh = (await slack.command("clinician", "id-consults", "form")).payload["trigger_id"]
    assert (await call(slack, "views.open", trigger_id=fresh, view=MODAL))["view"]["id"].startswith("V")
    assert (await call(slack, "views.open", trigger_id=fresh, view=MODAL))["error"] == "exchanged_trigger_id"
    late = (await slack.command("clinician", "id-consults", "form")).payload["trigger_id"]
    clock.advance(3.1)
    assert (await call(slack, "views.open", trigger_id=late, view=MODAL))["error"] == "expired_trigger_id"
    bad = {**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}
    third = (await slack.command("clinician", "id-consults", "form")).payload["trigger_id"]
    answer = await call(slack, "views.open", trigger_id=third, view=bad)
    assert answer["error"] == "invalid_arguments"
    assert "1 to 24" in answer["response_metadata"]["messages"][0]


async def test_a_response_url_works_five_times_in_thirty_minutes(slack: SlackStandIn, clock: ManualClock) -> None:
    async with aiohttp.ClientSession() as session:

        async def post(url: str, **body: Any) -> tuple[int, str | None]:
            async with session.post(url, json=body) as response:
                return response.status, (await response.json()).get("error")

        url = (await slack.command("clinician", "id-consults", "x")).payload["response_url"]
        assert await post(url) == (400, "no_text")
        assert await post(url, text="a", response_type="public") == (400, "invalid_response_type")
        for _ in range(3):
            assert await post(url, text="a") == (200, None)
        assert await post(url, text="a") == (404, "used_url")
        old = (await slack.command("clinician", "id-consults", "x")).payload["response_url"]
        clock.advance(30 * 60 + 1)
        assert await post(old, text="a") == (404, "expired_url")
        assert await post(slack.base_url + "/response/none", text="a") == (404, "no_service")
        assert len(slack.received("response_url")) == 3


async def test_a_response_url_is_private_public_replaces_or_deletes(slack: SlackStandIn) -> None:
    source = Message(CHANNEL, "1.000001", "U0CREBOT01", "pick", [_buttons()], only_for="U0CLINIC01")
    slack.workspace.add(source)
    url = (await slack.click("clinician", source, "site_blood")).payload["response_url"]
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"text": "replaced", "replace_original": True})
        assert source.text == "replaced"
        assert source.blocks == []
        await session.post(url, json={"text": "for all", "response_type": "in_channel"})
        await session.post(url, json={"text": "for one"})
        await session.post(url, json={"delete_original": True})
    assert [(m.text, m.only_for) for m in slack.seen_by("clinician", "id-consults")] == [
        ("for all", None),
        ("for one", "U0CLINIC01"),
    ]


def _buttons() -> Json:
    button = {
        "type": "button",
        "action_id": "site_blood",
        "text": {"type": "plain_text", "text": "Blood"},
        "value": "bsi",
    }
    return {"type": "actions", "block_id": "pick", "elements": [button]}

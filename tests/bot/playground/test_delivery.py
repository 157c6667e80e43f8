"""What a person does reaches the bot as Slack documents it, signed, over HTTP or a socket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.records import Message
from bot.playground.standin import SlackStandIn
from tests.bot.playground.tiny_bot import ManualClock, TinyBot

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


PICKER: Json = {
    "type": "actions",
    "block_id": "pick",
    "elements": [
        {"type": "button", "action_id": "share", "text": plain("Share"), "value": "rid-1"},
        {
            "type": "static_select",
            "action_id": "site",
            "options": [option("Blood", "bacteremia"), option("Urine", "cystitis")],
        },
    ],
}
FORM: Json = {
    "type": "modal",
    "callback_id": "ask",
    "title": plain("Ask"),
    "submit": plain("Ask"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "crcl",
            "label": plain("CrCl"),
            "element": {"type": "number_input", "action_id": "crcl_value", "is_decimal_allowed": True},
        }
    ],
}


async def test_a_command_is_a_signed_form_and_its_ack_is_shown_to_the_asker_alone(
    slack: SlackStandIn, bot: TinyBot, clock: ManualClock
) -> None:
    bot.answers = [{"response_type": "ephemeral", "text": "KPC, blood"}]
    sent = await slack.command("clinician", "id-consults", "kpc & <b>")
    form = bot.got[0].payload
    assert bot.got[0].is_signed_with(slack.signing_secret)
    assert bot.got[0].headers["X-Slack-Request-Timestamp"] == str(int(clock.now))
    assert form["command"] == "/cre"
    assert form["text"] == "kpc &amp; &lt;b&gt;"
    assert (form["team_id"], form["user_id"], form["channel_id"]) == ("T0HOSPITAL", "U0CLINIC01", "C0IDCONS01")
    assert form["channel_name"] == "id-consults"
    assert form["response_url"].startswith(slack.base_url + "/response/")
    assert sent.shown is not None
    assert sent.shown.only_for == "U0CLINIC01"
    assert slack.seen_by("pharmacist") == []
    assert slack.received("ack") == [{"response_type": "ephemeral", "text": "KPC, blood"}]


async def test_a_public_ack_shows_what_was_typed_too(slack: SlackStandIn, bot: TinyBot) -> None:
    bot.answers = [{"response_type": "in_channel", "text": "KPC, blood"}]
    await slack.command("clinician", "stewardship", "kpc blood")
    assert bot.got[0].payload["channel_name"] == "privategroup"
    assert [m.text for m in slack.seen_by("pharmacist")] == ["/cre kpc blood", "KPC, blood"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (500, "dispatch_failed"),
        ({"text": "a", "blocks": [{"type": "nope"}]}, "invalid_command_response"),
        (web.Response(body=b"{", content_type="application/json"), "dispatch_failed"),
    ],
)
async def test_a_command_that_fails_says_so_to_the_asker(
    slack: SlackStandIn, bot: TinyBot, answer: web.Response | Json | int, words: str
) -> None:
    bot.answers = [answer]
    sent = await slack.command("clinician", "dm", "kpc")
    assert sent.shown is not None
    assert sent.shown.notice
    assert words in sent.shown.text


async def test_a_silent_bot_is_reported_after_the_deadline_and_a_command_is_not_sent_again(
    slack: SlackStandIn, bot: TinyBot
) -> None:
    bot.hold = asyncio.Event()
    sent = await slack.command("clinician", "icu", "kpc")
    assert sent.ack.error == "http_timeout"
    assert sent.shown is not None
    assert "operation_timeout" in sent.shown.text
    assert len(bot.got) == 1


async def test_a_mention_is_an_event_with_its_envelope(slack: SlackStandIn, bot: TinyBot) -> None:
    sent = await slack.mention("clinician", "id-consults", "@CRE Bot NDM in the blood, CrCl >25")
    envelope = bot.got[0].payload
    event = envelope["event"]
    assert envelope["type"] == "event_callback"
    assert envelope["authorizations"][0]["user_id"] == "U0CREBOT01"
    assert event["type"] == "app_mention"
    assert event["text"] == "<@U0CREBOT01> NDM in the blood, CrCl &gt;25"
    assert event["blocks"][0]["elements"][0]["elements"][1]["text"] == " NDM in the blood, CrCl >25"
    assert "thread_ts" not in event
    assert sent.ok
    await slack.mention("pharmacist", "id-consults", "and for pneumonia?", thread_ts=event["ts"])
    follow = bot.got[1].payload["event"]
    assert (follow["thread_ts"], follow["parent_user_id"]) == (event["ts"], "U0CLINIC01")


async def test_only_mentions_and_direct_messages_are_delivered(slack: SlackStandIn, bot: TinyBot) -> None:
    assert await slack.say("clinician", "id-consults", "just talking") is None
    assert await slack.say("clinician", "lounge", "@CRE Bot hello") is None
    assert "not in #lounge" in slack.seen_by("clinician", "lounge")[-1].text
    assert bot.got == []
    await slack.direct_message("clinician", "kpc blood")
    event = bot.got[0].payload["event"]
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", "D0CLINIC01")


async def test_an_external_user_comes_with_their_own_team(slack: SlackStandIn, bot: TinyBot) -> None:
    await slack.mention("external", "partner-icu", "kpc blood")
    envelope = bot.got[0].payload
    assert envelope["is_ext_shared_channel"] is True
    assert envelope["event"]["user_team"] == "T0PARTNER1"


async def test_an_event_is_retried_with_slacks_headers_until_acknowledged(
    slack: SlackStandIn, bot: TinyBot, slept: list[float]
) -> None:
    bot.answers = [500, 500, 200]
    sent = await slack.mention("clinician", "id-consults", "kpc")
    await slack.courier.settle()
    assert sent.ack.error == "http_error"
    assert [g.headers.get("X-Slack-Retry-Num") for g in bot.got] == [None, "1", "2"]
    assert bot.got[1].headers["X-Slack-Retry-Reason"] == "http_error"
    assert slept == [0.0, 60.0]
    assert len({g.payload["event_id"] for g in bot.got}) == 1


async def test_no_retry_when_the_bot_asks_for_none(slack: SlackStandIn, bot: TinyBot) -> None:
    bot.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await slack.mention("clinician", "id-consults", "kpc")
    await slack.courier.settle()
    assert len(bot.got) == 1


async def test_a_press_and_a_choice_carry_container_state_and_response_url(slack: SlackStandIn, bot: TinyBot) -> None:
    bot.answers = [{"text": "which site?", "blocks": [PICKER]}]
    shown = (await slack.command("clinician", "id-consults", "kpc")).shown
    assert shown is not None
    await slack.select("clinician", shown, "site", "cystitis")
    chosen = bot.got[1].payload
    assert chosen["type"] == "block_actions"
    assert chosen["container"] == {
        "type": "message",
        "message_ts": shown.ts,
        "channel_id": "C0IDCONS01",
        "is_ephemeral": True,
    }
    assert "message" not in chosen
    assert chosen["actions"][0]["selected_option"] == option("Urine", "cystitis")
    assert chosen["state"]["values"]["pick"]["site"]["selected_option"]["value"] == "cystitis"
    await slack.click("clinician", shown, "share")
    pressed = bot.got[2].payload
    assert pressed["actions"][0]["value"] == "rid-1"
    assert pressed["state"]["values"]["pick"]["site"]["selected_option"]["value"] == "cystitis"
    with pytest.raises(LookupError, match="nothing to press"):
        await slack.click("clinician", shown, "nope")
    with pytest.raises(LookupError, match="no option"):
        await slack.select("clinician", shown, "site", "brain")


async def test_a_press_on_a_public_message_carries_the_message(slack: SlackStandIn, bot: TinyBot) -> None:
    public = slack.workspace.add(Message("C0IDCONS01", "5.000001", "U0CREBOT01", "pick", [dict(PICKER)]))
    await slack.click("pharmacist", public, "share")
    assert bot.got[0].payload["message"]["blocks"][0]["block_id"] == "pick"


async def test_a_modal_goes_from_trigger_to_errors_to_update_to_closed(slack: SlackStandIn, bot: TinyBot) -> None:
    trigger = (await slack.command("clinician", "id-consults", "form")).payload["trigger_id"]
    client = AsyncWebClient("xoxb-local-bot", base_url=slack.api_url)
    await client.views_open(trigger_id=trigger, view=FORM)
    view = slack.workspace.stack(slack.workspace.user_named("clinician"))[0]
    bot.answers = [{"response_action": "errors", "errors": {"crcl": "Too high"}}]
    await slack.submit_view("clinician", values={"crcl_value": "900"})
    submitted = bot.got[-1].payload
    assert submitted["type"] == "view_submission"
    assert submitted["view"]["state"]["values"]["crcl"]["crcl_value"] == {"type": "number_input", "value": "900"}
    assert view.errors == {"crcl": "Too high"}
    bot.answers = [{"response_action": "update", "view": {**FORM, "title": plain("Again")}}]
    await slack.submit_view("clinician")
    assert view.payload["title"] == plain("Again")
    assert view.values["crcl"]["crcl_value"]["value"] == "900"
    bot.answers = [{"response_action": "push", "view": {**FORM, "title": plain("Second")}}]
    await slack.submit_view("clinician")
    assert len(slack.workspace.stack(slack.workspace.user_named("clinician"))) == 2
    bot.answers = [{"response_action": "errors", "errors": {"nope": "x"}}]
    assert (await slack.submit_view("clinician")).ack.error == "invalid_errors"
    await slack.close_view("clinician")
    assert bot.got[-1].payload["type"] == "view_closed"
    await slack.submit_view("clinician")
    assert slack.workspace.views == {}


async def test_the_bots_own_direct_message_comes_back_as_an_event(slack: SlackStandIn, bot: TinyBot) -> None:
    own = slack.workspace.add(Message("D0CLINIC01", "7.000001", "U0CREBOT01", "KPC"))
    await slack.echo(own)
    event = bot.got[0].payload["event"]
    assert (event["type"], event["bot_id"], event["user"]) == ("message", "B0CREBOT01", "U0CREBOT01")
    await slack.echo(own, changed=True)
    assert bot.got[1].payload["event"]["subtype"] == "message_changed"


async def test_the_handshake_and_any_raw_bytes_can_be_sent(slack: SlackStandIn, bot: TinyBot) -> None:
    await slack.verify_url()
    assert bot.got[0].payload["type"] == "url_verification"
    await slack.deliver_raw(b"\xff{", "application/json", secret="wrong", timestamp="1")
    assert not bot.got[1].is_signed_with(slack.signing_secret)
    assert bot.got[1].headers["X-Slack-Request-Timestamp"] == "1"


async def test_slacks_own_verifier_accepts_the_signature(slack: SlackStandIn, bot: TinyBot) -> None:
    await slack.command("clinician", "icu", "kpc")
    got = bot.got[0]
    verifier = SignatureVerifier(slack.signing_secret)
    at = got.headers["X-Slack-Request-Timestamp"]
    assert verifier.generate_signature(timestamp=at, body=got.body) == got.headers["X-Slack-Signature"]


async def test_socket_mode_carries_the_same_with_the_sdks_client(slack: SlackStandIn) -> None:
    """Hello, envelopes, an ack with a payload, and events without one."""
    slack.events_url = None
    web_client = AsyncWebClient("xoxb-local-bot", base_url=slack.api_url)
    client = SocketModeClient("xapp-local-app", web_client=web_client)
    got: list[SocketModeRequest] = []

    async def answer(socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        got.append(request)
        payload = {"text": "KPC, blood"} if request.type == "slash_commands" else None
        await socket.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    client.socket_mode_request_listeners.append(answer)
    try:
        assert (await slack.command("clinician", "icu", "early")).ack.error == "connection_failed"
        # slack_sdk leaves these methods without types
        await client.connect()  # type: ignore[no-untyped-call]
        await slack.sockets.wait_until_connected()
        sent = await slack.command("clinician", "icu", "kpc blood")
        assert sent.shown is not None
        assert sent.shown.text == "KPC, blood"
        assert got[0].accepts_response_payload
        assert (await slack.mention("clinician", "icu", "kpc")).ok
        assert got[1].payload["event"]["type"] == "app_mention"
        assert (got[1].type, got[1].retry_attempt) == ("events_api", 0)
        assert (await slack.click("clinician", _public(slack), "share")).ok
        assert got[2].type == "interactive"
    finally:
        # slack_sdk leaves these methods without types
        await client.close()  # type: ignore[no-untyped-call]


async def test_an_envelope_nobody_acknowledges_times_out_and_a_ticket_works_once(slack: SlackStandIn) -> None:
    slack.events_url = None
    client = SocketModeClient("xapp-local-app", web_client=AsyncWebClient(base_url=slack.api_url))
    try:
        # slack_sdk leaves these methods without types
        await client.connect()  # type: ignore[no-untyped-call]
        await slack.sockets.wait_until_connected()
        assert (await slack.command("clinician", "icu", "kpc")).ack.error == "http_timeout"
        assert client.wss_uri is not None
        async with client.aiohttp_client_session.get(client.wss_uri.replace("ws:", "http:")) as response:
            assert response.status == 403
    finally:
        # slack_sdk leaves these methods without types
        await client.close()  # type: ignore[no-untyped-call]


def _public(slack: SlackStandIn) -> Message:
    return slack.workspace.add(Message("C0ICU00001", "5.000001", "U0CREBOT01", "pick", [dict(PICKER)]))


async def test_forms_stack_three_deep_and_change_only_with_the_right_hash(slack: SlackStandIn) -> None:
    client = AsyncWebClient("xoxb-local-bot", base_url=slack.api_url)

    async def trigger() -> str:
        return str((await slack.command("clinician", "icu", "form")).payload["trigger_id"])

    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_push(trigger_id=await trigger(), view=FORM)
    first = (await client.views_open(trigger_id=await trigger(), view=FORM))["view"]
    await client.views_push(trigger_id=await trigger(), view=FORM)
    top = (await client.views_push(trigger_id=await trigger(), view=FORM))["view"]
    assert (top["root_view_id"], top["state"]["values"]["crcl"]["crcl_value"]["value"]) == (first["id"], None)
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=await trigger(), view=FORM)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=top["id"], hash="old", view=FORM)
    await client.views_update(view_id=top["id"], hash=top["hash"], view={**FORM, "title": plain("Changed")})
    stack = slack.workspace.stack(slack.workspace.user_named("clinician"))
    assert [view.payload["title"]["text"] for view in stack] == ["Ask", "Ask", "Changed"]


async def test_what_was_typed_travels_with_the_next_press(slack: SlackStandIn, bot: TinyBot) -> None:
    blocks = [{**FORM["blocks"][0]}, dict(PICKER)]
    public = slack.workspace.add(Message("C0ICU00001", "6.000001", "U0CREBOT01", "pick", blocks))
    slack.fill(public, "crcl_value", "25", "clinician")
    assert bot.got == []
    await slack.click("clinician", public, "share")
    state = bot.got[0].payload["state"]["values"]
    assert state["crcl"]["crcl_value"]["value"] == "25"
    await slack.click("pharmacist", public, "share")
    assert bot.got[1].payload["state"]["values"]["crcl"]["crcl_value"]["value"] is None


async def test_no_id_comes_twice_not_even_in_the_next_run(bot: TinyBot, clock: ManualClock) -> None:
    """The bot drops what it has seen before; a playground started again must not look like a retry."""
    seen: list[str] = []
    for _ in range(2):
        async with SlackStandIn(clock, events_url=bot.url) as slack:
            seen.append((await slack.command("clinician", "icu", "kpc")).payload["trigger_id"])
            seen.append((await slack.mention("clinician", "icu", "kpc")).payload["event_id"])
    assert len(set(seen)) == 4

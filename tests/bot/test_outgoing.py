"""Posts keep Slack's pace and their order; what Slack limits or fails is sent again while its request lives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.outbox import LIFE_SECONDS, SlackOutbox
from bot.pacing import MOST_CHANNELS, MOST_WAITING, ChannelPace
from bot.playground.standin import SlackStandIn
from bot.slack_client import new_session, web_client
from bot.slack_state import CHECK_SECONDS, RECHECK_SECONDS, TokenWatch, WatchedClient
from handlers.ports import SendFailed
from tests.fakes import ManualClock


def said(text: str) -> dict[str, Any]:
    return {"text": text, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}


@dataclass
class Line:
    """An outbox against a Slack that takes one post a second a channel."""

    slack: SlackStandIn
    client: WatchedClient
    session: aiohttp.ClientSession
    clock: ManualClock

    @property
    def outbox(self) -> SlackOutbox:
        return SlackOutbox(self.client, self.session, self.clock, sleep=self.clock.sleep)

    def channel(self, name: str) -> str:
        return self.slack.workspace.channel_named(name).id

    def tries(self, method: str = "chat.postMessage") -> list[str]:
        """What each call came to."""
        return ["ok" if call.ok else str(call.answer["error"]) for call in self.slack.calls if call.method == method]


@pytest.fixture
async def line(clock: ManualClock) -> AsyncIterator[Line]:
    async with (
        SlackStandIn(clock=lambda: clock.seconds, posts_apart_seconds=1.0) as slack,
        new_session() as session,
    ):
        yield Line(slack, web_client(slack.bot_token, slack.api_url, session), session, clock)


async def test_a_burst_arrives_whole_in_order_and_never_faster_than_slack_takes_it(line: Line) -> None:
    """Ten posts at once in one channel: ten messages, a second apart, none refused; another channel doesn't wait."""
    outbox, busy, quiet = line.outbox, line.channel("icu"), line.channel("id-consults")
    began = line.clock.seconds
    posts = [asyncio.create_task(outbox.post(busy, said(str(n)), None)) for n in range(10)]
    await asyncio.sleep(0)
    await outbox.post(quiet, said("elsewhere"), None)
    assert line.clock.seconds - began < 9
    await asyncio.gather(*posts)
    arrived = [call for call in line.slack.calls if call.args.get("channel") == busy]
    assert [call.args["text"] for call in arrived] == [str(n) for n in range(10)]
    assert all(later.at - earlier.at >= 1 for earlier, later in pairwise(arrived))
    assert set(line.tries()) == {"ok"}


async def test_private_words_and_changes_do_not_wait_for_the_channel(line: Line) -> None:
    """Only posts are paced: who asked in a full channel is told at once."""
    outbox, channel = line.outbox, line.channel("icu")
    ts = await outbox.post(channel, said("first"), None)
    at = line.clock.seconds
    await outbox.whisper(channel, line.slack.workspace.user_named("clinician").id, said("private"), None)
    await outbox.update(channel, ts, said("changed"))
    assert line.clock.seconds == at


@pytest.mark.parametrize(
    ("error", "status", "after", "waited"),
    [("ratelimited", 429, 7, 7), ("ratelimited", 429, None, 1), ("internal_error", 500, None, 1), ("x", 502, None, 1)],
)
async def test_what_slack_limits_or_fails_is_sent_again(
    line: Line, error: str, status: int, after: int | None, waited: float
) -> None:
    """After as long as Slack asks (a second where it does not say), and exactly once."""
    line.slack.fail_next("chat.postMessage", error, status=status, retry_after=after, times=2)
    began = line.clock.seconds
    assert await line.outbox.post(line.channel("icu"), said("x"), None)
    assert line.tries() == [error, error, "ok"]
    assert line.clock.seconds - began == pytest.approx(2 * waited)


async def test_who_came_later_waits_for_who_was_limited(line: Line) -> None:
    """A limited post keeps its turn, so that replies are read in the order of their questions."""
    line.slack.fail_next("chat.postMessage", "ratelimited", status=429, retry_after=3)
    outbox, channel = line.outbox, line.channel("icu")
    await asyncio.gather(*(outbox.post(channel, said(str(n)), None) for n in range(3)))
    assert [args["text"] for args in line.slack.received("chat.postMessage")] == ["0", "1", "2"]


async def test_past_the_life_of_its_request_a_post_fails_and_says_why(line: Line) -> None:
    """A wait of a minute, or errors without end: SendFailed with Slack's word, within twenty seconds."""
    outbox, channel = line.outbox, line.channel("icu")
    line.slack.fail_next("chat.postMessage", "ratelimited", status=429, retry_after=60)
    began = line.clock.seconds
    with pytest.raises(SendFailed, match="ratelimited"):
        await outbox.post(channel, said("x"), None)
    assert line.clock.seconds == began
    line.slack.fail_next("chat.postMessage", "fatal_error", status=500, times=100)
    with pytest.raises(SendFailed, match="fatal_error"):
        await outbox.post(channel, said("x"), None)
    assert line.clock.seconds - began <= LIFE_SECONDS + 1


async def test_a_modal_is_not_tried_after_its_trigger_has_expired(line: Line) -> None:
    """Slack takes a trigger id for three seconds."""
    line.slack.fail_next("views.open", "ratelimited", status=429, retry_after=3)
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "x"},
        "blocks": [{"type": "divider"}],
    }
    trigger = line.slack.workspace.new_trigger(line.slack.workspace.user_named("clinician"))
    with pytest.raises(SendFailed, match="ratelimited"):
        await line.outbox.open_modal(trigger, view)
    assert line.tries("views.open") == ["ratelimited"]


async def test_a_channel_s_queue_is_bounded(line: Line) -> None:
    """Who would wait longer than a request lives is refused at once; those who wait are served."""
    outbox, channel = line.outbox, line.channel("icu")
    ended = await asyncio.gather(
        *(outbox.post(channel, said(str(n)), None) for n in range(MOST_WAITING + 5)), return_exceptions=True
    )
    refused = [each for each in ended if isinstance(each, SendFailed)]
    assert [each.reason for each in refused] == ["queue_full"] * 5
    assert len(line.slack.received("chat.postMessage")) == MOST_WAITING


async def test_the_pace_forgets_channels_that_are_quiet(clock: ManualClock) -> None:
    """What it remembers is bounded; a channel whose turn is taken is never forgotten."""
    pace = ChannelPace(clock, clock.sleep)
    async with pace.turn("C-busy"):
        for number in range(MOST_CHANNELS * 2):
            async with pace.turn(f"C{number}"):
                clock.advance(2)
        assert len(pace._lines) <= MOST_CHANNELS  # how much it holds is seen nowhere else
        assert "C-busy" in pace._lines


async def test_a_full_queue_frees_its_places(clock: ManualClock) -> None:
    """A failed post gives its turn back."""
    pace = ChannelPace(clock, clock.sleep)
    for _ in range(MOST_WAITING * 2):
        with pytest.raises(ValueError, match="post"):
            async with pace.turn("C1"):
                raise ValueError("post")
    async with pace.turn("C1"):
        clock.advance(1)


async def test_a_revoked_token_is_known_and_recovers_by_itself(line: Line) -> None:
    """The word of Slack on any call; gone with the first call that works."""
    channel = line.channel("icu")
    line.slack.web_api.revoked.add(line.slack.bot_token)
    with pytest.raises(SendFailed, match="token_revoked"):
        await line.outbox.post(channel, said("x"), None)
    assert line.client.refused == "token_revoked"
    line.slack.web_api.revoked.clear()
    await line.outbox.post(channel, said("x"), None)
    assert line.client.refused is None


async def test_a_refused_app_token_says_nothing_of_the_bot_token(line: Line) -> None:
    """It is another token, with a state of its own."""
    with pytest.raises(Exception, match="invalid_auth"):
        await line.client.apps_connections_open(app_token="xapp-wrong")
    assert line.client.refused is None


async def test_a_new_token_in_the_file_is_taken_without_losing_a_reply(line: Line, tmp_path: Path) -> None:
    """The old one is refused, the file holds the new one: the same post arrives."""
    line.client.token_file = tmp_path / "token"
    line.client.token_file.write_text(line.slack.bot_token)
    line.slack.replace_token("xoxb-rotated")
    line.client.token_file.write_text("xoxb-rotated\n")
    assert await line.outbox.post(line.channel("icu"), said("x"), None)
    assert line.tries() == ["token_revoked", "ok"]
    assert line.client.refused is None
    line.client.token_file.unlink()
    assert await line.outbox.post(line.channel("icu"), said("y"), None)


async def test_the_watch_finds_a_revoked_token_on_a_quiet_night(line: Line) -> None:
    """auth.test every three minutes, four times a minute while the token is refused; the state says what came of it."""
    naps: list[float] = []
    seen: list[str | None] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        seen.append(line.client.refused)
        if len(naps) == 2:
            line.slack.web_api.revoked.add(line.slack.bot_token)
        if len(naps) == 4:
            line.slack.web_api.revoked.clear()
        if len(naps) == 6:
            await asyncio.Event().wait()

    watch = TokenWatch(line.client, nap)
    watch.start()
    async with asyncio.timeout(5):
        while len(naps) < 6:
            await asyncio.sleep(0.005)
    await watch.close()
    assert seen == [None, None, "token_revoked", "token_revoked", None, None]
    assert naps == [CHECK_SECONDS] * 2 + [RECHECK_SECONDS] * 2 + [CHECK_SECONDS] * 2


async def test_an_unreachable_slack_is_no_refused_token(line: Line) -> None:
    """Nothing is known of the token then."""
    client = web_client("xoxb-1", "http://127.0.0.1:9/api/", line.session)
    await TokenWatch(client).look()
    assert client.refused is None
    assert "xoxb" not in json.dumps(line.slack.received("auth.test"))

"""Ways to Slack against the strict stand-in: who asks, what is sent, and where it may go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient

from bot.outbox import SlackOutbox, response_origins
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from bot.roster import KEPT_SECONDS, SlackRoster
from bot.slack_client import Identity, SlackRefusedError, identify, new_session, web_client
from bot.tasks import TaskRegistry
from bot.threads import RedisThreadMemory
from handlers.parsed import Context
from handlers.ports import Asker, SendFailed, Standing
from knowledge.terms import Mechanism, Site
from tests.bot.builders import an_asker
from tests.fakes import ManualClock

PAYLOAD = {"text": "hello", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]}


@dataclass
class Line:
    """A client of the stand-in."""

    slack: SlackStandIn
    session: aiohttp.ClientSession
    client: AsyncWebClient
    identity: Identity
    clock: ManualClock
    tasks: TaskRegistry

    def roster(self, deadline_seconds: float = 5) -> SlackRoster:
        return SlackRoster(self.client, self.identity, self.clock, self.tasks, deadline_seconds)

    @property
    def outbox(self) -> SlackOutbox:
        return SlackOutbox(self.client, self.session, self.clock, sleep=self.clock.sleep)

    def user(self, name: str) -> str:
        return self.slack.workspace.user_named(name).id

    def asker(self, name: str, **changes: Any) -> Asker:
        return an_asker(team=self.identity.team, user=self.user(name), **changes)


@pytest.fixture
async def line(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # must not stand between us and a local stand-in
    async with SlackStandIn(clock=lambda: clock.seconds) as slack, new_session() as session:
        client = web_client(slack.bot_token, slack.api_url, session)
        tasks = TaskRegistry()
        yield Line(slack, session, client, await identify(client), clock, tasks)
        await tasks.drain(5)


async def test_the_token_says_whose_bot_it_is(line: Line) -> None:
    """Team, bot user and scopes, from one auth.test."""
    assert line.identity.team == line.slack.workspace.team
    assert line.identity.bot_user == line.slack.workspace.bot.id
    assert line.identity.scopes is not None
    assert "chat:write" in line.identity.scopes


async def test_a_token_that_slack_refuses_is_told_with_its_word(line: Line) -> None:
    """And a Slack that is not there, as unreachable."""
    with pytest.raises(SlackRefusedError, match="invalid_auth"):
        await identify(web_client("xoxb-other", line.slack.api_url, line.session))
    with pytest.raises(SlackRefusedError, match="unreachable"):
        await identify(web_client("xoxb-other", "http://127.0.0.1:9/api/", line.session))


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("clinician", Standing.MEMBER),
        ("admin", Standing.MEMBER),
        ("guest", Standing.GUEST),
        ("external", Standing.EXTERNAL),
        ("otherbot", Standing.BOT),
    ],
)
async def test_standing_is_what_slack_says(line: Line, name: str, standing: Standing) -> None:
    """Members may ask; guests, people of other workspaces and bots are known as such."""
    assert await line.roster().standing(line.asker(name)) is standing


async def test_another_workspace_is_external_without_asking(line: Line) -> None:
    """By the team of the request or of the user; the bot itself is a bot."""
    roster = line.roster()
    assert await roster.standing(an_asker(team="TOTHER")) is Standing.EXTERNAL
    assert await roster.standing(line.asker("clinician", user_team="TOTHER")) is Standing.EXTERNAL
    assert await roster.standing(an_asker(team=line.identity.team, user=line.identity.bot_user)) is Standing.BOT
    assert line.slack.received("users.info") == []


async def test_a_deactivated_user_is_known_as_such(line: Line) -> None:
    """Their old session may still hold a window open."""
    users = line.slack.workspace.users
    users[line.user("pharmacist")] = replace(users[line.user("pharmacist")], deleted=True)
    assert await line.roster().standing(line.asker("pharmacist")) is Standing.DEACTIVATED


@pytest.mark.parametrize(
    ("member", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"is_admin": True, "is_owner": True}, Standing.MEMBER),
        ({"is_restricted": True}, Standing.GUEST),  # guest of several channels
        ({"is_restricted": True, "is_ultra_restricted": True}, Standing.GUEST),  # guest of a single channel
        ({"is_stranger": True}, Standing.EXTERNAL),  # met in a shared channel only
        ({"team_id": "TOTHER"}, Standing.EXTERNAL),
        ({"team_id": "TOTHER", "enterprise_user": {"enterprise_id": "EOTHER", "teams": ["TOTHER"]}}, Standing.EXTERNAL),
        ({"is_bot": True}, Standing.BOT),
        ({"is_workflow_bot": True}, Standing.BOT),
        ({"deleted": True}, Standing.DEACTIVATED),
        ({"deleted": True, "is_restricted": True}, Standing.DEACTIVATED),
    ],
)
async def test_every_kind_of_user_has_one_standing(line: Line, member: dict[str, Any], standing: Standing) -> None:
    """By what users.info says, in one look."""
    told = {"id": "U1", "team_id": line.identity.team, **member}
    assert line.roster()._judge(told) is standing  # the stand-in has not all of them


@pytest.mark.parametrize(
    ("org_wide", "teams", "enterprise", "standing"),
    [
        (True, ["T0SISTER"], "E1", Standing.MEMBER),
        (True, ["T0SISTER"], "E2", Standing.EXTERNAL),
        (False, ["T0SISTER"], "E1", Standing.EXTERNAL),  # installed on one workspace, which is not theirs
        (False, ["T0SISTER", "T0HOSPITAL"], "E1", Standing.MEMBER),  # a member of both, known to Slack by the other
    ],
)
async def test_in_an_organisation_membership_counts_and_not_the_workspace_slack_names(
    line: Line, org_wide: bool, teams: list[str], enterprise: str, standing: Standing
) -> None:
    """Installed on the organisation: all of it; installed on a workspace: its members."""
    line.identity = replace(line.identity, enterprise="E1", org_wide=org_wide)
    told = {"id": "U1", "team_id": "T0SISTER", "enterprise_user": {"enterprise_id": enterprise, "teams": teams}}
    assert line.roster()._judge(told) is standing


async def test_a_standing_is_kept_for_ten_minutes(line: Line) -> None:
    """One look-up for many questions, also when they come at once; then a new one."""
    roster, asker = line.roster(), line.asker("clinician")
    await asyncio.gather(*(roster.standing(asker) for _ in range(20)))
    await roster.standing(asker)
    assert len(line.slack.received("users.info")) == 1
    line.clock.advance(KEPT_SECONDS + 1)
    await roster.standing(asker)
    assert len(line.slack.received("users.info")) == 2


async def test_a_failing_look_up_is_unknown_and_not_kept(line: Line) -> None:
    """Nobody is let in, or shut out for ten minutes, by an outage."""
    roster, asker = line.roster(), line.asker("clinician")
    line.slack.fail_next("users.info", "internal_error")
    assert await roster.standing(asker) is Standing.UNKNOWN
    assert await roster.standing(asker) is Standing.MEMBER


async def test_a_slow_look_up_is_unknown_at_its_deadline(line: Line) -> None:
    """It goes on by itself and serves the next question."""
    roster, asker = line.roster(deadline_seconds=0), line.asker("clinician")
    assert await roster.standing(asker) is Standing.UNKNOWN
    await line.tasks.drain(5)
    assert await roster.standing(asker) is Standing.MEMBER


async def test_messages_arrive_as_they_were_made(line: Line) -> None:
    """A post, a reply in its thread, a change and a private word."""
    channel, user = line.slack.workspace.channel_named("id-consults").id, line.user("clinician")
    ts = await line.outbox.post(channel, PAYLOAD, None)
    await line.outbox.post(channel, PAYLOAD, ts)
    await line.outbox.update(channel, ts, {"text": "changed", "blocks": PAYLOAD["blocks"]})
    await line.outbox.whisper(channel, user, PAYLOAD, None)
    first, second = line.slack.received("chat.postMessage")
    assert first["unfurl_links"] is False
    assert first["blocks"] == PAYLOAD["blocks"]
    assert second["thread_ts"] == ts
    assert line.slack.received("chat.update")[0]["text"] == "changed"
    assert line.slack.received("chat.postEphemeral")[0]["user"] == user


async def test_what_slack_refuses_is_told_by_its_word(line: Line) -> None:
    """Not in the channel, expired trigger, unknown message."""
    lounge = line.slack.workspace.channel_named("lounge").id
    with pytest.raises(SendFailed, match="not_in_channel"):
        await line.outbox.post(lounge, PAYLOAD, None)
    with pytest.raises(SendFailed) as refused:
        await line.outbox.open_modal(
            "1.2.3", {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
        )
    assert (refused.value.method, "_" in refused.value.reason) == ("views.open", True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://hooks.slack.com/actions/1",
        "https://hooks.slack.com.evil.example/actions/1",
        "https://evil.example/https://hooks.slack.com/",
        "https://hooks.slack.com@evil.example/",
        "https://user:pw@hooks.slack.com/",
        "https://hooks.slack.com:8443/x",
        "https://HOOKS.slack.com/x",
        "//hooks.slack.com/x",
        "https://hooks.slack.com/a\\@evil.example",
        "https://hooks.slack.com/a b",
        "https://hooks.slack.com/a\r\nHost: evil",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/x",
        "http://127.0.0.1/x",
        "file:///etc/passwd",
    ],
)
async def test_a_response_url_leads_to_slack_or_nowhere(line: Line, url: str) -> None:
    """Nothing else is connected to."""
    with pytest.raises(SendFailed, match="host_not_allowed"):
        await line.outbox.respond(url, PAYLOAD)


def test_response_origins_follow_the_web_api() -> None:
    """Slack's hooks; beside a stand-in also exactly its own origin; the government cloud has its own."""
    assert response_origins("https://slack.com/api/") == ("https://hooks.slack.com/",)
    assert response_origins("https://slack-gov.com/api/") == ("https://hooks.slack-gov.com/",)
    local = response_origins("http://127.0.0.1:9000/api/")
    assert local == ("https://hooks.slack.com/", "http://127.0.0.1:9000/")


@pytest.fixture
async def replies() -> AsyncIterator[tuple[list[int], list[str], str]]:
    """A server of response_urls that answers with the statuses of the list, in order."""
    statuses: list[int] = []
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        status = statuses.pop(0) if statuses else 200
        return web.Response(status=status, headers={"Location": "/elsewhere", "Retry-After": "0"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield statuses, seen, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("given", "reason", "calls"),
    [
        ([200], None, 1),
        ([503, 200], None, 2),
        ([429, 200], None, 2),
        ([503, 429, 200], None, 3),
        ([503, 503, 503], "status_503", 3),
        ([302], "redirect_refused", 1),
        ([404], "status_404", 1),
    ],
)
async def test_a_response_is_tried_again_and_never_redirected(
    replies: tuple[list[int], list[str], str], given: list[int], reason: str | None, calls: int
) -> None:
    """A redirect is refused, an expired address is told."""
    statuses, seen, origin = replies
    statuses.extend(given)
    async with new_session() as session:
        clock = ManualClock()
        outbox = SlackOutbox(web_client("xoxb-1", f"{origin}/api/", session), session, clock, sleep=clock.sleep)
        if reason is None:
            await outbox.respond(f"{origin}/r/1", PAYLOAD)
        else:
            with pytest.raises(SendFailed, match=reason):
                await outbox.respond(f"{origin}/r/1", PAYLOAD)
    assert seen == ["/r/1"] * calls


async def test_a_thread_is_remembered_by_its_ids_for_a_day(redis: Redis) -> None:
    """What was settled comes back; another thread, channel or workspace knows nothing of it."""
    memory = RedisThreadMemory(redis)
    settled = Context((Mechanism.KPC,), (Site.PNEUMONIA,))
    await memory.remember("T1", "C1", "1780000000.000100", settled)
    assert await memory.recall("T1", "C1", "1780000000.000100") == settled
    for team, channel, ts in (
        ("T2", "C1", "1780000000.000100"),
        ("T1", "C2", "1780000000.000100"),
        ("T1", "C1", "1.1"),
    ):
        assert await memory.recall(team, channel, ts) == Context()
    (key,) = await redis.keys("*")
    assert 86_000 < await redis.ttl(key) <= 86_400


async def test_a_thread_that_cannot_be_read_is_a_new_one(redis: Redis) -> None:
    """Broken data or no Redis: the bot asks again, it does not fail."""
    await redis.set("{cre:th:T1}:C1:1.1", '{"mechanisms": ["x"]}')
    assert await RedisThreadMemory(redis).recall("T1", "C1", "1.1") == Context()
    away = request_client("unix:///nowhere/redis.sock")
    await RedisThreadMemory(away).remember("T1", "C1", "1.1", Context())
    assert await RedisThreadMemory(away).recall("T1", "C1", "1.1") == Context()
    await away.aclose()

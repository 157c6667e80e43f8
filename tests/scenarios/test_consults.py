"""ID consult: asked once, taken by one, the reminder kept by Slack alone, and every step in the audit log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.playground.records import Message
from bot.playground.scheduling import send_due
from tests.scenarios.conftest import CONSULTS, DOORS, House, open_house, said
from tests.servers import Kind, RedisServer

TAKE = "take_consult"


@pytest.fixture(params=DOORS, ids=[door for door, _ in DOORS])
async def replicas(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    """Two bots on one Redis."""
    door, server = request.param
    settings = {"CRE_CONSULT_CHANNEL": CONSULTS, "CRE_CONSULT_MINUTES": "20"}
    async with open_house(door, redis_servers[server].emptied(), 2, **settings) as opened:
        yield opened


async def answered(house: House, text: str = "kpc bacteremia crcl 25") -> Message:
    """A private answer in #icu."""
    sent = await house.slack.command("clinician", "icu", text)
    assert sent.shown is not None
    return sent.shown


def in_channel(house: House) -> list[Message]:
    return house.public("pharmacist", "id-consults")


def told(house: House, user: str = "clinician") -> str:
    """The bot's last words to this user, wherever they stand, in private."""
    bot, slack = house.slack.workspace.bot.id, house.slack
    mine = [m for m in slack.seen_by(user) if m.user == bot and (m.only_for or m.channel.startswith("D"))]
    return said(mine[-1])


async def of_type(house: House, *types: str) -> list[dict[str, Any]]:
    return [entry for entry in await house.log() if entry["t"] in types]


async def test_a_consult_is_asked_for_and_taken(house: House) -> None:
    """The parsed question with who asks; another takes it; the asker hears who; the reminder is deleted."""
    await house.slack.click("clinician", await answered(house), "consult")
    (post,) = in_channel(house)
    page = said(post)
    for words in ("<@U0CLINIC01>", "KPC · Bloodstream infection", "CrCl 25 mL/min", "Not taken yet", "15 minutes"):
        assert words in page, words
    assert "meropenem" not in page
    assert "Sent to the ID consult channel" in told(house)
    assert "pager 4242" in told(house)
    (waiting,) = house.slack.workspace.scheduled.values()
    assert waiting.channel == CONSULTS
    assert abs(waiting.post_at - house.slack.workspace.clock() - 15 * 60) < 5

    await house.slack.click("pharmacist", post, TAKE)
    assert "Taken by <@U0PHARMA01>" in said(post)
    assert TAKE not in said(post)
    assert house.slack.workspace.scheduled == {}
    assert "<@U0PHARMA01> has taken your ID consult: KPC" in told(house)
    asked, taken = reversed(await of_type(house, "consult.requested", "consult.taken", "consult.escalated"))
    (answer,) = await of_type(house, "answer.prepared")
    assert [asked["t"], taken["t"]] == ["consult.requested", "consult.taken"]
    assert asked["rid"] == taken["rid"] == answer["rid"]
    assert (asked["who"]["user"], taken["who"]["user"]) == ("U0CLINIC01", "U0PHARMA01")
    assert asked["ask"]["question"] == answer["ask"]["question"]


async def test_a_consult_from_a_thread_links_to_it(house: House) -> None:
    """Others can read the thread, so the consult says where it is; from a direct message there is no link."""
    await house.slack.mention("clinician", "icu", "ndm pneumonia")
    (shown,) = house.public("clinician")
    await house.slack.click("clinician", shown, "consult")
    root = (shown.thread_ts or "").replace(".", "")
    assert f"<https://general-hospital.slack.com/archives/C0ICU00001/p{root}|" in said(in_channel(house)[0])
    await house.slack.direct_message("clinician", "kpc pneumonia")
    (private,) = house.public("clinician", "dm")
    await house.slack.click("clinician", private, "consult")
    assert "archives" not in said(in_channel(house)[1])


async def test_nobody_takes_it_and_the_reminder_comes(house: House) -> None:
    """Slack sends it by itself; taking it from there marks both, and only now is it known that it escalated."""
    await house.slack.click("clinician", await answered(house), "consult")
    (post,) = in_channel(house)
    (reminder,) = send_due(house.slack.workspace, now=house.slack.workspace.clock() + 15 * 60)
    for words in ("still open 15 minutes", "<@U0CLINIC01>", "KPC · Bloodstream infection", "pager 4242"):
        assert words in said(reminder), words
    await house.slack.click("admin", reminder, TAKE)
    assert "Taken by <@U0ADMIN001>" in said(post)
    assert "Taken by <@U0ADMIN001>" in said(reminder)
    async with asyncio.timeout(5):
        while not (escalated := await of_type(house, "consult.escalated")):
            await asyncio.sleep(0.01)
    assert escalated[0]["dlv"] == {"status": "ok"}
    assert len(await of_type(house, "consult.taken")) == 1


async def test_the_first_of_two_takers_has_it(replicas: House) -> None:
    """Two people tap at once, each on another replica: one has it, the other is told who, the record has one."""
    house = replicas
    await house.slack.click("clinician", await answered(house), "consult")
    (post,) = in_channel(house)
    takers = ("pharmacist", "admin")
    taps = []
    for number, user in enumerate(takers):
        if house.doors:
            house.slack.events_url = house.doors[number]
        taps.append(asyncio.create_task(house.slack.click(user, post, TAKE)))
        await asyncio.sleep(0)
    await asyncio.gather(*taps)
    (entry,) = await of_type(house, "consult.taken")
    winner = entry["who"]["user"]
    (loser,) = {"U0PHARMA01", "U0ADMIN001"} - {winner}
    assert f"Taken by <@{winner}>" in said(post)
    assert f"<@{winner}> has taken it already" in told(house, loser)
    assert told(house).count("has taken your ID consult") == 1
    assert house.slack.workspace.scheduled == {}


async def test_one_consult_for_each_answer(replicas: House) -> None:
    """A double tap on two replicas, and once more: one post, one reminder, one record; the asker hears its state."""
    house = replicas
    answer = await answered(house)
    for number in range(3):
        if house.doors:
            house.slack.events_url = house.doors[number % 2]
        await house.slack.click("clinician", answer, "consult")
    assert "asked for already. Nobody has taken it yet" in told(house)
    (post,) = in_channel(house)
    assert len(house.slack.workspace.scheduled) == 1
    assert len(await of_type(house, "consult.requested")) == 1
    await house.slack.click("pharmacist", post, TAKE)
    await house.slack.click("clinician", answer, "consult")
    assert "It was taken by <@U0PHARMA01>" in told(house)


async def test_without_a_channel_the_button_names_the_route(redis_servers: dict[Kind, RedisServer]) -> None:
    """The hospital has set none: the on-call route, and in the log that somebody wanted a consult."""
    async with open_house("http", redis_servers["redis"].emptied()) as house:
        await house.slack.click("clinician", await answered(house), "consult")
        assert "No consult channel is set up here" in told(house)
        assert "pager 4242" in told(house)
        (entry,) = await of_type(house, "consult.requested")
        assert entry["ans"]["consult"] == "no_channel"


async def test_a_consult_that_cannot_be_posted_is_told_and_can_be_asked_again(house: House) -> None:
    """Slack refuses the post: the asker is sent to the on-call route; the next tap tries again."""
    answer = await answered(house)
    house.slack.fail_next("chat.postMessage", "not_in_channel")
    await house.slack.click("clinician", answer, "consult")
    assert "could not be sent" in told(house)
    assert "pager 4242" in told(house)
    await house.slack.click("clinician", answer, "consult")
    assert len(in_channel(house)) == 1


async def test_a_reminder_that_cannot_be_scheduled_is_not_promised(house: House) -> None:
    """The consult stands, and the asker is not told that a reminder follows."""
    house.slack.fail_next("chat.scheduleMessage", "restricted_too_many")
    await house.slack.click("clinician", await answered(house), "consult")
    assert "reminder" not in told(house)
    (post,) = in_channel(house)
    await house.slack.click("pharmacist", post, TAKE)
    assert "Taken by <@U0PHARMA01>" in said(post)


async def test_a_guest_cannot_take_a_consult(house: House) -> None:
    """Refused in private; the consult stays open."""
    await house.slack.click("clinician", await answered(house), "consult")
    (post,) = in_channel(house)
    await house.slack.click("guest", post, TAKE)
    assert "guest" in told(house, "guest")
    assert TAKE in said(post)
    assert await of_type(house, "consult.taken") == []


async def test_no_word_of_the_asker_reaches_the_channel(house: House) -> None:
    """Identifiers and free text in the question stay out of consult, reminder and record."""
    canaries = ("Quillfeather", "00987654")
    await house.slack.click(
        "clinician", await answered(house, "Mr Quillfeather MRN 00987654 KPC bacteremia CrCl 40"), "consult"
    )
    (waiting,) = house.slack.workspace.scheduled.values()
    kept = json.dumps([said(in_channel(house)[0]), waiting.blocks, waiting.text, await house.log()])
    assert not [canary for canary in canaries if canary in kept]


async def test_an_unknown_consult_is_told_so(house: House) -> None:
    """Older than its week in the store: nobody can take it, and the taker knows what to do."""
    await house.slack.click("clinician", await answered(house), "consult")
    (post,) = in_channel(house)
    async with Redis.from_url(house.redis_url) as redis:
        await redis.flushdb()
    await house.slack.click("pharmacist", post, TAKE)
    assert "no longer know this consult" in told(house, "pharmacist")

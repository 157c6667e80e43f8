"""The App Home and the Messages tab: what each person sees there, and where the answers to its taps go."""

from __future__ import annotations

import asyncio
import json
import re
import socket as sockets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import create_bot
from bot.door import PATH
from bot.playground.records import View
from bot.playground.standin import SlackStandIn
from bot.running import Bot
from handlers.blockcheck import check_view
from handlers.listeners.prompts import PROMPTS
from handlers.roles import ROLE_LABELS, Role
from tests.scenarios.conftest import OPENINGS, House, settings_for
from tests.servers import Kind, RedisServer


def words(view: View) -> str:
    return json.dumps(view.payload["blocks"], ensure_ascii=False)


async def recorded(house: House) -> list[dict[str, Any]]:
    """What was recorded of questions, newest first."""
    return [entry for entry in await house.log() if entry["t"] in OPENINGS]


async def opened(house: House, user: str = "clinician") -> View:
    """The Home as this person sees it when they open it."""
    await house.slack.open_home(user)
    view = house.slack.home_of(user)
    assert check_view(view.payload) == ()
    return view


async def until(house: House, user: str, text: str) -> View:
    """The Home once it says this: what is kept in the background comes a moment later."""
    async with asyncio.timeout(5):
        while True:
            view = await opened(house, user)
            if text in words(view):
                return view
            await asyncio.sleep(0.01)


async def test_a_new_member_finds_everything_to_begin_with(house: House) -> None:
    """Role, menus to browse, the edition with its status, what changed, how to ask, whom to call; no review door."""
    page = words(await opened(house))
    for text in (
        "Your role",
        "None yet",
        "Pick a mechanism and a site",
        f"Edition {house.bot.knowledge.edition.id}",
        "Awaiting review",
        "22 May 2027",
        "What changed with IDSA 2026",
        "Before, IDSA 2024",
        "kpc bacteremia",
        "pager 4242",
    ):
        assert text in page, text
    assert "review_open" not in page
    assert house.slack.received("chat.postMessage") == []
    assert await recorded(house) == []


async def test_a_role_is_chosen_and_shown(house: House) -> None:
    """And read again by whoever opens the page later; another person's stays theirs."""
    view = await opened(house)
    await house.slack.select("clinician", view, "home_role", "nurse")
    assert '"initial_option": {"text": {"type": "plain_text", "text": "Nurse or infection prevention"' in words(
        house.slack.home_of("clinician")
    )
    assert "Precautions come first" in words(await opened(house))
    assert "Physician" in json.dumps((await opened(house, "pharmacist")).payload["blocks"])


async def test_questions_come_back_newest_first_and_are_asked_again_in_private(house: House) -> None:
    """What was understood, never what was typed; one tap posts today's answer to the person's own conversation."""
    await house.slack.command("clinician", "icu", "kpc bacteremia for Mrs Quillfeather")
    await house.slack.mention("clinician", "icu", "NDM pneumonia, CrCl 25")
    view = await until(house, "clinician", "NDM · ")
    page = words(view)
    assert page.index("NDM · ") < page.index("KPC · ")
    assert "Quillfeather" not in page
    assert re.search(r"<!date\^[0-9]{10}\^\{date_short_pretty\} at \{time\}\|[0-9]{2} [A-Z][a-z]{2} [0-9]{4} at ", page)
    posted = len(house.slack.received("chat.postMessage"))
    await house.slack.click("clinician", view, "home_ask:1")
    answer = house.slack.received("chat.postMessage")[posted]
    assert answer["channel"] == house.slack.workspace.direct_channel(house.slack.workspace.users["U0CLINIC01"]).id
    assert "meropenem-vaborbactam" in json.dumps(answer["blocks"])
    view = house.slack.home_of("clinician")
    assert "Answered in Messages" in words(view)
    view = await until(house, "clinician", "KPC · ")
    assert words(view).index("KPC · ") < words(view).index("NDM · ")
    assert words(view).count("Ask again: ") == 2
    assert [e["ans"]["outcome"] for e in await recorded(house)] == ["answered"] * 3
    assert all(e["t"] == "answer.delivered" for e in await house.endings())


async def test_questions_are_forgotten_on_request(house: House) -> None:
    """The list is the person's own; the audit log keeps its entry."""
    await house.slack.command("clinician", "icu", "kpc bacteremia")
    view = await until(house, "clinician", "KPC · ")
    await house.slack.click("clinician", view, "home_forget")
    assert "None yet" in words(await opened(house))
    assert len(await recorded(house)) == 1


async def test_the_matrix_is_browsed_by_two_picks(house: House) -> None:
    """Both picked: the answer in private. One missing: a question back there, with its buttons."""
    view = await opened(house, "pharmacist")
    await house.slack.select("pharmacist", view, "home_mechanism", "oxa48")
    await house.slack.click("pharmacist", view, "home_browse")
    (asked,) = house.slack.received("chat.postMessage")
    assert "Where is the infection?" in json.dumps(asked["blocks"])
    view = house.slack.home_of("pharmacist")
    await house.slack.select("pharmacist", view, "home_site", "cuti")
    await house.slack.click("pharmacist", view, "home_browse")
    answer = house.slack.received("chat.postMessage")[1]
    assert "OXA-48-like · Pyelonephritis" in json.dumps(answer["blocks"], ensure_ascii=False)
    assert answer["channel"].startswith("D")


async def test_an_answer_from_home_is_followed_up_in_its_thread(house: House) -> None:
    """It is a message like any other: kidney function can be set, and a reply merges."""
    view = await opened(house)
    house.slack.fill(view, "home_mechanism", "kpc")
    house.slack.fill(view, "home_site", "bacteremia")
    await house.slack.click("clinician", view, "home_browse")
    (answer,) = [m for m in house.slack.seen_by("clinician", "dm") if m.user == "U0CREBOT01"]
    await house.slack.direct_message("clinician", "and for pneumonia?", thread_ts=answer.ts)
    assert "KPC · Pneumonia" in json.dumps(house.slack.received("chat.postMessage")[1]["blocks"], ensure_ascii=False)


@pytest.mark.parametrize(("user", "why"), [("guest", "guest"), ("external", "another organisation")])
async def test_who_may_not_ask_sees_why_and_whom_to_call(house: House, user: str, why: str) -> None:
    """Nothing of the content, no menus, no prompts."""
    view = await opened(house, user)
    page = words(view)
    assert why in page
    assert "pager 4242" in page
    for text in ("home_", "Edition", "IDSA", "review_open"):
        assert text not in page, text
    await house.slack.open_home(user, "messages")
    assert house.slack.received("assistant.threads.setSuggestedPrompts") == []


async def test_an_unknown_standing_is_told_and_mends_itself(house: House) -> None:
    """Slack does not say who opens the page: the page says so; the next opening shows it."""
    house.slack.fail_next("users.info", "internal_error")
    assert "could not check with Slack" in words(await opened(house))
    assert "Your role" in words(await opened(house))


async def test_the_messages_tab_suggests_questions_that_are_answered(house: House) -> None:
    """Four at most, by role; each is a question that the bot understands."""
    people = ("clinician", "pharmacist", "admin", "admin")  # so that nobody asks more than their limit
    for user, role in zip(people, Role, strict=True):
        await house.slack.select(user, await opened(house, user), "home_role", role.value)
        await house.slack.open_home(user, "messages")
        shown = house.slack.received("assistant.threads.setSuggestedPrompts")[-1]
        assert shown["prompts"] == list(PROMPTS[role])
        assert "thread_ts" not in shown
        for prompt in shown["prompts"]:
            await house.slack.direct_message(user, prompt["message"])
    outcomes = [entry["ans"]["outcome"] for entry in await recorded(house)]
    assert set(outcomes) <= {"answered", "not_covered", "helped"}, outcomes
    assert outcomes.count("helped") == len(Role)


async def test_a_workspace_without_suggested_prompts_is_no_error(house: House) -> None:
    """Slack refuses them: nobody asked for them, so nobody is told."""
    house.slack.fail_next("assistant.threads.setSuggestedPrompts", "missing_scope")
    sent = await house.slack.open_home("clinician", "messages")
    assert sent.ok
    assert house.slack.received("chat.postMessage") == []


async def test_an_opening_delivered_four_times_is_one_home(house: House) -> None:
    """The same page each time, no message, nothing in the log."""
    sent = await house.slack.open_home("clinician")
    for _ in range(3):
        await house.slack.deliver("events_api", sent.payload)
    first, *others = house.slack.received("views.publish")
    assert all(each == first for each in others)
    assert house.slack.received("chat.postMessage") == []
    assert await recorded(house) == []


async def test_a_tap_delivered_four_times_is_one_answer(house: House) -> None:
    """The claim is the trigger's."""
    view = await opened(house)
    house.slack.fill(view, "home_mechanism", "kpc")
    house.slack.fill(view, "home_site", "bacteremia")
    sent = await house.slack.click("clinician", view, "home_browse")
    for _ in range(3):
        await house.slack.deliver("interactive", sent.payload)
    assert len(house.slack.received("chat.postMessage")) == 1
    assert len(await recorded(house)) == 1


async def test_the_role_words_private_answers_only(house: House) -> None:
    """A trainee's own answer may read otherwise than a physician's; what all read in a channel is worded alike."""
    texts: dict[Role, tuple[Any, Any]] = {}
    for role in (Role.PHYSICIAN, Role.TRAINEE):
        await house.slack.select("clinician", await opened(house), "home_role", role.value)
        private = await house.slack.command("clinician", "icu", "kpc bacteremia")
        await house.slack.mention("clinician", "icu", "kpc bacteremia")
        public = house.slack.received("chat.postMessage")[-1]["blocks"]
        assert private.shown is not None
        texts[role] = (without_ids(private.shown.blocks), without_ids(public))
    physician, trainee = texts[Role.PHYSICIAN], texts[Role.TRAINEE]
    assert physician[1] == trainee[1]
    assert physician[0] != trainee[0]
    for words_always_said in ("meropenem-vaborbactam", "Not suggested", "nfectious", "Awaiting review"):
        assert all(words_always_said in private for private, _ in texts.values())


def without_ids(blocks: list[dict[str, Any]]) -> str:
    return re.sub(r'"block_id": "[^"]*"', "", json.dumps(blocks))


def test_every_role_has_prompts_and_a_label() -> None:
    """A role nobody can choose, or without a beginning, would be a trap."""
    assert set(PROMPTS) == set(ROLE_LABELS) == set(Role)


@asynccontextmanager
async def served(slack: SlackStandIn, redis_url: str) -> AsyncIterator[tuple[Bot, str]]:
    """One replica behind its own door."""
    bot = await create_bot(settings_for(slack, redis_url), posts_apart_seconds=0.0)
    port = await bot.serve_http(sockets.create_server(("127.0.0.1", 0)))
    try:
        yield bot, f"http://127.0.0.1:{port}{PATH}"
    finally:
        await bot.stop()


async def test_two_replicas_show_one_home(redis_servers: dict[Kind, RedisServer]) -> None:
    """What one replica is told, the other shows: role, questions, and again after they are forgotten."""
    redis_url = redis_servers["redis"].emptied()
    async with SlackStandIn() as slack, served(slack, redis_url) as (_, one), served(slack, redis_url) as (_, other):
        slack.events_url = one
        await slack.open_home("clinician")
        await slack.select("clinician", slack.home_of("clinician"), "home_role", "pharmacist")
        await slack.command("clinician", "icu", "kpc bacteremia")
        slack.events_url = other
        async with asyncio.timeout(5):
            while "KPC · " not in words(slack.home_of("clinician")):
                await slack.open_home("clinician")
        assert "Renal dosing stands open" in words(slack.home_of("clinician"))
        await slack.open_home("clinician", "messages")
        assert slack.received("assistant.threads.setSuggestedPrompts")[-1]["prompts"] == list(PROMPTS[Role.PHARMACIST])


async def test_home_without_redis_says_so_and_asking_goes_on_as_it_does() -> None:
    """Role and questions cannot be read: the page stands without them; a choice that is lost is told."""
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        server = RedisServer("valkey", Path(folder) / "r")
        server.start()
        async with SlackStandIn(retry_delays=()) as slack, served(slack, server.url) as (_, url):
            slack.events_url = url
            await slack.open_home("clinician")
            view = slack.home_of("clinician")
            server.stop()
            await slack.select("clinician", view, "home_role", "nurse")
            page = words(slack.home_of("clinician"))
            assert "could not be saved" in page
            assert "cannot be read just now" in page
            assert check_view(slack.home_of("clinician").payload) == ()

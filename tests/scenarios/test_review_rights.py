"""Who may review: sixty ways in, by person, surface and place. For all but reviewers the review is not there at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.playground.records import User
from handlers.layouts.blocks import actions, button, plain, section
from handlers.review import Desk, Filters
from handlers.review_words import wanted_from
from tests.scenarios.conftest import DOORS, House, open_house
from tests.scenarios.test_review import READS
from tests.servers import Kind, RedisServer

LISTED = ",".join(
    [
        *(f"T0HOSPITAL:{user}" for user in ("U0ADMIN001", "U0PHARMA01", "U0GUEST001", "U0EXTERN01")),
        "T0PARTNER1:U0EXTERN01",
    ]
)


@dataclass(frozen=True)
class Person:
    """Somebody at a moment: `before` brings about what has changed since they were listed."""

    name: str
    user: str
    reason: str | None  # None: may review; a modal names the workspace otherwise than a command does
    before: Callable[[House, User], None] = lambda house, user: None


def leave(house: House, user: User) -> None:
    house.slack.workspace.users[user.id] = replace(user, deleted=True)


def become_guest(house: House, user: User) -> None:
    house.slack.workspace.users[user.id] = replace(user, role="guest")


def unreachable(house: House, _user: User) -> None:
    house.slack.fail_next("users.info", "internal_error", times=20)


PERSONS = (
    Person("a listed member", "admin", None),
    Person("a member who is not listed", "clinician", "not_listed"),
    Person("a listed member who has left", "pharmacist", "deactivated", leave),
    Person("a listed member who is now a guest", "pharmacist", "guest", become_guest),
    Person("somebody of another workspace, listed for both", "external", "other_workspace external"),
    Person("a listed member whom Slack does not confirm", "admin", "not_confirmed", unreachable),
)
WAYS = (
    ("slash", "id-consults"),
    ("slash", "stewardship"),
    ("slash", "partner-icu"),
    ("slash", "dm"),
    ("mention", "id-consults"),
    ("mention", "stewardship"),
    ("mention", "partner-icu"),
    ("dm", "dm"),
    ("home", ""),
    ("modal", ""),
)


@pytest.fixture(params=DOORS, ids=[door for door, _ in DOORS])
async def house(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    door, server = request.param
    url = redis_servers[server].emptied()
    much = "100000/min"
    async with open_house(
        door,
        url,
        CRE_AUDIT_REVIEWERS=LISTED,
        CRE_LIMIT_USER=much,
        CRE_LIMIT_CHANNEL=much,
        CRE_LIMIT_WORKSPACE=much,
    ) as opened:
        yield opened


async def tried(house: House, user: User, way: str, place: str, word: str) -> str:
    """Everything the person sees of it: what Slack received, without times and ids that differ by themselves."""
    slack = house.slack
    slack.calls.clear()
    channel = slack.workspace.direct_channel(user).id if place == "dm" else place
    if way == "slash":
        sent = await slack.command(user.id, channel, word)
        assert sent.ok
        return json.dumps([sent.ack.body, _received(house)])
    if way == "mention":
        await slack.mention(user.id, channel, word)
    elif way == "dm":
        await slack.direct_message(user.id, word)
    else:
        control = {"home": "review_open", "modal": "review_list"}[way] if word == "audit" else "no_such_control"
        view = slack.workspace.open_view(user.id, _forged(control))
        await slack.click(user.id, view, control)
        async with asyncio.timeout(5):  # a refused control is told of after its acknowledgement
            while not _received(house):
                await asyncio.sleep(0.005)
        slack.workspace.close_view(view)
    return json.dumps(_received(house))


def _forged(control: str) -> dict[str, Any]:
    """A modal as the review's own, with its control: also for those who were never shown it."""
    desk = Desk(filters=wanted_from("audit", _today()).filters)
    return {
        "type": "modal",
        "callback_id": "review",
        "title": plain("Audit review"),
        "private_metadata": desk.model_dump_json(exclude_none=True),
        "blocks": [section("Forged"), actions([button("Press", control, "back")])],
    }


def _today() -> date:
    return datetime.now(UTC).date()


def _received(house: House) -> list[Any]:
    told = ("chat.postMessage", "chat.postEphemeral", "views.open", "views.update", "response_url")
    seen = [(call.method, call.args) for call in house.slack.calls if call.method in told]
    return [
        [method, {k: v for k, v in args.items() if k not in ("thread_ts", "ts", "trigger_id")}] for method, args in seen
    ]


async def test_sixty_ways_in_and_only_the_reviewers_six_open(house: House) -> None:
    """Allowed: the command anywhere, the Home and the modal, of a confirmed member. Else the same bytes as ever."""
    assert len(PERSONS) * len(WAYS) == 60
    opened: list[tuple[str, str, str]] = []
    for person in PERSONS:
        user = house.slack.workspace.user_named(person.user)
        if user.team == "T0HOSPITAL":  # known as a member to the ordinary way, which looks every ten minutes
            await house.slack.command(user.id, house.slack.workspace.direct_channel(user).id, "help")
        for way, place in WAYS:
            if place and place != "dm" and user.id not in house.slack.workspace.channel_named(place).members:
                house.slack.workspace.channel_named(place).members.add(user.id)
            before = len(await reads(house))
            person.before(house, user)
            unknown = await tried(house, user, way, place, "xyzzy")
            assert len(await reads(house)) == before, (person.name, way, place)
            person.before(house, user)
            seen = await tried(house, user, way, place, "audit")
            house.slack.web_api.failures.clear()
            new = (await reads(house))[before:]
            where = (person.name, way, place)
            if person.reason is None and way not in ("mention", "dm"):
                assert "Audit review" in seen, where
                assert [each["t"] for each in new] == ["admin.read"], where
                opened.append(where)
                continue
            assert seen == unknown, where
            assert "Audit review" not in seen, where
            if way in ("mention", "dm"):
                assert new == [], where
            else:
                assert [each["t"] for each in new] == ["admin.denied"], where
                assert new[0]["ans"]["reason"] in str(person.reason).split(), where
                assert new[0]["who"]["user"] == user.id, where
            for view in house.slack.workspace.stack(user):
                house.slack.workspace.close_view(view)
        house.slack.workspace.users[user.id] = user
    assert len(opened) == 6


async def reads(house: House) -> list[dict[str, Any]]:
    """What the log holds of reviewing, oldest first."""
    return [each.as_json() for each in reversed(await house.reader.page(2000)) if each.as_json().get("t") in READS]


async def test_another_workspace_s_entries_are_not_there(house: House) -> None:
    """The external user asked from their own workspace: denied, recorded, and not in this workspace's list."""
    await house.slack.command("external", "partner-icu", "kpc bacteremia")
    await house.slack.command("clinician", "partner-icu", "kpc bacteremia")
    await house.slack.command("admin", "icu", "audit")
    (view,) = house.slack.workspace.stack(house.slack.workspace.user_named("admin"))
    assert "U0CLINIC01" in json.dumps(view.payload)
    assert "U0EXTERN01" not in json.dumps(view.payload)


async def test_a_flood_of_denials_does_not_fill_the_log(house: House) -> None:
    """Twenty a minute of one person are recorded one by one, which is what the limiter takes."""
    for _ in range(30):
        await house.slack.command("clinician", "icu", "audit")
    denied = [each for each in await reads(house) if each["t"] == "admin.denied"]
    assert 20 <= len(denied) < 30  # a minute may end meanwhile


def test_filters_of_a_forged_modal_are_checked() -> None:
    """What a modal carries is read by a closed model."""
    with pytest.raises(ValueError, match="channel"):
        Desk.model_validate({"filters": {**Filters.usual(_today()).words(), "channel": "*"}})

"""Who may ask, where: every role on every surface in every kind of channel, and each refusal private and kind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

import pytest

from bot.playground.records import Channel, Message
from handlers.layouts.refusing import DENIALS
from handlers.replies import DenialReason
from tests.scenarios.conftest import CONSULTS, DOORS, House, open_house, said
from tests.servers import Kind, RedisServer

Role = Literal["clinician", "guest", "external", "leaver", "otherbot"]
ROLES: dict[Role, DenialReason | None] = {
    "clinician": None,
    "guest": DenialReason.GUEST,
    "external": DenialReason.EXTERNAL,
    "leaver": DenialReason.DEACTIVATED,
    "otherbot": DenialReason.BOT,
}
SURFACES = ("command", "message", "button", "shortcut")
PLACES = {"listed": "partner-icu", "not listed": "directmessage", "direct": "dm"}
"""A channel shared with another hospital and on the list, one named to look like a direct message and not on it."""
CELLS = [(role, surface, place) for role in ROLES for surface in SURFACES for place in PLACES]


@pytest.fixture(params=DOORS, ids=[door for door, _ in DOORS])
async def hospital(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    """A bot that answers in one channel, and everybody in every channel."""
    door, server = request.param
    settings = {"CRE_CHANNELS": "C0SHARED01", "CRE_CONSULT_CHANNEL": CONSULTS}
    limits = {"CRE_LIMIT_USER": "1000/min burst 1000", "CRE_LIMIT_CHANNEL": "1000/min burst 1000"}
    async with open_house(door, redis_servers[server].emptied(), **settings, **limits) as house:
        slack = house.slack.workspace
        leaver = replace(slack.users["U0PHARMA01"], id="U0LEAVER01", name="leaver", deleted=True)
        slack.users[leaver.id] = leaver
        everyone = set(slack.users)
        slack.channels["C0WARD0001"] = Channel("C0WARD0001", "directmessage", "channel", everyone)
        slack.channels["C0SHARED01"].members |= everyone
        for user in ("U0LEAVER01", "U0OTHERBOT"):
            slack.channels[f"D{user[1:]}"] = Channel(f"D{user[1:]}", user, "im", {user, slack.bot.id})
        yield house


async def outcome(house: House, role: Role, surface: str, place: str) -> list[Message]:
    """Ask KPC in pneumonia; every message that the bot sent or changed for it."""
    slack, workspace, channel = house.slack, house.slack.workspace, PLACES[place]
    answer, source = await _prepared(house, role, place)
    before = {id(m): (m.text, m.edited_at) for m in workspace.messages}
    if surface == "command":
        await slack.command(role, channel, "kpc pneumonia")
    elif surface == "message" and place == "direct":
        await slack.direct_message(role, "kpc pneumonia")
    elif surface == "message":
        await slack.mention(role, channel, "kpc pneumonia")
    elif surface == "button":
        await slack.click(role, answer, "pick_site:pneumonia")
    else:
        await slack.message_shortcut(role, source)
    return [m for m in workspace.messages if m.user == workspace.bot.id and before.get(id(m)) != (m.text, m.edited_at)]


async def _prepared(house: House, role: Role, place: str) -> tuple[Message, Message]:
    """A message of the bot with a picker in the place, as it may stand there, and somebody's words."""
    slack = house.slack.workspace
    user = slack.user_named(role)
    channel = slack.direct_channel(user) if place == "direct" else slack.channel_named(PLACES[place])
    blocks = [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Pneumonia"},
                    "action_id": "pick_site:pneumonia",
                    "value": json.dumps({"mechanisms": ["kpc"], "sites": ["pneumonia"]}),
                }
            ],
        }
    ]
    answer = slack.add(Message(channel.id, slack.new_ts(), slack.bot.id, "Where is the infection?", blocks))
    words = slack.add(Message(channel.id, slack.new_ts(), "U0CLINIC01", "kpc pneumonia"))
    return answer, words


def expected(role: Role, surface: str, place: str) -> DenialReason | Literal["silence"] | None:
    """The rule in one place: bots' own words are not heard at all; then who asks, then where."""
    if role == "otherbot" and surface == "message":
        return "silence"
    if role == "external" and surface == "command":
        return DenialReason.OTHER_WORKSPACE  # a command names the workspace of the one who typed it
    if ROLES[role] is not None:
        return ROLES[role]
    return DenialReason.CHANNEL if place == "not listed" else None


async def test_access_matrix(hospital: House) -> None:
    """60 combinations, none wrong: answered, or refused to the asker alone with the reason and whom to call."""
    assert len(CELLS) == 60
    wrong = []
    for role, surface, place in CELLS:
        should, sent = expected(role, surface, place), await outcome(hospital, role, surface, place)
        who = hospital.slack.workspace.user_named(role).id
        pages = [said(message) for message in sent]
        alone = all(m.only_for == who or m.channel == f"D{who[1:]}" for m in sent)
        if should == "silence":
            right = sent == []
        elif should is None:
            right = len(sent) == 1 and "meropenem-vaborbactam" in pages[0]
        else:
            kind = len(sent) == 1 and DENIALS[should] in pages[0] and "pager 4242" in pages[0]
            right = kind and alone and "meropenem" not in pages[0]
        if not right:
            wrong.append((role, surface, place, should, pages))
    assert wrong == []


async def test_a_standing_that_cannot_be_looked_up_is_not_guessed(hospital: House) -> None:
    """Slack does not say who asks: no answer, no form; try again or call."""
    hospital.slack.fail_next("users.info", "internal_error", times=20)
    sent = await hospital.slack.command("admin", "dm", "kpc pneumonia")
    assert "could not check with Slack" in said(sent.shown)
    sent = await hospital.slack.command("admin", "dm", "")
    assert "could not check with Slack" in said(sent.shown)
    assert hospital.slack.workspace.views == {}


@pytest.mark.parametrize("role", ["guest", "external"])
async def test_no_form_opens_for_those_who_may_not_ask(hospital: House, role: Role) -> None:
    """Empty command, shortcut, every button that opens a form or a view: refused in private."""
    slack = hospital.slack
    await slack.mention("clinician", "partner-icu", "kpc pneumonia")
    (answer,) = [m for m in slack.seen_by(role, "partner-icu") if m.user == "U0CREBOT01" and not m.only_for]
    await slack.command(role, "partner-icu", "")
    await slack.shortcut(role)
    for control in ("set_renal", "set_reports", "set_allergy", "new_question", "show_details", "show_article"):
        await slack.click(role, answer, control)
        assert DENIALS[ROLES[role] or DenialReason.BOT] in said(hospital.private(role, "partner-icu"))
    for control, value in (("consult", None), ("feedback", "bad"), ("correct", None)):
        await slack.click(role, answer, control, value)
    assert slack.workspace.views == {}
    assert hospital.public("clinician", "id-consults") == []
    assert not [e for e in await hospital.log() if e["t"] in ("consult.requested", "feedback")]


async def test_the_consult_channel_need_not_be_on_the_list(hospital: House) -> None:
    """Consults are taken there; questions are not answered there."""
    slack = hospital.slack
    await slack.mention("clinician", "partner-icu", "kpc pneumonia")
    (answer,) = hospital.public("clinician", "partner-icu")
    await slack.click("clinician", answer, "consult")
    (post,) = hospital.public("pharmacist", "id-consults")
    await slack.click("pharmacist", post, "take_consult")
    assert "Taken by <@U0PHARMA01>" in said(post)
    sent = await slack.command("clinician", "id-consults", "kpc pneumonia")
    assert DENIALS[DenialReason.CHANNEL] in said(sent.shown)

"""Everything that Slack delivers is delivered four times, to two replicas in turn: each flow has one effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.playground.person import Sent
from bot.playground.records import Message
from tests.scenarios.conftest import CONSULTS, DOORS, FEEDBACK, House, open_house
from tests.servers import Kind, RedisServer


@pytest.fixture(params=DOORS, ids=[door for door, _ in DOORS])
async def replicas(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    """Two bots on one Redis, with both channels set."""
    door, server = request.param
    settings = {
        "CRE_CONSULT_CHANNEL": CONSULTS,
        "CRE_FEEDBACK_CHANNEL": FEEDBACK,
        "CRE_LIMIT_USER": "1000/min burst 1000",
    }
    async with open_house(door, redis_servers[server].emptied(), 2, **settings) as opened:
        yield opened


async def effects(house: House) -> dict[str, Any]:
    """All that the bot has caused: messages and their words, forms, reminders, entries."""
    slack = house.slack.workspace
    return {
        "messages": [(m.channel, m.thread_ts, m.only_for, m.text, m.edited_at) for m in slack.messages],
        "forms": sorted(slack.views),
        "reminders": sorted(slack.scheduled),
        "entries": Counter(entry["t"] for entry in await house.entries()),
    }


async def once(house: House, sent: Sent) -> None:
    """Three more deliveries change nothing."""
    assert sent.ok, sent.ack
    before = await effects(house)
    await house.again(sent)
    for bot in house.bots:
        await bot.tasks.drain(5)
    assert await effects(house) == before


async def test_questions(replicas: House) -> None:
    """Command, empty command, mention, follow-up, direct message."""
    slack = replicas.slack
    await once(replicas, await slack.command("clinician", "icu", "kpc bacteremia"))
    await once(replicas, await slack.command("clinician", "icu", ""))
    await once(replicas, await slack.submit_view("clinician", values={"mechanism": "kpc", "site": "cuti"}))
    await once(replicas, await slack.mention("clinician", "icu", "ndm pneumonia"))
    (shown,) = replicas.public("clinician")
    await once(replicas, await slack.mention("pharmacist", "icu", "and blood?", thread_ts=shown.thread_ts))
    await once(replicas, await slack.direct_message("clinician", "kpc"))
    assert len(replicas.public("clinician")) == 2
    assert len(replicas.public("clinician", "dm")) == 1


async def test_taps_and_forms(replicas: House) -> None:
    """Pickers, corrections, every form and its submission, reading views, sharing."""
    slack = replicas.slack
    sent = await slack.command("clinician", "icu", "kpc")
    assert sent.shown is not None
    await once(replicas, await slack.click("clinician", sent.shown, "pick_site:bacteremia"))
    for control, values in (
        ("set_renal", {"measure": "crcl", "number": "30"}),
        ("set_reports", {"resistant": ["amikacin"]}),
        ("set_allergy", {"allergies": ["penicillin"]}),
        ("new_question", {"mechanism": "ndm"}),
    ):
        await once(replicas, await slack.click("clinician", sent.shown, control))
        await once(replicas, await slack.submit_view("clinician", values=values))
    for control in ("show_details", "show_article", "share", "correct"):
        await once(replicas, await slack.click("clinician", sent.shown, control))
    assert len(replicas.public("pharmacist")) == 1


async def test_shortcuts(replicas: House) -> None:
    """On a message and of the workspace."""
    slack = replicas.slack
    await slack.say("pharmacist", "icu", "kpc pneumonia")
    (message,) = [m for m in slack.seen_by("clinician", "icu") if m.user == "U0PHARMA01"]
    await once(replicas, await slack.message_shortcut("clinician", message))
    await once(replicas, await slack.shortcut("clinician"))
    await once(replicas, await slack.submit_view("clinician", values={"mechanism": "vim", "site": "ciai"}))
    assert len(replicas.public("clinician", "dm")) == 1


async def test_consult_and_feedback(replicas: House) -> None:
    """One post, one reminder, one taker, one word to the asker; one verdict of each kind."""
    slack = replicas.slack
    sent = await slack.command("clinician", "icu", "kpc bacteremia")
    assert sent.shown is not None
    await once(replicas, await slack.click("clinician", sent.shown, "consult"))
    (post,) = replicas.public("pharmacist", "id-consults")
    await once(replicas, await slack.click("pharmacist", post, "take_consult"))
    await once(replicas, await slack.click("clinician", sent.shown, "feedback", "good"))
    await once(replicas, await slack.click("clinician", sent.shown, "feedback", "bad"))
    await once(replicas, await slack.submit_view("clinician", values={"reason": "unclear"}))
    assert len(replicas.public("clinician", "dm")) == 1
    assert len(replicas.public("pharmacist", "stewardship")) == 1


async def test_refusals(replicas: House) -> None:
    """A guest is told once."""
    await once(replicas, await replicas.slack.command("guest", "icu", "kpc bacteremia"))
    await once(replicas, await replicas.slack.mention("guest", "icu", "kpc bacteremia"))


async def test_what_was_said_is_heard_once_and_never_again(replicas: House) -> None:
    """Edits, deletions, the bot's own and other bots' messages bring nothing, however often they come."""
    slack = replicas.slack
    sent = await slack.direct_message("clinician", "kpc pneumonia")
    (own,) = replicas.public("clinician", "dm")
    before = await effects(replicas)
    await slack.echo(own)
    await slack.echo(own, changed=True)
    said = sent.payload["event"]
    channel = {"channel": said["channel"], "channel_type": "im"}
    deleted = {"type": "message", "subtype": "message_deleted", "deleted_ts": said["ts"], "ts": "1.1", **channel}
    changed = {"type": "message", "subtype": "message_changed", "message": said, "ts": "1.2", **channel}
    edited = {**said, "edited": {"user": said["user"], "ts": "1.3"}, "ts": "1.3"}
    other = {**said, "bot_id": "B0OTHER", "ts": "1.4"}
    for event in (deleted, changed, edited, other):
        for _ in range(4):
            await slack.deliver("events_api", {**sent.payload, "event": event, "event_id": f"Ev{event['ts']}"})
    assert await effects(replicas) == before


async def test_a_file_with_words_is_a_question(replicas: House) -> None:
    """A picture of the report sent with a question: the words are heard, the file is not looked at."""
    slack = replicas.slack
    sent = await slack.direct_message("clinician", "help")
    said = sent.payload["event"]
    message = slack.workspace.add(Message(said["channel"], slack.workspace.new_ts(), said["user"], "kpc pneumonia"))
    event = {**said, "subtype": "file_share", "text": message.text, "ts": message.ts, "files": [{"id": "F1"}]}
    await slack.deliver("events_api", {**sent.payload, "event": event, "event_id": "EvFile"})
    assert "meropenem-vaborbactam" in str(replicas.public("clinician", "dm")[-1].blocks)

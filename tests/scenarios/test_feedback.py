"""Feedback: thanked or asked why, once for each user and answer, to the content owner and the audit log."""

from __future__ import annotations

import json
from typing import Any

from bot.playground.records import Message
from tests.scenarios.conftest import House, open_house, said
from tests.servers import Kind, RedisServer


async def answered(house: House, text: str = "kpc bacteremia crcl 25") -> Message:
    sent = await house.slack.command("clinician", "icu", text)
    assert sent.shown is not None
    return sent.shown


def reports(house: House) -> list[Message]:
    """What the content owner's channel shows."""
    return house.public("pharmacist", "stewardship")


async def recorded(house: House) -> list[dict[str, Any]]:
    """The feedback entries, oldest first."""
    return [entry for entry in reversed(await house.log()) if entry["t"] == "feedback"]


async def test_helpful_is_thanked_and_recorded(house: House) -> None:
    """A private word, an entry with the request id of the answer, and no noise in any channel."""
    answer = await answered(house)
    await house.slack.click("clinician", answer, "feedback", "good")
    assert "Thank you" in said(house.private("clinician"))
    assert reports(house) == []
    (entry,) = await recorded(house)
    (prepared,) = [e for e in await house.entries() if e["t"] == "answer.prepared"]
    assert entry["rid"] == prepared["rid"]
    assert entry["ans"] == {"feedback": "good"}
    await house.slack.click("clinician", answer, "feedback", "good")
    assert "already" in said(house.private("clinician"))
    assert len(await recorded(house)) == 1


async def test_not_helpful_asks_why(house: House) -> None:
    """A reason without free text; the content owner sees what was understood, why, and the request id."""
    answer = await answered(house, "Mr Quillfeather: kpc bacteremia crcl 25")
    await house.slack.click("clinician", answer, "feedback", "bad")
    (view,) = house.slack.workspace.stack(house.slack.workspace.user_named("clinician"))
    assert [b["element"]["type"] for b in view.payload["blocks"] if b["type"] == "input"] == ["radio_buttons"]
    await house.slack.submit_view("clinician", values={"reason": "local_policy_differs"})
    (entry,) = await recorded(house)
    assert entry["ans"] == {"feedback": "bad", "reason": "local_policy_differs"}
    assert entry["ask"]["question"]["mechanisms"] == ["kpc"]
    (report,) = reports(house)
    for words in ("our local policy differs", "KPC · Bloodstream infection", "CrCl 25 mL/min", entry["rid"]):
        assert words in said(report), words
    assert "Quillfeather" not in json.dumps([report.blocks, report.text, await house.log()])
    assert "sent to those who look after the content" in said(house.private("clinician"))


async def test_every_reason_can_be_given(house: House) -> None:
    """All five reach the log."""
    reasons = ["wrong_parse", "outdated", "local_policy_differs", "unclear", "other"]
    for reason in reasons:
        await house.slack.click("clinician", await answered(house), "feedback", "bad")
        await house.slack.submit_view("clinician", values={"reason": reason})
    assert [entry["ans"]["reason"] for entry in await recorded(house)] == reasons


async def test_not_helpful_may_follow_helpful_and_nothing_else_counts_twice(house: House) -> None:
    """A late complaint is not lost; each further word changes nothing, and its author is told."""
    answer = await answered(house)
    await house.slack.click("clinician", answer, "feedback", "good")
    for _ in range(2):
        await house.slack.click("clinician", answer, "feedback", "bad")
        await house.slack.submit_view("clinician", values={"reason": "outdated"})
    assert "already" in said(house.private("clinician"))
    await house.slack.click("clinician", answer, "feedback", "good")
    assert [entry["ans"]["feedback"] for entry in await recorded(house)] == ["good", "bad"]
    assert len(reports(house)) == 1


async def test_every_reader_of_a_thread_has_a_word(house: House) -> None:
    """An answer in a thread: each user counts once."""
    await house.slack.mention("clinician", "icu", "ndm pneumonia")
    (answer,) = house.public("clinician")
    for user in ("clinician", "pharmacist"):
        await house.slack.click(user, answer, "feedback", "good")
    assert [entry["who"]["user"] for entry in await recorded(house)] == ["U0CLINIC01", "U0PHARMA01"]


async def test_without_a_channel_it_is_recorded(redis_servers: dict[Kind, RedisServer]) -> None:
    """No channel of a content owner: in the log all the same, and the thanks promise no more."""
    async with open_house("http", redis_servers["redis"].emptied()) as house:
        await house.slack.click("clinician", await answered(house), "feedback", "bad")
        await house.slack.submit_view("clinician", values={"reason": "unclear"})
        assert len(await recorded(house)) == 1
        assert "sent to" not in said(house.private("clinician"))


async def test_a_guest_has_no_say(house: House) -> None:
    """Refused in private, nothing recorded as feedback."""
    await house.slack.mention("clinician", "icu", "ndm pneumonia")
    (answer,) = house.public("clinician")
    await house.slack.click("guest", answer, "feedback", "good")
    assert "guest" in said(house.private("guest"))
    assert await recorded(house) == []

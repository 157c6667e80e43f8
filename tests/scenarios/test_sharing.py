"""Share, and what happens when Slack does not take something: the record says so and the asker is told."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import House, said


async def test_a_command_s_answer_is_shared_to_the_channel(house: House) -> None:
    """Everybody sees who shared it and what was understood, and not a word of what was typed."""
    sent = await house.slack.command("clinician", "icu", "Quillfeather has kpc bacteremia crcl 25")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "share")
    (shared,) = house.public("pharmacist")
    assert shared.text.startswith("Shared by <@U0CLINIC01>. ")
    assert said(shared).index("Shared by <@U0CLINIC01>") < said(shared).index("KPC")
    assert "Quillfeather" not in said(shared) + shared.text
    assert shared.thread_ts is None
    assert '"action_id": "share"' not in said(shared)
    assert (await house.endings())[0]["t"] == "answer.delivered"


async def test_a_thread_s_answer_is_shared_to_the_thread(house: House) -> None:
    """Asked back in private in a thread: the answer is shared there."""
    await house.slack.mention("clinician", "icu", "how do I treat KPC?")
    root = house.slack.received("chat.postEphemeral")[0].get("thread_ts")
    await house.slack.click("clinician", house.private("clinician"), "pick_site:pneumonia")
    await house.slack.click("clinician", house.private("clinician"), "share")
    (shared,) = house.public("pharmacist")
    assert shared.thread_ts is not None
    assert root in (None, shared.thread_ts)


async def test_sharing_works_where_the_bot_is_no_member(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the tap's own address; once that is gone too, the asker is told how to help it."""
    sent = await house.slack.command("clinician", "lounge", "kpc bacteremia")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "share")
    (shared,) = house.public("pharmacist", "lounge")
    assert "Shared by" in said(shared)
    monkeypatch.setattr("bot.playground.replies.RESPONSE_URL_USES", 0)
    await house.slack.click("clinician", sent.shown, "share")
    assert len(house.public("pharmacist", "lounge")) == 1
    assert "did not let me share it" in said(house.public("clinician", "dm")[-1])
    assert (await house.endings())[0]["t"] == "answer.failed"


async def test_a_form_that_slack_does_not_open_is_told(house: House) -> None:
    """An expired trigger: one private sentence, no incident; the view of an answer is recorded as failed."""
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia")
    assert sent.shown is not None
    for control in ("set_renal", "new_question", "show_details"):
        house.slack.fail_next("views.open", "expired_trigger_id")
        await house.slack.click("clinician", sent.shown, control)
        assert "Please tap once more" in said(house.private("clinician"))
    assert [end["t"] for end in await house.endings()] == ["answer.failed", "answer.delivered"]


async def test_a_refusal_reaches_a_member_of_a_channel_without_the_bot(house: House) -> None:
    """Nothing can be whispered there: the command's own acknowledgement says it."""
    sent = await house.slack.command("guest", "lounge", "")
    assert "guest" in said(sent.shown)

"""A question in, what Slack received out: every surface, over both doors, with its audit entry."""

from __future__ import annotations

import json

from bot.playground.records import Message
from tests.scenarios.conftest import House, said


def control(message: Message, action_id: str) -> bool:
    return f'"action_id": "{action_id}"' in said(message)


async def test_a_command_is_answered_in_its_acknowledgement(house: House) -> None:
    """`/cre kpc bacteremia`: a private answer with regimens, bands, what not to use, reminder, status, disclaimer."""
    sent = await house.slack.command("clinician", "id-consults", "kpc bacteremia")
    page = said(sent.shown)
    assert sent.shown is not None
    assert sent.shown.only_for == "U0CLINIC01"
    order = [page.index(f"*{name}*") for name in ("meropenem-vaborbactam", "ceftazidime-avibactam")]
    assert order == sorted(order)
    assert "imipenem" in page
    for words in (
        "KPC",
        "normal kidney function",
        "Not suggested",
        "tigecycline",
        "eravacycline",
        "nfectious",
        "Awaiting review",
        "30 July 2026",
        "Dr.Oracle",
    ):
        assert words in page, words
    assert "Awaiting review" in sent.shown.text
    assert house.slack.received("chat.postMessage") == []
    (entry,) = await house.entries()
    assert entry["t"] == "answer.prepared"
    assert entry["ans"]["outcome"] == "answered"
    assert entry["ask"]["question"] == {"mechanisms": ["kpc"], "sites": ["bacteremia"]}
    (end,) = await house.endings()
    assert (end["t"], end["rid"], end["dlv"]) == ("answer.delivered", entry["rid"], {"status": "ok"})


async def test_a_mention_is_answered_in_its_thread_and_follow_ups_merge(house: House) -> None:
    """A mention with organism and CrCl, then "and for pneumonia?" in the thread: only what changed is needed."""
    await house.slack.mention("clinician", "icu", "NDM klebsiella in the blood, CrCl 25")
    (first,) = house.slack.received("chat.postMessage")
    assert first["thread_ts"]
    assert "CrCl 25 mL/min" in json.dumps(first["blocks"])
    assert "aztreonam-avibactam" in json.dumps(first["blocks"])
    await house.slack.mention("pharmacist", "icu", "and for pneumonia?", thread_ts=first["thread_ts"])
    second = house.slack.received("chat.postMessage")[1]
    assert second["thread_ts"] == first["thread_ts"]
    page = json.dumps(second["blocks"])
    assert "NDM" in page
    assert "neumonia" in page
    assert "CrCl 25 mL/min" in page
    assert "kept from this thread: kidney function" in page
    assert [e["ans"]["outcome"] for e in await house.entries()] == ["answered", "answered"]


async def test_a_missing_site_is_asked_for_and_one_tap_brings_the_answer(house: House) -> None:
    """`/cre kpc` asks for the site; the picked button is replaced by the answer."""
    sent = await house.slack.command("clinician", "icu", "kpc")
    assert sent.shown is not None
    assert "Where is the infection?" in said(sent.shown)
    await house.slack.click("clinician", sent.shown, "pick_site:bacteremia")
    (shown,) = [
        m for m in house.slack.seen_by("clinician", "icu") if m.only_for and not m.notice and m.user != "U0CLINIC01"
    ]
    assert "meropenem-vaborbactam" in said(shown)
    assert "Where is the infection?" not in said(shown)
    outcomes = [e["ans"]["outcome"] for e in await house.entries()]
    assert outcomes == ["answered", "asked"]


async def test_a_mention_with_something_missing_is_asked_in_private(house: House) -> None:
    """In a channel the question back is seen by the asker only, and so is the answer until it is shared."""
    await house.slack.mention("clinician", "icu", "how do I treat KPC?")
    (asked,) = house.slack.received("chat.postEphemeral")
    assert asked["user"] == "U0CLINIC01"
    (message,) = [m for m in house.slack.seen_by("clinician", "icu") if m.only_for]
    await house.slack.click("clinician", message, "pick_site:pneumonia")
    assert house.slack.received("chat.postMessage") == []
    (message,) = [m for m in house.slack.seen_by("clinician", "icu") if m.only_for]
    await house.slack.click("clinician", message, "share")
    (shared,) = house.slack.received("response_url")[-1:]
    assert shared["response_type"] == "in_channel"
    assert "Shared by <@U0CLINIC01>" in json.dumps(shared["blocks"])
    assert shared["thread_ts"]
    assert (await house.entries())[0]["t"] == "answer.shared"


async def test_both_missing_are_asked_one_after_the_other(house: House) -> None:
    """First the mechanism, then the site, then the answer: two taps."""
    sent = await house.slack.command("clinician", "icu", "how do i treat CRE?")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "pick_mechanism:ndm")
    await house.slack.click("clinician", sent.shown, "pick_site:ciai")
    assert "aztreonam-avibactam" in said(sent.shown)


async def test_out_of_scope_is_declined(house: House) -> None:
    """MRSA is another organism: no regimen, and the way to a person."""
    sent = await house.slack.command("clinician", "icu", "MRSA bacteremia")
    assert "Out of my scope" in said(sent.shown)
    assert "pager 4242" in said(sent.shown)
    assert "every" not in said(sent.shown).lower().replace("everything", "")


async def test_help_shows_how_to_ask(house: House) -> None:
    """`/cre help`: examples and the pickers. (`/cre` alone opens the form: test_forms.)"""
    sent = await house.slack.command("clinician", "icu", "help")
    assert "kpc bacteremia" in said(sent.shown)
    assert sent.shown is not None
    assert control(sent.shown, "pick_mechanism:kpc")


async def test_what_the_sources_do_not_cover_is_said(house: House) -> None:
    """Meningitis, endocarditis, two carbapenemases, an unknown mechanism: not covered, ID consult, no dose."""
    for text in ("kpc meningitis", "kpc endocarditis", "NDM + OXA-48 bacteremia", "unknown mechanism bacteremia"):
        sent = await house.slack.command("clinician", "icu", text)
        page = said(sent.shown)
        assert "Not covered by the sources" in page, text
        assert "onsultation" in page, text
        assert " every 8 h" not in page, text


async def test_a_direct_message_is_answered(house: House) -> None:
    """In the direct conversation no mention is needed."""
    await house.slack.direct_message("pharmacist", "oxa-48 pyelo crcl 40")
    (reply,) = house.slack.received("chat.postMessage")
    assert "ceftazidime-avibactam" in json.dumps(reply["blocks"])
    (entry,) = await house.entries()
    assert entry["src"]["surface"] == "dm"


async def test_guests_externals_and_bots_are_refused_privately(house: House) -> None:
    """Kindly, privately, with where to turn; and the refusal is in the log."""
    sent = await house.slack.command("guest", "icu", "kpc bacteremia")
    assert "guest" in said(sent.shown)
    assert "meropenem" not in said(sent.shown)
    await house.slack.mention("external", "partner-icu", "kpc bacteremia")
    (refused,) = house.slack.received("chat.postEphemeral")
    assert refused["user"] == "U0EXTERN01"
    assert house.slack.received("chat.postMessage") == []
    assert {e["t"] for e in await house.entries()} == {"query.denied"}


async def test_renal_function_is_set_in_a_form(house: House) -> None:
    """The form's kidney function changes the doses of the message it was opened from; a bad number is told in it."""
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "set_renal")
    wrong = await house.slack.submit_view("clinician", values={"number": "900"})
    assert isinstance(wrong.ack.body, dict)
    assert wrong.ack.body["response_action"] == "errors"
    await house.slack.submit_view("clinician", values={"number": "25"})
    page = said(sent.shown)
    assert "CrCl 25 mL/min" in page
    assert "CrCl 16-30 mL/min" in page


async def test_what_was_understood_can_be_corrected(house: House) -> None:
    """ "Correct this", then the right mechanism: the answer is for that one."""
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia crcl 40")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "correct")
    assert control(sent.shown, "pick_site:pneumonia")
    await house.slack.click("clinician", sent.shown, "pick_mechanism:ndm")
    page = said(sent.shown)
    assert "NDM · Bloodstream infection" in page
    assert "CrCl 40 mL/min" in page
    assert "aztreonam-avibactam" in page


async def test_a_public_answer_is_corrected_in_private(house: House) -> None:
    """In a thread the pickers come to the one who tapped, and the answer of the others stays as it is."""
    await house.slack.mention("clinician", "icu", "ndm pneumonia")
    (answer,) = [m for m in house.slack.seen_by("pharmacist", "icu") if m.user == "U0CREBOT01"]
    before = said(answer)
    await house.slack.click("pharmacist", answer, "correct")
    (pickers,) = house.slack.received("chat.postEphemeral")
    assert pickers["user"] == "U0PHARMA01"
    assert said(answer) == before


async def test_details_and_the_article_open_as_modals(house: House) -> None:
    """Everything a message has no room for, and every statement of the article."""
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "show_details")
    await house.slack.click("clinician", sent.shown, "show_article")
    details, article = (call["view"] for call in house.slack.received("views.open"))
    assert "Renal dosing" in json.dumps(details)
    assert "Where sources differ" in json.dumps(details)
    assert json.dumps(article, ensure_ascii=False).count("• ") >= 21


async def test_identifiers_are_never_echoed_and_the_writer_is_warned(house: House) -> None:
    """A name, a record number and a birth date: answered, warned in private, kept nowhere."""
    canaries = ("Quillfeather", "00987654", "07/08/1949")
    await house.slack.mention(
        "clinician", "icu", "Mr Quillfeather MRN 00987654 DOB 07/08/1949 KPC klebsiella bacteremia CrCl 40"
    )
    (answer,) = house.slack.received("chat.postMessage")
    (warning,) = house.slack.received("chat.postEphemeral")
    assert "identifiers" in json.dumps(warning["blocks"])
    kept = json.dumps([answer, warning, await house.entries()])
    assert not [canary for canary in canaries if canary in kept]


async def test_limits_are_told_kindly(house: House) -> None:
    """After the burst the reply names the seconds to wait, in private."""
    for _ in range(10):
        await house.slack.command("clinician", "icu", "kpc bacteremia")
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia")
    assert "try again in" in said(sent.shown)
    other = await house.slack.command("pharmacist", "icu", "kpc bacteremia")
    assert "meropenem-vaborbactam" in said(other.shown)


async def test_an_event_delivered_four_times_has_one_effect(house: House) -> None:
    """Slack's retries of a mention bring one answer and one entry."""
    sent = await house.slack.mention("clinician", "icu", "ndm pneumonia")
    for _ in range(3):
        await house.slack.deliver("events_api", sent.payload)
    assert len(house.slack.received("chat.postMessage")) == 1
    assert len(await house.entries()) == 1


async def test_edits_deletions_and_other_bots_do_nothing(house: House) -> None:
    """Only a person's new message is heard."""
    sent = await house.slack.mention("clinician", "icu", "ndm pneumonia")
    for change in ({"edited": {"user": "U0CLINIC01", "ts": "1.2"}}, {"subtype": "message_changed"}, {"bot_id": "B0X"}):
        event = {**sent.payload["event"], **change, "ts": f"17800000{len(change)}.000{sum(map(len, change))}"}
        await house.slack.deliver("events_api", {**sent.payload, "event": event, "event_id": f"Ev{sorted(change)[0]}"})
    assert len(house.slack.received("chat.postMessage")) == 1


async def test_a_long_note_is_refused_clearly(house: House) -> None:
    """Six thousand characters: nothing is read, and the reply says so."""
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia " * 400)
    assert "too long" in said(sent.shown)
    assert "meropenem" not in said(sent.shown)


async def test_the_same_question_gives_the_same_bytes(house: House) -> None:
    """Equal questions differ only in the request id on the row of controls."""
    first = await house.slack.command("clinician", "icu", "kpc bacteremia")
    second = await house.slack.command("clinician", "icu", "BLOODSTREAM infection with KPC")
    bodies = [sent.ack.body for sent in (first, second)]
    assert all(isinstance(body, dict) for body in bodies)
    newest, oldest = await house.entries()
    assert newest["rid"] != oldest["rid"]
    assert json.dumps(bodies[0]).replace(oldest["rid"], "") == json.dumps(bodies[1]).replace(newest["rid"], "")
    assert newest["ans"]["payload_sha256"] == oldest["ans"]["payload_sha256"]

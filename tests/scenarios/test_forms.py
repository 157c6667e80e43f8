"""Forms: each opens with what is known, tells a wrong value at its field, and answers where it was opened."""

from __future__ import annotations

import json

import pytest

from bot.playground.records import View
from bot.playground.standin import SlackStandIn
from tests.scenarios.conftest import House, said


def form(house: House, user: str = "clinician") -> View:
    """The one form that this user has open."""
    (view,) = house.slack.workspace.stack(house.slack.workspace.user_named(user))
    assert len(view.payload["private_metadata"]) <= 3000
    return view


def chosen(view: View, field: str) -> set[str]:
    """The options that stand in a field."""
    (entry,) = view.values[field].values()
    return {option["value"] for option in entry.get("selected_options") or filter(None, [entry.get("selected_option")])}


async def test_the_command_alone_opens_the_form(house: House) -> None:
    """`/cre`: mechanism, site, kidney function, R and S, allergy in one form; a private answer."""
    sent = await house.slack.command("clinician", "icu", "")
    assert sent.ok
    assert sent.shown is None
    view = form(house)
    fields = [block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"]
    assert fields == ["mechanism", "site", "measure", "value", "resistant", "susceptible", "allergies"]
    filled = {
        "mechanism": "ndm",
        "site": "pneumonia",
        "measure": "crcl",
        "number": "25",
        "resistant": ["meropenem"],
        "susceptible": ["cefiderocol"],
        "allergies": ["sulfonamide"],
    }
    await house.slack.submit_view("clinician", values=filled)
    page = said(house.private("clinician"))
    for words in ("NDM", "neumonia", "CrCl 25 mL/min", "R: meropenem", "S: cefiderocol", "sulfonamide"):
        assert words in page, words
    assert '"action_id": "share"' in page
    assert house.public("clinician") == []
    (entry,) = await house.entries()
    assert entry["ask"]["question"]["resistant"] == ["meropenem"]
    (end,) = await house.endings()
    assert end["t"] == "answer.delivered"


async def test_help_comes_when_the_form_cannot_open(house: House) -> None:
    """Slack refuses the form: the help with the pickers is in the acknowledgement."""
    house.slack.fail_next("views.open", "expired_trigger_id")
    sent = await house.slack.command("clinician", "icu", "  ")
    assert "kpc bacteremia" in said(sent.shown)
    assert '"action_id": "pick_mechanism:kpc"' in said(sent.shown)
    assert [entry["ans"]["outcome"] for entry in await house.entries()] == ["helped"]


async def test_help_comes_when_slack_is_slow(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack does not take the form in time: no waiting past the three seconds of the command."""
    monkeypatch.setattr("handlers.listeners.questions._FORM_SECONDS", 0.0)
    sent = await house.slack.command("clinician", "icu", "")
    assert "kpc bacteremia" in said(sent.shown)


async def test_wrong_values_are_told_at_their_fields(house: House) -> None:
    """A value without a measure, out of range, for haemodialysis; the same drug R and S: nothing is answered."""
    await house.slack.command("clinician", "icu", "")
    for values, field in (
        ({"number": "30"}, "measure"),
        ({"measure": "crcl", "number": "401"}, "value"),
        ({"measure": "egfr", "number": ""}, "value"),
        ({"measure": "crrt", "number": "21"}, "value"),
        ({"measure": "crrt", "number": "0"}, "value"),
        ({"measure": "hd", "number": "30"}, "value"),
        ({"measure": "pd", "number": "", "resistant": ["amikacin"], "susceptible": ["amikacin"]}, "susceptible"),
    ):
        sent = await house.slack.submit_view("clinician", values=values)
        assert isinstance(sent.ack.body, dict)
        assert sent.ack.body["response_action"] == "errors", values
        assert set(sent.ack.body["errors"]) == {field}, values
    assert await house.entries() == []
    await house.slack.submit_view("clinician", values={"susceptible": [], "mechanism": "kpc", "site": "cuti"})
    assert "peritoneal dialysis" in said(house.private("clinician"))


async def test_an_empty_form_is_asked_back(house: House) -> None:
    """Nothing filled in: the question back, with pickers, as for any question."""
    await house.slack.command("clinician", "icu", "")
    await house.slack.submit_view("clinician")
    assert "Which carbapenemase?" in said(house.private("clinician"))


async def test_renal_function_shows_what_is_known(house: House) -> None:
    """The form opens with the eGFR of the question; another measure replaces it."""
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia eGFR 40")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "set_renal")
    assert chosen(form(house), "measure") == {"egfr"}
    assert form(house).values["value"]["number"]["value"] == "40"
    await house.slack.submit_view("clinician", values={"measure": "crrt", "number": "2.5"})
    assert "CRRT, effluent 2.5 L/h" in said(sent.shown)
    assert "eGFR 40" not in said(sent.shown)


async def test_reports_replace_what_was_reported(house: House) -> None:
    """R and S come filled in; what is taken out is gone, and the phenotype that followed from them goes with it."""
    sent = await house.slack.command(
        "clinician", "icu", "no carbapenemase, cystitis, ertapenem R, meropenem S, imipenem S"
    )
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "set_reports")
    assert chosen(form(house), "resistant") == {"ertapenem"}
    assert chosen(form(house), "susceptible") == {"meropenem", "imipenem"}
    await house.slack.submit_view("clinician", values={"resistant": ["amikacin"], "susceptible": []})
    assert "reported R: amikacin" in said(sent.shown)
    newest, first = await house.entries()
    assert first["ask"]["question"]["phenotype"] == "ertapenem_only"
    assert "phenotype" not in newest["ask"]["question"]
    assert newest["ask"]["question"]["resistant"] == ["amikacin"]


async def test_allergy_and_co_medication_mark_the_answer(house: House) -> None:
    """The class and valproate are in what was understood, and in the next form."""
    sent = await house.slack.command("clinician", "icu", "kpc bacteremia")
    assert sent.shown is not None
    await house.slack.click("clinician", sent.shown, "set_allergy")
    await house.slack.submit_view("clinician", values={"allergies": ["carbapenem"], "comedications": ["valproate"]})
    page = said(sent.shown)
    assert "allergy: carbapenem" in page
    assert "valproate" in page
    await house.slack.click("clinician", sent.shown, "set_allergy")
    assert chosen(form(house), "allergies") == {"carbapenem"}
    assert chosen(form(house), "comedications") == {"valproate"}


async def test_a_new_question_stands_beside_the_old_one(house: House) -> None:
    """The form knows the question it was opened from; its answer is a private message of its own."""
    await house.slack.mention("clinician", "icu", "NDM + OXA-48 klebsiella in the blood, CrCl 25")
    (shown,) = house.public("pharmacist")
    before = said(shown)
    await house.slack.click("pharmacist", shown, "new_question")
    view = form(house, "pharmacist")
    assert chosen(view, "mechanism") == {"ndm", "oxa48"}
    assert chosen(view, "site") == {"bacteremia"}
    await house.slack.submit_view("pharmacist", values={"mechanism": ["kpc"], "number": "60"})
    assert said(shown) == before
    answer = house.private("pharmacist")
    assert "KPC" in said(answer)
    assert "CrCl 60 mL/min" in said(answer)
    assert "lebsiella" not in said(answer)
    assert answer.thread_ts == shown.thread_ts


async def test_the_shortcut_of_the_workspace_answers_in_the_direct_message(house: House) -> None:
    """No channel comes with it: the form, then a direct message; nothing that could be shared from there."""
    await house.slack.shortcut("clinician")
    await house.slack.submit_view("clinician", values={"mechanism": "kpc", "site": "pneumonia"})
    (answer,) = house.public("clinician", "dm")
    assert "meropenem-vaborbactam" in said(answer)
    assert '"action_id": "share"' not in said(answer)
    await house.slack.click("clinician", answer, "set_renal")
    await house.slack.submit_view("clinician", values={"number": "25"})
    (answer,) = house.public("clinician", "dm")
    assert "CrCl 25 mL/min" in said(answer)


async def test_the_shortcut_on_a_message_reads_it_once(house: House) -> None:
    """Whoever wrote it: understood, answered to the one who asked, and its words kept nowhere."""
    slack = house.slack
    await slack.say("pharmacist", "icu", "Mr Quillfeather MRN 00987654: NDM klebsiella in the blood, CrCl 25")
    (message,) = [m for m in slack.seen_by("clinician", "icu") if m.user == "U0PHARMA01"]
    await slack.message_shortcut("clinician", message)
    answer = house.private("clinician")
    assert "aztreonam-avibactam" in said(answer)
    assert "CrCl 25 mL/min" in said(answer)
    assert "identifiers" in said(answer)
    assert house.public("pharmacist") == []
    kept = json.dumps([answer.blocks, answer.text, await house.log()])
    assert not [canary for canary in ("Quillfeather", "00987654") if canary in kept]


async def test_a_message_without_a_question_opens_the_form(house: House) -> None:
    """No words, or the bot's own words: nothing is read into them."""
    await house.slack.mention("clinician", "icu", "ndm pneumonia")
    (own,) = house.public("clinician")
    await house.slack.message_shortcut("clinician", own)
    assert chosen(form(house), "mechanism") == set()
    assert len(await house.entries()) == 1


async def test_a_shortcut_where_the_bot_is_no_member(house: House) -> None:
    """#lounge: the shortcut's own address needs no membership."""
    await house.slack.say("pharmacist", "lounge", "kpc pneumonia?")
    (message,) = [m for m in house.slack.seen_by("clinician", "lounge") if m.user == "U0PHARMA01"]
    await house.slack.message_shortcut("clinician", message)
    assert "meropenem-vaborbactam" in said(house.private("clinician", "lounge"))


async def test_a_form_submitted_much_later_still_answers(house: House) -> None:
    """The command's own address has expired and the bot is no member of the channel: a direct message."""
    await house.slack.command("clinician", "lounge", "")
    _expire(house.slack)
    await house.slack.submit_view("clinician", values={"mechanism": "kpc", "site": "pneumonia"})
    (answer,) = house.public("clinician", "dm")
    assert "meropenem-vaborbactam" in said(answer)


def _expire(slack: SlackStandIn) -> None:
    for allowed in slack.workspace.response_urls.values():
        allowed.made_at -= 31 * 60

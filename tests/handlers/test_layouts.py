"""Every reply the bot can give is a payload that Slack takes, and no limit ever costs a caveat or the disclaimer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import chain
from typing import Any

import pytest

from handlers.blockcheck import check_message, check_view
from handlers.layouts import View, render, stamp, thread_of
from handlers.layouts.encoding import decode, encode
from handlers.layouts.labels import Names
from handlers.layouts.modals import article_modal, details_modal
from handlers.layouts.regimen_lines import leading_doses
from handlers.parsed import Doubt, DoubtKind, Parsed, ScopeReason
from handlers.replies import (
    Answered,
    Asked,
    DenialReason,
    Denied,
    Helped,
    Limited,
    NotCovered,
    OutOfScope,
    Reply,
    Unavailable,
    UnavailableReason,
)
from handlers.responding import respond
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import AllergyClass, Comedication, Intent, Mechanism
from tests.questions import every_cell, every_intent, every_pair

NAMES_ONLY = "Doses with their kidney bands, reasons and cautions did not fit here"
NOT_CONSIDERED = re.compile(r"Not given, so not considered:\* ([^.]*)\.")
ON_CALL = "the ID physician on call, pager 4242"
ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


@pytest.fixture(scope="module")
def view(knowledge: KnowledgeBase) -> View:
    return View(names=Names.of(knowledge), on_call=ON_CALL, shareable=True)


@pytest.fixture(scope="module")
def replies(knowledge: KnowledgeBase) -> list[Reply]:
    """Replies to every cell, intent and pair, and to the questions with the most to say."""
    everything = tuple(d.id for d in knowledge.content.antimicrobials if not d.components)
    loud = [
        q.model_copy(
            update={
                "allergies": tuple(AllergyClass),
                "comedications": tuple(Comedication),
                "susceptible": everything,
                "organism": "Klebsiella pneumoniae",
            }
        )
        for q in every_intent()
    ]
    dose = [
        Question(mechanisms=(m,), intent=Intent.DOSE, antimicrobials=everything) for m in (Mechanism.KPC, Mechanism.NDM)
    ]
    return [
        respond(Parsed(question=q), knowledge) for q in chain(every_cell(), every_intent(), every_pair(), loud, dose)
    ]


def plain(payload: Mapping[str, Any]) -> str:
    return in_words(payload["blocks"])


def in_view(payload: Mapping[str, Any]) -> str:
    """What stands open: no line of a fold that starts closed."""
    return in_words([block for block in payload["blocks"] if not block.get("default_collapsed")])


def in_words(blocks: list[Any]) -> str:
    text = json.dumps(blocks, ensure_ascii=False)
    for entity, character in ESCAPES.items():
        text = text.replace(entity, character)
    return text


def test_every_payload_passes_the_block_kit_check(replies: list[Reply], view: View) -> None:
    """Blocks, lengths, ids and the whole message are within Slack's limits, with text, for everything."""
    for reply in replies:
        payload = stamp(render(reply, view), "01890000-0000-7000-8000-000000000000", "1780000000.000100")
        question = getattr(reply, "parsed", Parsed(Question())).question
        assert check_message(payload) == (), question
        assert payload["text"], question
        assert len(payload["text"]) <= 4000, question  # what chat.update takes


def test_no_limit_costs_a_safety_line(replies: list[Reply], view: View) -> None:
    """Reminder, status, disclaimer, what not to use and why, each caveat of what is shown: open, in every answer.

    Where not even they fit there are names alone, no dose, and the way to Details.
    """
    shortened = 0
    for reply in replies:
        if not isinstance(reply, Answered | NotCovered):
            continue
        frame = reply.answer if isinstance(reply, Answered) else reply.gap
        payload = render(reply, view)
        page, text = in_view(payload), str(payload["text"])
        for words in (frame.consult.text, frame.disclaimer):
            assert json.dumps(words, ensure_ascii=False)[1:-1] in page, frame.question
        for words in (frame.consult.text, frame.disclaimer, f"Status: {frame.status}"):
            assert words in re.sub("&amp;", "&", text).replace("&lt;", "<").replace("&gt;", ">"), frame.question
        assert f"Status: {frame.status}" in page
        for view_ in frame.not_suggested:
            assert view_.name in page, frame.question
        in_short = NAMES_ONLY in page
        shortened += in_short
        if in_short:
            assert isinstance(reply, Answered)
            assert not any(dose.text in page for v in reply.answer.preferred for dose in v.doses), frame.question
        else:
            for line in (line for view_ in frame.not_suggested for line in view_.reasons):
                assert line.text in page, frame.question
        if isinstance(reply, Answered):
            for regimen in (*reply.answer.preferred, *reply.answer.focus):
                assert regimen.name in page
                for line in () if in_short else (*regimen.cautions, *regimen.marks):
                    assert line.text in page, (frame.question, regimen.name)
                    assert line.caveat is None or line.caveat in page
            if reply.answer.preferred:
                assert reply.answer.susceptibility.text.lower() in page.lower()
                assert reply.answer.susceptibility.text.lower() in text.lower()
                missing = NOT_CONSIDERED.search(page)
                for what, given in (
                    ("kidney function", frame.question.renal),
                    ("allergies", frame.question.allergies),
                    ("reported susceptibilities", frame.question.resistant or frame.question.susceptible),
                ):
                    told = missing is not None and what in missing[1]
                    assert in_short or told is not bool(given), frame.question
            pressing = [p for c in reply.answer.conflicts if c.pressing for p in c.positions]
            assert in_short or all(position.says in page for position in pressing), frame.question
    assert shortened < len(replies) / 100  # only questions that report nearly everything there is


def test_preferred_regimens_come_with_dose_and_band(replies: list[Reply], view: View) -> None:
    """Every preferred regimen is shown with its doses, open, and beside each the kidney function it is for."""
    for reply in replies:
        if isinstance(reply, Answered):
            page = in_view(render(reply, view))
            if NAMES_ONLY in page:
                continue
            for regimen in reply.answer.preferred:
                for dose in leading_doses(regimen):
                    assert dose.text in page
                    assert f"_{dose.band}_" in page, (reply.answer.question, regimen.name)


def test_details_hold_what_a_message_had_no_room_for(replies: list[Reply], knowledge: KnowledgeBase) -> None:
    """Both modals pass Slack's limits for every answer, with status and disclaimer."""
    label, flaws = knowledge.content.article.label, knowledge.content.article.flaws
    for reply in replies[:: max(1, len(replies) // 400)]:
        if isinstance(reply, Answered):
            for modal in (
                details_modal(reply.answer, knowledge.background(reply.answer)),
                article_modal(label, flaws, knowledge.article_statements, knowledge.article_references, reply.answer),
            ):
                assert check_view(modal) == (), reply.answer.question
                assert reply.answer.disclaimer in json.dumps(modal, ensure_ascii=False)


def test_replies_without_an_answer_name_the_way_to_a_person(view: View) -> None:
    """Asking, declining, limits, refusals and failures pass the check and name the on-call route."""
    parsed = Parsed(question=Question())
    others: list[Reply] = [
        Asked(parsed, ("mechanism", "site")),
        Asked(parsed, ("site",)),
        Asked(parsed, (), correcting=True),
        Asked(Parsed(question=Question(), too_long=True), ("mechanism", "site")),
        *(Asked(parsed, (), (Doubt(kind, "mechanism", ("ndm",)),)) for kind in DoubtKind),
        Asked(parsed, (), (Doubt(DoubtKind.AMBIGUOUS_NAME, "antimicrobial", ("meropenem", "meropenem-vaborbactam")),)),
        Asked(parsed, (), (Doubt(DoubtKind.CONTRADICTION, "site", ("pneumonia",)),)),
        *(OutOfScope(Parsed(question=Question(), scope_reason=reason)) for reason in ScopeReason),
        Limited("user", 1),
        Limited("channel", 30),
        Limited("workspace", 3),
        *(Denied(reason) for reason in DenialReason),
        *(Unavailable(reason, "01890000") for reason in UnavailableReason),
    ]
    for reply in others:
        payload = render(reply, view)
        assert check_message(payload) == (), reply
        assert ON_CALL in plain(payload), reply
        assert ON_CALL in payload["text"], reply
    helped = render(Helped(parsed), view)
    assert check_message(helped) == ()


def test_a_question_survives_its_button(replies: list[Reply]) -> None:
    """What a button carries is the question itself, within Slack's 2,000 characters."""
    for reply in replies:
        question = getattr(reply, "parsed", Parsed(Question())).question
        assert decode(encode(question)) == question.canonical()
        assert len(encode(question)) <= 2000


def test_the_request_id_stands_in_one_place(view: View) -> None:
    """A stamp changes the rows of controls and nothing else, and the thread can be read from each."""
    payload = render(Asked(Parsed(question=Question()), ("site",)), view)
    stamped = stamp(payload, "rid-1", "1780000000.000100")
    changed = [b for a, b in zip(payload["blocks"], stamped["blocks"], strict=True) if a != b]
    assert [thread_of(block["block_id"]) for block in changed] == ["1780000000.000100"]
    assert thread_of("something:else") is None

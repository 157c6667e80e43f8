"""Local words in Slack: in their place, with their label, within Slack's limits, and never at a safety line's cost."""

from __future__ import annotations

import json

import pytest

from bot.knowing import load_known, on_call_route
from bot.settings import ON_CALL, Settings
from handlers.blockcheck import check_message, check_view
from handlers.layouts import View, render, stamp
from handlers.layouts.labels import Names
from handlers.layouts.modals import details_modal
from handlers.parsed import Parsed
from handlers.replies import Answered, NotCovered, Reply
from handlers.responding import respond
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import Mechanism, Site
from tests.handlers import payloads, test_layouts
from tests.handlers.payloads import EXAMPLE_HOSPITAL as EXAMPLE

WHO = "Local (Example General Hospital, "


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings(local_dir=EXAMPLE)


@pytest.fixture(scope="module")
def knowledge(settings: Settings) -> KnowledgeBase:
    return load_known(settings)[0]


@pytest.fixture(scope="module")
def view(knowledge: KnowledgeBase, settings: Settings) -> View:
    return View(names=Names.of(knowledge), on_call=on_call_route(settings, knowledge), shareable=True)


@pytest.fixture(scope="module")
def replies(knowledge: KnowledgeBase) -> list[Reply]:
    """A share of every cell, intent and pair, and of the questions with the most to say."""
    some = list(payloads.questions(knowledge))[1 :: test_layouts.SHARE]
    return [respond(Parsed(question=q), knowledge, on=payloads.LATE if i % 2 else None) for i, q in enumerate(some)]


def test_every_payload_may_be_sent(replies: list[Reply], view: View) -> None:
    """Slack's limits, the safety lines and the doses, as without local files."""
    for reply in replies[::2]:
        assert payloads.broken(reply, render(reply, view)) == [], getattr(reply, "parsed", None)


def test_restrictions_and_stock_stand_with_their_regimen(replies: list[Reply], view: View) -> None:
    """No limit costs a mark of a leading regimen (at the very least the word that it has one), a contact, or the name
    of what is not offered."""
    pointed = 0
    for reply in replies:
        if not isinstance(reply, Answered | NotCovered):
            continue
        frame = reply.answer if isinstance(reply, Answered) else reply.gap
        page = payloads.said(render(reply, view))
        assert frame.local is not None
        assert "digest " + str(frame.edition.overlay_digest)[:12] in page
        for contact in frame.local.contacts:
            assert contact.text in page, frame.question
        assert ("was due for review on 1 Oct 2027" in page) is frame.local.review_overdue
        if isinstance(reply, Answered):
            if payloads.NAMES_ONLY in page:
                pointed += 1
                continue  # no dose, and all of it in Details
            leading = (*reply.answer.preferred, *reply.answer.focus, *reply.answer.elsewhere)
            pointed += not all(mark.text in page for regimen in leading for mark in regimen.local)
            for regimen in leading:
                told = all(mark.text in page for mark in regimen.local)
                pointed_to = "restricted or with a word on stock. Open *Details*" in page and regimen.name in page
                assert told or pointed_to, (frame.question, regimen.name)
            for one in reply.answer.not_offered:
                assert one.name in page, frame.question
                assert one.local.text in page or "_(Local, Example General Hospital)_. Open *Details*" in page
    assert pointed < len(replies) / 20  # several kinds of urinary infection at once, or every result there is


def test_details_hold_every_local_line(replies: list[Reply], knowledge: KnowledgeBase) -> None:
    """What a message had no room for is in the modal, within Slack's limits."""
    for reply in replies[:: max(1, len(replies) // 100)]:
        if isinstance(reply, Answered):
            modal = details_modal(reply.answer, knowledge.background(reply.answer))
            assert check_view(modal) == (), reply.answer.question
            page = json.dumps(modal, ensure_ascii=False)
            assert reply.answer.local is not None
            assert all(line.text in page for line in reply.answer.local.lines)


def test_a_reader_meets_local_words_in_their_place(knowledge: KnowledgeBase, view: View) -> None:
    """Marks under the regimen, not offered before not suggested, contacts with the consult line, notes and antibiogram
    first of what folds."""
    reply = respond(Parsed(question=Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))), knowledge)
    payload = render(reply, view)
    page = payloads.said(payload)
    places = [
        page.index(words)
        for words in (
            "*meropenem-vaborbactam*",
            f"{WHO}antimicrobial stewardship, 1 Oct 2026):_ ID approval needed before the first vial, pager 555-0142",
            f"{WHO}pharmacy, 3 Nov 2026):_ out of stock since 2 November 2026",
            "*Not suggested here*",
            "Infectious-diseases consultation is recommended",
            "Urgent? Call ID on call: pager 555-0142, at night through the operator (Local, Example General Hospital)",
            "_Local (Example General Hospital):_ microbiology: extension 555-0117",
            '"Local (Example General Hospital)"',
            "ID consultation is expected for every bloodstream infection",
            "94% of 67 isolates",
            "Fewer than 30 isolates",
        )
    ]
    assert places == sorted(places)
    assert "Local: ID approval needed" in payload["text"]
    assert "Local content: Example General Hospital" in payload["text"]


def test_what_is_hidden_is_told_before_what_is_not_suggested(knowledge: KnowledgeBase, view: View) -> None:
    """The clinician sees that a guideline option is hidden here, with its rank, by whom and why."""
    reply = respond(Parsed(question=Question(mechanisms=(Mechanism.KPC,), sites=(Site.CUTI,))), knowledge)
    payload = render(reply, view)
    page = payloads.said(payload)
    assert page.index("*Not offered here*") < page.index("*Not suggested here*")
    assert "*plazomicin* (an alternative in the guidance [" in page
    assert f"{WHO}pharmacy, 1 Oct 2026):_ not bought by this hospital" in page
    assert "Not offered here (Local, Example General Hospital): fosfomycin IV, plazomicin." in payload["text"]


def test_the_hospital_s_id_contact_takes_the_place_of_the_default_route(
    knowledge: KnowledgeBase, settings: Settings
) -> None:
    """Instead of the default wording; beside a route that the operator set."""
    local = "ID on call: pager 555-0142, at night through the operator (Local, Example General Hospital)"
    assert settings.on_call == ON_CALL
    assert on_call_route(settings, knowledge) == local
    own = settings.model_copy(update={"on_call": "pager 1"})
    assert on_call_route(own, knowledge) == f"pager 1; {local}"
    assert on_call_route(own, KnowledgeBase.load()) == "pager 1"


def test_the_same_answer_is_the_same_bytes(settings: Settings, view: View) -> None:
    """Two loads of the same files, one payload."""
    question = Parsed(question=Question(mechanisms=(Mechanism.MBL,), sites=(Site.UTI,)))
    first, second = (render(respond(question, load_known(settings)[0]), view) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert check_message(stamp(first, "01890000-0000-7000-8000-000000000000")) == ()

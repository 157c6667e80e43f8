"""Every reply the bot can give is a payload that Slack takes, and no limit ever costs a caveat or the disclaimer."""

from __future__ import annotations

import json
import re
import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest

from handlers.blockcheck import check_message, check_view
from handlers.layouts import View, answered, render, stamp, thread_of
from handlers.layouts.blocks import actions, button, container, context, section, weight
from handlers.layouts.encoding import decode, encode
from handlers.layouts.labels import Names
from handlers.layouts.modals import article_modal, details_modal
from handlers.layouts.references import References
from handlers.parsed import Doubt, DoubtKind, Parsed, ScopeReason
from handlers.replies import (
    Answered,
    Asked,
    DenialReason,
    Denied,
    Helped,
    Limited,
    OutOfScope,
    Reply,
    Unavailable,
    UnavailableReason,
)
from handlers.responding import respond
from handlers.roles import Role
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import Intent, Mechanism, Site
from tests.handlers import payloads
from tests.handlers.payloads import ON_CALL

SHARE = 7  # every seventh question; no cycle of the questions is as long


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


@pytest.fixture(scope="module")
def view(knowledge: KnowledgeBase) -> View:
    return View(names=Names.of(knowledge), on_call=ON_CALL, shareable=True)


@pytest.fixture(scope="module")
def replies(knowledge: KnowledgeBase) -> list[Reply]:
    """Replies to a share of every cell, intent and pair, and of the questions with the most to say."""
    return [respond(Parsed(question=q), knowledge) for q in list(payloads.questions(knowledge))[::SHARE]]


@pytest.mark.parametrize("role", list(Role))
def test_every_payload_may_be_sent(replies: list[Reply], view: View, role: Role) -> None:
    """In every role: within Slack's limits, every safety line open, every control once, every number resolved.

    `python -m tests.handlers.payloads` says so of all questions and not of a share.
    """
    in_role = replace(view, role=role)
    shortened = 0
    for reply in replies[list(Role).index(role) :: len(Role)]:
        payload = render(reply, in_role)
        assert payloads.broken(reply, payload) == [], getattr(reply, "parsed", None)
        shortened += payloads.NAMES_ONLY in payloads.in_view(payload)
    assert shortened < len(replies) / 100  # only questions that report nearly everything there is


def test_roles_order_and_never_drop(replies: list[Reply], view: View) -> None:
    """What must be said is the same set of lines for every role."""
    for reply in replies[::3]:
        if isinstance(reply, Answered):
            said = {role: required_lines(reply, replace(view, role=role)) for role in Role}
            assert len(set(said.values())) == 1, reply.answer.question


def required_lines(reply: Answered, view: View) -> frozenset[str]:
    refs = References(listed=False)
    parts = [part for part in answered.parts(reply, view) if part.required]
    return frozenset(refs.numbered(line) for part in parts for line in part.lines(refs))


def test_a_role_meets_first_what_it_works_with(knowledge: KnowledgeBase, view: View) -> None:
    """Precautions before regimens; kidney tables and sources before alternatives; why before alternatives."""
    reply = respond(Parsed(question=Question(mechanisms=(Mechanism.NDM,), sites=(Site.BACTEREMIA,))), knowledge)
    shown = {role: render(reply, replace(view, role=role)) for role in Role}
    folds = {
        role: [block["title"]["text"] for block in payload["blocks"] if block["type"] == "container"]
        for role, payload in shown.items()
    }
    assert folds[Role.PHYSICIAN][0].startswith("Alternatives")
    assert folds[Role.PHARMACIST][:2] == ["Renal dosing", "What sources say"]
    assert folds[Role.TRAINEE][0] == "Why"
    nurse = payloads.in_view(shown[Role.NURSE])
    assert nurse.index("*Precautions*") < nurse.index("*Preferred (")
    assert "*Precautions*" not in payloads.said(shown[Role.PHYSICIAN])
    text = str(shown[Role.NURSE]["text"])
    assert text.index("Precautions:") < text.index("preferred (")
    ndm = next(info for info in knowledge.content.mechanisms if info.id is Mechanism.NDM)
    assert ndm.facts[0].text in payloads.in_view(shown[Role.TRAINEE])
    assert ndm.facts[0].text not in payloads.said(shown[Role.PHYSICIAN])


def test_the_renal_table_is_a_table(knowledge: KnowledgeBase, view: View) -> None:
    """Each row names antimicrobial, band with its measure, and dose with its source; what has no room is named."""
    reply = respond(Parsed(question=Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))), knowledge)
    assert isinstance(reply, Answered)
    fold = next(b for b in render(reply, view)["blocks"] if b.get("title", {}).get("text") == "Renal dosing")
    (table,) = [child for child in fold["child_blocks"] if child["type"] == "table"]
    head, *rows = [[cell["text"] for cell in row] for row in table["rows"]]
    assert head == ["Antimicrobial, kidney function", "Dose"]
    assert rows
    for one in reply.answer.preferred:
        told = [(what, *dose.rsplit(" [", 1)) for what, dose in rows if what.startswith(f"{one.name}, ")]
        if told:
            assert [row[:2] for row in told] == [(f"{one.name}, {line.band}", line.text) for line in one.renal_table]
            assert all(row[2][:-1].isdigit() for row in told)
        else:
            assert f"Not shown here for length: {one.name}" in json.dumps(fold)


def test_a_dose_that_is_asked_for_has_its_table_open(knowledge: KnowledgeBase, view: View) -> None:
    """The table is the answer: it does not fold."""
    question = Question(antimicrobials=("ceftazidime-avibactam",), intent=Intent.DOSE)
    blocks = render(respond(Parsed(question=question), knowledge), view)["blocks"]
    assert [block["type"] for block in blocks].count("table") == 1


def test_sharing_names_where_it_goes(knowledge: KnowledgeBase, view: View) -> None:
    """To the thread where there is one, else to the channel, or not at all."""
    reply = respond(Parsed(question=Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))), knowledge)
    pages = [payloads.said(render(reply, replace(view, in_thread=known))) for known in (False, True)]
    assert [re.findall("Share to [a-z]+", page) for page in pages] == [["Share to channel"], ["Share to thread"]]
    assert "Share to" not in payloads.said(render(reply, replace(view, shareable=False)))


def test_details_hold_what_a_message_had_no_room_for(replies: list[Reply], knowledge: KnowledgeBase) -> None:
    """Both modals pass Slack's limits for every answer, with status and disclaimer."""
    label, flaws = knowledge.content.article.label, knowledge.content.article.flaws
    for reply in replies[:: max(1, len(replies) // 100)]:
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
        Asked(Parsed(question=Question(), too_long=True, length=3_900), ("mechanism", "site")),
        Asked(Parsed(question=Question(), too_long=True, length=4_001), ("mechanism", "site")),
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
        assert ON_CALL in payloads.said(payload), reply
        assert ON_CALL in payload["text"], reply
    helped = render(Helped(parsed), view)
    assert check_message(helped) == ()


def test_a_mechanism_that_is_only_suspected_is_shown_as_that(view: View) -> None:
    """The line of what was understood tells it apart; one that may be meant is asked about first."""
    parsed = Parsed(Question(sites=(Site.BACTEREMIA,)), ("mechanism",), suspected=(Mechanism.KPC,))
    reply = Asked(parsed, ("mechanism",))
    assert "not taken as found: KPC" in payloads.said(render(reply, view))
    unsettled = Asked(Parsed(Question()), (), (Doubt(DoubtKind.UNSETTLED, "mechanism", ("ndm",)),))
    said = payloads.said(render(unsettled, view))
    assert "NDM is named, but not plainly as found." in said
    assert said.index("NDM") < said.index("KPC")


def test_there_is_room_for_what_comes_on_top(replies: list[Reply], view: View) -> None:
    """The largest answer with every kind of identifier warned of, with its ids, and with who shared it."""
    answers = [reply for reply in replies if isinstance(reply, Answered)]
    largest = max(answers, key=lambda reply: weight(render(reply, view)["blocks"]))
    kinds = tuple(
        (kind, 99)
        for kind in ("name", "birth_date", "address", "record_number", "phone", "email", "social_security", "room")
    )
    warned = replace(largest, parsed=replace(largest.parsed, identifiers=kinds))
    for reply, in_view, more in (
        (warned, view, []),
        (largest, replace(view, private=False, shareable=False), [context("Shared by <@U0123456789ABCDEF>")]),
    ):
        payload = render(reply, in_view)
        payload = stamp({**payload, "blocks": [*more, *payload["blocks"]]}, payloads.RID, payloads.THREAD)
        assert check_message(payload) == ()


def test_a_question_survives_its_button(replies: list[Reply]) -> None:
    """What a button carries is the question itself, far within Slack's 2,000 characters: nine of them weigh little."""
    for reply in replies:
        question = getattr(reply, "parsed", Parsed(Question())).question
        assert decode(encode(question)) == question.canonical()
        assert len(encode(question)) <= 200


def test_buttons_of_old_messages_are_still_read() -> None:
    """Plain JSON, as buttons held it before; what is not ours is refused, whatever it is."""
    assert decode('{"mechanisms":["kpc"]}') == Question(mechanisms=(Mechanism.KPC,))
    bomb = "1" + urlsafe_b64encode(zlib.compress(b" " * 10_000_000, wbits=-12)).decode()
    for value in ("", "1", "1abcd", "1é", "{}x", '{"mechanisms":["none"]}', encode(Question())[:-1], bomb):
        with pytest.raises(ValueError, match=r"."):
            decode(value)


def test_the_request_id_stands_in_one_place(knowledge: KnowledgeBase, view: View) -> None:
    """A stamp changes the rows of controls and nothing else, and the thread can be read from each."""
    asked = render(Asked(Parsed(question=Question()), ("site",)), view)
    answer = render(
        respond(Parsed(question=Question(mechanisms=(Mechanism.KPC,), sites=(Site.CUTI,))), knowledge), view
    )
    inside = {"text": "t", "blocks": [container("Box", [section("a"), actions([button("b", "b", "v")])])]}
    for payload, rows in (
        (asked, ["actions"]),
        (answer, ["section", "section", "actions", "actions", "context_actions"]),
    ):
        stamped = stamp(payload, "rid-1", "1780000000.000100")
        changed = [b for a, b in zip(payload["blocks"], stamped["blocks"], strict=True) if a != b]
        assert [block["type"] for block in changed] == rows
        assert {thread_of(block["block_id"]) for block in changed} == {"1780000000.000100"}
        assert len({block["block_id"] for block in changed}) == len(rows)
    box = stamp(inside, "rid-1", "1780000000.000100")["blocks"][0]
    assert [thread_of(child.get("block_id", "")) for child in box["child_blocks"]] == [None, "1780000000.000100"]
    assert thread_of("something:else") is None


def test_no_regimen_stands_without_a_word_on_its_dose(knowledge: KnowledgeBase, view: View) -> None:
    """However crowded: a regimen whose dose the kidney table does not settle says at once where to read on."""
    asked = {
        "mechanisms": ["oxa48"],
        "sites": ["cuti"],
        "renal": {"measure": "egfr", "value": 38},
        "allergies": ["penicillin"],
    }
    reply = respond(Parsed(question=Question.model_validate(asked)), knowledge)
    assert isinstance(reply, Answered)
    said = json.dumps(render(reply, view)["blocks"], ensure_ascii=False)
    assert said.count("On this dose see Cautions.") == len(reply.answer.preferred)
    assert "ciprofloxacin, trimethoprim-sulfamethoxazole:* No kidney-dosing table in the sources read" in said

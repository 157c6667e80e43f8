"""Every form that can open passes Slack's rules, and one that is sent back as it opened changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from bot.playground.interactions import initial_values
from handlers import filled
from handlers.blockcheck import check_message, check_view
from handlers.layouts import consulting, feedback, forms
from handlers.layouts.encoding import encode
from handlers.layouts.labels import Names
from handlers.messages import Tap
from handlers.ports import Asker, Consult, Surface
from handlers.submissions import Submission, metadata, submission
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import AllergyClass, Phenotype
from tests.questions import RENAL, every_pairwise

URL = "https://hooks.slack.com/actions/T0HOSPITAL/1234567890123/AbCdEfGhIjKlMnOpQrStUvWx"
RID = "0193f000-0000-7000-8000-000000000001"


@cache
def names() -> Names:
    return Names.of(KnowledgeBase.load())


@cache
def questions() -> tuple[Question, ...]:
    """Every two values of any two things, and one with as much of everything as can be."""
    drugs = tuple(sorted(names().antimicrobials))
    most = Question.model_validate(
        {
            "mechanisms": ["kpc", "ndm", "vim", "imp", "oxa48"],
            "sites": ["bacteremia", "endocarditis", "bone_joint", "pneumonia"],
            "renal": {"measure": "crrt", "effluent_l_per_h": "12.345"},
            "resistant": drugs[::2],
            "susceptible": drugs[1::2],
            "antimicrobials": drugs,
            "allergies": list(AllergyClass),
            "comedications": ["valproate"],
            "organism": "Klebsiella pneumoniae",
            "phenotype": "all_carbapenems",
        }
    )
    return (most, *(_consistent(each) for each in every_pairwise(drugs)))


def _consistent(question: Question) -> Question:
    """The generator may say R and S of one drug, which no form takes."""
    left = tuple(one for one in question.susceptible if one not in question.resistant)
    return question.model_copy(update={"susceptible": left})


def tap_on(question: Question) -> Tap:
    """A tap in a thread on a private answer."""
    asker = Asker(
        team="T0HOSPITAL",
        user="U0CLINIC01",
        channel="C0ICU00001",
        channel_kind="channel",
        surface=Surface.ACTION,
        transport="http",
        delivery="trigger:1",
        thread_ts="1780000000.000100",
    )
    return Tap(asker, "", encode(question), "1.2.3", "1780000000.000200", ephemeral=True, response_url=URL, rid=RID)


def sent_back(view: dict[str, Any]) -> Submission:
    """The submission of a form in which nothing was touched."""
    blocks = [{**block, "block_id": block.get("block_id", f"b{index}")} for index, block in enumerate(view["blocks"])]
    body = {
        "team": {"id": "T0HOSPITAL"},
        "user": {"id": "U0CLINIC01"},
        "view": {**view, "id": "V1", "hash": "h", "state": {"values": initial_values(blocks)}},
    }
    return submission(body, {})


def views(question: Question) -> Iterator[dict[str, Any]]:
    kept = metadata(tap_on(question))
    yield forms.question_form(question, names(), kept)
    yield forms.reports_form(question, names(), kept)
    yield forms.allergy_form(question, kept)
    yield forms.renal_form(question, kept)
    yield feedback.form(kept)


def test_every_form_passes_slack_s_rules() -> None:
    """Whatever is known: lengths, options, first choices among the options, metadata."""
    for question in questions():
        for view in views(question):
            assert check_view(view) == (), (view["callback_id"], question)


def test_a_form_sent_back_untouched_changes_nothing() -> None:
    """What stands in the fields is what was known, also for the whole question as far as its fields go."""
    for question in questions():
        whole, reports, allergy, _, _ = (sent_back(view) for view in views(question))
        same = filled.reports_of(question, reports, names())
        assert isinstance(same, Question)
        assert same.canonical() == question.canonical()
        assert filled.allergy_of(question, allergy).canonical() == question.canonical()
        shown = {"mechanisms", "sites", "renal", "resistant", "susceptible", "allergies"}
        again = filled.question_of(whole, names())
        assert isinstance(again, Question)
        canonical = (each.canonical().model_dump(include=shown) for each in (again, question))
        assert next(canonical) == next(canonical)


@pytest.mark.parametrize("renal", [each for each in RENAL if each is not None])
def test_kidney_function_sent_back_untouched_is_the_same(renal: Any) -> None:
    """Every measure with its value."""
    question = Question(renal=renal)
    form = sent_back(forms.renal_form(question, metadata(tap_on(question))))
    assert filled.renal_of(question, form) == question


def test_a_form_knows_where_it_was_opened() -> None:
    """Channel, thread, message, answer and the way back survive the modal."""
    tap = tap_on(questions()[0])
    back = sent_back(forms.renal_form(questions()[0], metadata(tap))).tap
    assert (back.value, back.message_ts, back.rid, back.response_url) == (tap.value, tap.message_ts, RID, URL)
    assert (back.asker.channel, back.asker.thread_ts, back.asker.private) == ("C0ICU00001", "1780000000.000100", True)


def test_reports_bring_their_phenotype() -> None:
    """The carbapenems together say which phenotype it is; one said in words stays unless reports say otherwise."""
    worded = Question(phenotype=Phenotype.ERTAPENEM_ONLY)
    for resistant, susceptible, phenotype in (
        (["ertapenem"], ["meropenem", "imipenem"], Phenotype.ERTAPENEM_ONLY),
        (["ertapenem", "imipenem"], ["meropenem"], Phenotype.ONE_CARBAPENEM),
        (["ertapenem", "imipenem", "meropenem"], [], Phenotype.ALL_CARBAPENEMS),
        (["amikacin"], [], Phenotype.ERTAPENEM_ONLY),
    ):
        fields = {
            name: {name: {"selected_options": [{"value": one} for one in values]}}
            for name, values in (("resistant", resistant), ("susceptible", susceptible))
        }
        form = Submission(tap_on(worded), {name: next(iter(entry.values())) for name, entry in fields.items()})
        changed = filled.reports_of(worded, form, names())
        assert isinstance(changed, Question)
        assert changed.phenotype is phenotype


def test_every_message_of_a_consult_and_of_feedback_passes_slack_s_rules() -> None:
    """For any question: the post, the reminder, who took it, and what the content owner reads."""
    for question in questions():
        consult = Consult(RID, "T0HOSPITAL", "U0CLINIC01", "C0ICU00001", encode(question), link=f"{URL}/p1")
        payloads = [
            consulting.asked(consult, names(), 15),
            consulting.taken(consult, names(), "U0PHARMA01"),
            consulting.escalation(consult, names(), 1, "the ID physician on call <4242>"),
            consulting.was_taken(consult, names(), "U0PHARMA01"),
            feedback.report(feedback.Reason.OTHER, RID, question, names()),
        ]
        for payload in payloads:
            assert check_message(payload) == ()
            assert "<4242>" not in json.dumps(payload)

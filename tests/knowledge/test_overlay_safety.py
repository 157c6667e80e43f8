"""The ten safety rules again, over every cell, with local files loaded: a hospital's word loosens nothing."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path

import pytest

from knowledge.answer import Answer, NotCovered, RegimenView
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from tests.knowledge.rules import broken
from tests.questions import every_cell, every_intent, every_pair, every_report

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "example-hospital"
ADDED = {
    "about",
    "local",
    "not_offered",
    "branches",
    "focus",
    "elsewhere",
    "edition",
    "preferred",
    "alternative",
    "reserve",
}
Result = Answer | NotCovered


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load(local=EXAMPLE)


@pytest.fixture(scope="module")
def results(knowledge: KnowledgeBase) -> list[tuple[Question, Result]]:
    antimicrobials = tuple(d.id for d in knowledge.content.antimicrobials if not d.components)
    reports = islice(every_report(antimicrobials), 0, None, 5)  # all of them without local files: test_safety_rules
    questions = chain(every_cell(), every_intent(), every_pair(), reports)
    return [(q, knowledge.answer(q)) for q in questions]


def test_every_rule_holds_with_local_files(results: list[tuple[Question, Result]]) -> None:
    """The ten rules, written by hand, on every answer of the example hospital: no fault in any."""
    faults = [f"{fault} in {question!r}" for question, result in results for fault in broken(question, result)]
    assert faults[:5] == []


def test_every_rule_holds_where_a_hospital_hides_everything(tmp_path: Path) -> None:
    """Every single antimicrobial and pair hidden: a stated gap each time, what is not suggested still said."""
    drugs = KnowledgeBase.load().content.antimicrobials
    (tmp_path / "hospital.toml").write_text((EXAMPLE / "hospital.toml").read_text(encoding="utf-8"), encoding="utf-8")
    entries = [f'[[hide]]\nantimicrobials = {list(d.components or (d.id,))}\nreason = "none here"\n' for d in drugs]
    (tmp_path / "hide.toml").write_text("".join(entries), encoding="utf-8")
    knowledge = KnowledgeBase.load(local=tmp_path)
    for question in islice(every_cell(), 0, None, 3):
        result = knowledge.answer(question)
        faults = broken(question, result)
        if isinstance(result, Answer) and result.not_offered:  # said by the gap and by the names, not by regimens
            assert all(branch.not_covered for branch in result.branches), question
            faults = [fault for fault in faults if fault != "nothing is said"]
        assert faults == [], question
        if isinstance(result, Answer):
            assert not [*result.preferred, *result.alternative, *result.reserve, *result.elsewhere], question


def test_local_files_only_add_marks_and_move_out(results: list[tuple[Question, Result]]) -> None:
    """Against the answer without them: nothing else differs, nothing is offered that was not, nothing is lost."""
    plain = KnowledgeBase.load()
    for question, result in results[::3]:
        before = plain.answer(question)
        assert type(before) is type(result)
        assert before.model_dump(exclude=ADDED) == result.model_dump(exclude=ADDED), question
        if isinstance(before, Answer) and isinstance(result, Answer):
            for plainly, here in zip(before.about, result.about, strict=True):
                assert plainly.model_dump(exclude={"here"}) == here.model_dump(exclude={"here"})
                assert (plainly.here is None) is (here.here is None)
                if plainly.here and here.here:
                    assert here.here.text.startswith(plainly.here.text)
                    assert here.here.citations == plainly.here.citations
            assert before.not_suggested == result.not_suggested
            assert [b.conditions for b in before.branches] == [b.conditions for b in result.branches]
            gone = {(branch, one.regimen, one.route) for one in result.not_offered for branch in (one.branch, None)}
            for name in ("preferred", "alternative", "reserve", "focus", "elsewhere"):
                views: tuple[RegimenView, ...] = getattr(result, name)
                unmarked = [view.model_copy(update={"local": ()}) for view in views]
                left = [
                    view
                    for view in getattr(before, name)
                    if view.reasons or (view.branch, view.regimen, view.route) not in gone
                ]
                assert unmarked == left, (question, name)


def test_a_hidden_regimen_is_named_in_every_answer_that_would_offer_it(results: list[tuple[Question, Result]]) -> None:
    """Hidden is never gone: it stands under "not offered" with reason, owner and the guidance's citation."""
    seen = 0
    for question, result in results:
        if not isinstance(result, Answer):
            continue
        for view in (*result.preferred, *result.alternative, *result.reserve, *result.focus, *result.elsewhere):
            assert view.reasons or view.antimicrobials != ("plazomicin",), question
        for one in result.not_offered:
            seen += 1
            assert one.citations
            assert one.local.text
            assert one.local.hospital == "Example General Hospital"
    assert seen > 100

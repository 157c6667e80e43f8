"""The ten safety rules again, over every cell, with local files loaded: a hospital's word loosens nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path

import pytest

from knowledge.answer import Answer, NotCovered, RegimenView
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from tests.knowledge import test_safety_rules
from tests.questions import every_cell, every_intent, every_pair, every_report

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "example-hospital"
RULES = [one for name, one in vars(test_safety_rules).items() if name.startswith("test_")]
ADDED = {"local", "not_offered", "branches", "focus", "elsewhere", "edition", "preferred", "alternative", "reserve"}
Result = Answer | NotCovered


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load(local=EXAMPLE)


@pytest.fixture(scope="module")
def results(knowledge: KnowledgeBase) -> list[tuple[Question, Result]]:
    antimicrobials = tuple(d.id for d in knowledge.content.antimicrobials if not d.components)
    reports = islice(every_report(antimicrobials), 0, None, 5)  # whole without local files, in test_safety_rules
    questions = chain(every_cell(), every_intent(), every_pair(), reports)
    return [(q, knowledge.answer(q)) for q in questions]


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.__name__)
def test_the_rule_holds_with_local_files(
    rule: Callable[..., None], results: list[tuple[Question, Result]], knowledge: KnowledgeBase
) -> None:
    """Each test of the safety rules, by the same words, over the answers of the example hospital."""
    given = {"results": results, "knowledge": knowledge}
    rule(**{name: given[name] for name in inspect.signature(rule).parameters})


def test_local_files_only_add_marks_and_move_out(results: list[tuple[Question, Result]]) -> None:
    """Against the answer without them: nothing else differs, nothing is offered that was not, nothing is lost."""
    plain = KnowledgeBase.load()
    for question, result in results[::3]:
        before = plain.answer(question)
        assert type(before) is type(result)
        assert before.model_dump(exclude=ADDED) == result.model_dump(exclude=ADDED), question
        if isinstance(before, Answer) and isinstance(result, Answer):
            assert before.not_suggested == result.not_suggested
            assert [b.conditions for b in before.branches] == [b.conditions for b in result.branches]
            gone = {(one.branch, one.regimen, one.route) for one in result.not_offered}
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

"""The ten safety rules hold in every answer the product can give.

The rules are written out a second time in `tests/knowledge/rules.py`, by hand, so that a mistake in the data's own
rules shows. `make exhaustive` holds them over every pair of kidney function, report, allergy and intent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from knowledge.answer import Answer, NotCovered
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import Mechanism, Site, Verification
from tests.knowledge import rules
from tests.knowledge.rules import broken, offered
from tests.questions import every_allergy, every_cell, every_intent, every_pair, every_pairwise, every_report


@dataclass
class Asked:
    """What all the questions of one kind came to."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


@pytest.fixture(scope="module")
def antimicrobials(knowledge: KnowledgeBase) -> tuple[str, ...]:
    return tuple(drug.id for drug in knowledge.content.antimicrobials if not drug.components)


@pytest.mark.parametrize(
    "kind", ["kidneys", "kidneys x allergies", "intents", "pairs", "reports", "pairwise for the rest"]
)
def test_every_rule_holds_in_every_answer(kind: str, knowledge: KnowledgeBase, antimicrobials: tuple[str, ...]) -> None:
    """An answer or a stated "not covered" each time, all ten rules kept, every line cited; counts are printed."""
    questions = {
        "kidneys": every_cell(),
        "kidneys x allergies": every_allergy(),
        "intents": every_intent(),
        "pairs": every_pair(),
        "reports": every_report(antimicrobials),
        "pairwise for the rest": every_pairwise(antimicrobials),
    }[kind]
    asked = Asked()
    for question in questions:
        result = knowledge.answer(question)
        asked.counts["answered" if isinstance(result, Answer) else "stated not covered"] += 1
        asked.faults += [f"{fault} in {question!r}" for fault in broken(question, result)]
    print(f"{kind}: {asked.counts.total():,} questions, {dict(asked.counts)}")
    assert asked.faults[:5] == []
    assert asked.counts["answered"] > 0


def test_the_rules_see_what_they_forbid(knowledge: KnowledgeBase) -> None:
    """A tampered answer is caught: each check is shown to bite once."""
    kpc = knowledge.answer(Question(mechanisms=(Mechanism.KPC,), sites=(Site.PNEUMONIA,)))
    assert isinstance(kpc, Answer)
    assert broken(kpc.question, kpc) == []
    branch = kpc.branches[0]

    def with_branch(**update: object) -> Answer:
        assert isinstance(kpc, Answer)
        return kpc.model_copy(update={"branches": (branch.model_copy(update=update),)})

    def told(result: rules.Result, question: Question = kpc.question) -> str:
        return " ".join(broken(question, result))

    bare = branch.preferred[0].model_copy(update={"conditions": (), "citations": ()})
    uncited = branch.conditions[0].model_copy(update={"citations": ()})
    low = branch.conditions[0].citations[0].model_copy(update={"verification": Verification.D})
    unwarned = tuple(view.model_copy(update={"cautions": ()}) for view in branch.alternative)
    assert "rule-01" in told(with_branch(mechanisms=(Mechanism.NDM,)))
    assert "rule-02" in told(with_branch(mechanisms=(Mechanism.OXA_48_LIKE,)))
    assert "rule-03" in told(with_branch(sites=(Site.BACTEREMIA,)))
    assert "rule-03: without its warnings" in told(with_branch(alternative=unwarned))
    assert "rule-09" in told(with_branch(preferred=(bare,)))
    assert "not cited" in told(with_branch(conditions=(uncited,)))
    assert "rule-10" in told(with_branch(conditions=(uncited.model_copy(update={"citations": (low,)}),)))
    assert "a dose of what is not suggested" in told(with_branch(not_suggested=branch.preferred))
    assert "rule-06" in told(kpc, kpc.question.model_copy(update={"comedications": ("valproate",)}))
    assert "rule-07" in told(kpc, kpc.question.model_copy(update={"mechanisms": (Mechanism.UNKNOWN,)}))
    assert "rule-08" in told(kpc.model_copy(update={"disclaimer": ""}))
    assert "reported resistant" in told(kpc, kpc.question.model_copy(update={"resistant": ("cefiderocol",)}))


def test_tigecycline_is_offered_in_pneumonia_so_its_warnings_are_tested(knowledge: KnowledgeBase) -> None:
    """The boxed warning is checked on real answers, not on none."""
    result = knowledge.answer(Question(mechanisms=(Mechanism.KPC,), sites=(Site.PNEUMONIA,)))
    assert any("tigecycline" in view.antimicrobials for view, _, _ in offered(result))


def test_the_status_is_shown_with_every_answer(knowledge: KnowledgeBase) -> None:
    """Nothing is approved that nobody signed."""
    for question in (Question(mechanisms=(Mechanism.KPC,), sites=(Site.CNS,)), Question(intent="evidence")):
        result = knowledge.answer(question)
        assert isinstance(result, Answer | NotCovered)
        assert result.status == "Awaiting review"

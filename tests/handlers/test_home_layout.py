"""The Home within Slack's limits for everybody who may see it, and with nothing but kindness for who may not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from handlers.blockcheck import check_view
from handlers.layouts.home import HomeView, answered_note, closed_home, home, what_changed
from handlers.layouts.labels import Names
from handlers.ports import Profile, Recent
from handlers.replies import DenialReason, Denied, Unavailable, UnavailableReason
from handlers.roles import Role
from knowledge.base import KnowledgeBase
from knowledge.question import Question, Renal
from knowledge.terms import AllergyClass, Comedication, Intent, Mechanism, RenalMeasure, Site

TODAY = date(2026, 11, 23)
EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "example-hospital"


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load(local=EXAMPLE)


@pytest.fixture(scope="module")
def largest(knowledge: KnowledgeBase) -> Question:
    """Everything that can be understood of one question."""
    names = tuple(knowledge.antimicrobial_names)
    return Question(
        mechanisms=tuple(Mechanism)[:3],
        sites=tuple(Site)[:3],
        intent=Intent.COMBINATION,
        renal=Renal(measure=RenalMeasure.CRRT, effluent_l_per_h=Decimal("2.5")),
        resistant=names[:20],
        susceptible=names[20:40],
        antimicrobials=names[:5],
        allergies=tuple(AllergyClass),
        comedications=tuple(Comedication),
        organism="Klebsiella pneumoniae",
    )


def view(knowledge: KnowledgeBase, **changes: object) -> HomeView:
    plain = HomeView(
        names=Names.of(knowledge),
        on_call="the ID pager <4242> & more",
        knowledge=knowledge,
        today=TODAY,
        channel="D0001",
        profile=Profile(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the tests name real fields


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("reviewer", [False, True])
def test_the_fullest_home_passes_slack_s_check(
    knowledge: KnowledgeBase, largest: Question, role: Role, reviewer: bool
) -> None:
    """Ten of the largest questions, every role, reviewer or not: under 100 blocks, every length kept."""
    recent = tuple(Recent(largest, 1_780_000_000 + n) for n in range(10))
    made = home(
        view(
            knowledge,
            profile=Profile(role, recent),
            reviewer=reviewer,
            note=answered_note("KPC <b>", 1_780_000_000),
            on_call="x" * 300,
            today=date(2030, 1, 1),
        )
    )
    assert check_view(made) == ()
    assert len(made["blocks"]) < 60
    assert ("review_open" in json.dumps(made)) is reviewer


def test_a_home_that_cannot_read_the_profile_stands(knowledge: KnowledgeBase) -> None:
    """Everything but role and questions, and a word about those."""
    made = home(view(knowledge, profile=None))
    assert check_view(made) == ()
    assert "cannot be read just now" in json.dumps(made)
    assert "home_browse" in json.dumps(made)


@pytest.mark.parametrize(
    "refused", [*map(Denied, DenialReason), *(Unavailable(reason, "incident-1") for reason in UnavailableReason)]
)
def test_every_refusal_names_whom_to_call_and_nothing_more(refused: Denied | Unavailable) -> None:
    """No menu, no content."""
    made = closed_home(refused, "the ID pager 4242", "D0001")
    assert check_view(made) == ()
    assert "the ID pager 4242" in json.dumps(made)
    assert not [block for block in made["blocks"] if block["type"] == "actions" or "accessory" in block]


def test_what_a_home_says_stays_text(knowledge: KnowledgeBase) -> None:
    """Settings and labels cannot make mentions, links or formats."""
    made = json.dumps(home(view(knowledge, on_call="<!channel> <https://evil.example|x> &")))
    assert "<!channel>" not in made
    assert "<https" not in made


def test_every_mechanism_and_site_can_be_browsed(knowledge: KnowledgeBase) -> None:
    """All that the matrix has."""
    made = home(view(knowledge))
    row = next(block for block in made["blocks"] if block.get("block_id") == "home_browse")
    mechanisms, sites, _ = row["elements"]
    assert [option["value"] for option in mechanisms["options"]] == [m.value for m in Mechanism]
    assert [option["value"] for option in sites["options"]] == [s.value for s in Site if s is not Site.UNKNOWN]


def test_buttons_with_the_same_words_are_told_apart_by_a_screen_reader(knowledge: KnowledgeBase) -> None:
    """Each names its question."""
    questions = (Question(mechanisms=(Mechanism.KPC,)), Question(mechanisms=(Mechanism.NDM,)))
    made = home(view(knowledge, profile=Profile(recent=tuple(Recent(q, 1_780_000_000) for q in questions))))
    labels = [b["accessory"]["accessibility_label"] for b in made["blocks"] if b.get("accessory", {}).get("value")]
    assert labels == ["Ask again: KPC", "Ask again: NDM"]


def test_what_changed_is_what_the_data_compares(knowledge: KnowledgeBase) -> None:
    """Each line is a conflict of the data between the leading guidance and the edition before, caveats kept."""
    told = what_changed(knowledge)
    topics = {conflict.topic: conflict for conflict in knowledge.content.conflicts}
    assert told
    for line in told:
        conflict = next(c for topic, c in topics.items() if f"*{topic}.*" in line)
        for position in conflict.positions:
            if position.says in line and position.caveat:
                assert position.caveat in line


def test_past_its_review_date_the_home_says_so(knowledge: KnowledgeBase) -> None:
    """In words."""
    assert "was due for review" in json.dumps(home(view(knowledge, today=date(2030, 1, 1))))
    assert "was due for review" not in json.dumps(home(view(knowledge)))

"""A role words an answer and decides nothing: the same question, role and edition give the same bytes."""

from __future__ import annotations

import pytest

from handlers.parsed import Context
from handlers.ports import Profile, Standing, Surface
from handlers.roles import Role
from handlers.showing import canonical
from knowledge.question import Question
from knowledge.terms import Mechanism, Site
from tests.fakes import ManualClock
from tests.handlers.test_answering import Desk, knowledge, vocabulary

__all__ = ["knowledge", "vocabulary"]  # the fixtures of the answerer's tests
ASKED = "kpc bacteremia"
QUESTION = Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))


@pytest.fixture
def desk(request: pytest.FixtureRequest, clock: ManualClock) -> Desk:
    return Desk(request.getfixturevalue("knowledge"), request.getfixturevalue("vocabulary"), clock)


async def bytes_for(desk: Desk, role: Role, **where: object) -> bytes:
    """What was recorded as shown to somebody in that role, before its request id is stamped."""
    desk.profiles.profiles["T1", "U1"] = Profile(role)
    prepared = await desk.answerer.ask_again(desk.asker(**where), QUESTION)
    assert prepared.record is not None
    assert prepared.record.payload is not None
    return prepared.record.payload


async def test_a_role_has_its_own_bytes_and_always_the_same(desk: Desk) -> None:
    """Twice round all roles: four payloads, each twice the same; an answer that others read has one for all."""
    first = {role: await bytes_for(desk, role) for role in Role}
    again = {role: await bytes_for(desk, role) for role in Role}
    assert first == again
    assert len(set(first.values())) == len(Role)
    public = {await bytes_for(desk, role, private=False, surface=Surface.MENTION) for role in Role}
    assert len(public) == 1


async def test_a_profile_store_that_is_away_costs_no_answer(desk: Desk) -> None:
    """The default role, and the answer goes on."""
    usual = await bytes_for(desk, Role.PHYSICIAN)
    desk.profiles.down = True
    prepared = await desk.answerer.ask_again(desk.asker(), QUESTION)
    assert prepared.record is not None
    assert prepared.record.payload == usual


async def test_only_answered_questions_of_members_are_kept(desk: Desk) -> None:
    """What was understood; no question back, no refusal, no duplicate, no shared copy."""
    await desk.answerer.ask(desk.asker(), ASKED, Context())
    await desk.answerer.ask(desk.asker(), "kpc", Context())
    await desk.answerer.ask(desk.asker(), "MRSA bacteremia", Context())
    await desk.answerer.share(desk.asker(), QUESTION.model_copy(update={"sites": (Site.PNEUMONIA,)}))
    asker = desk.asker()
    await desk.answerer.ask_again(asker, QUESTION)
    await desk.answerer.ask_again(asker, QUESTION.model_copy(update={"sites": (Site.CIAI,)}))  # the same delivery
    assert [one.question for one in (await desk.profiles.recall("T1", "U1")).recent] == [QUESTION]
    desk.roster.standings["U1"] = Standing.GUEST
    await desk.answerer.ask(desk.asker(), "ndm pneumonia", Context())
    assert len((await desk.profiles.recall("T1", "U1")).recent) == 1


async def test_a_question_from_the_home_is_charged_and_a_pick_is_not(desk: Desk) -> None:
    """It is a new question: ten in a minute, then the limit; the pickers of an answer stay free."""
    outcomes = [(await desk.answerer.ask_again(desk.asker(), QUESTION, charge=True)).reply for _ in range(11)]
    assert [reply.outcome for reply in outcomes if reply] == ["answered"] * 10 + ["limited"]
    free = await desk.answerer.ask_again(desk.asker(), QUESTION)
    assert free.reply is not None
    assert free.reply.outcome == "answered"
    assert canonical(free.payload or {})

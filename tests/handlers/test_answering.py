"""The order of the steps is the safety: who asks, what it means, whether it is admitted, that it is recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from handlers.answering import Answerer, Policy
from handlers.parsed import Context, Parsed
from handlers.ports import Asker, Standing, Surface
from handlers.replies import (
    Answered,
    Asked,
    DenialReason,
    Denied,
    Limited,
    NotCovered,
    Unavailable,
    UnavailableReason,
)
from handlers.responding import respond
from handlers.showing import Shown
from handlers.understanding import understand
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import Intent, Mechanism, Site
from knowledge.vocabulary import Vocabulary, load_vocabulary
from tests.fakes import FakeAdmission, FakeAudit, FakeProfiles, FakeRoster, ManualClock

ON_CALL = "the ID physician on call, pager 4242"


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


class Desk:
    """An answerer on fakes, with what it left behind."""

    def __init__(self, knowledge: KnowledgeBase, vocabulary: Vocabulary, clock: ManualClock, **policy: object) -> None:
        self.clock = clock
        self.admission = FakeAdmission(clock)
        self.audit = FakeAudit()
        self.roster = FakeRoster()
        self.profiles = FakeProfiles()
        self._ids = iter(f"01890000-0000-7000-8000-{n:012d}" for n in range(1000))
        self.answerer = Answerer(
            knowledge=knowledge,
            vocabulary=vocabulary,
            admission=self.admission,
            audit=self.audit,
            roster=self.roster,
            profiles=self.profiles,
            clock=clock,
            policy=Policy(on_call=ON_CALL, **policy),  # type: ignore[arg-type]  # the tests name real fields
            new_id=lambda: next(self._ids),
        )
        self._asked = 0

    def asker(self, **changes: object) -> Asker:
        self._asked += 1
        base = Asker(
            team="T1",
            user="U1",
            channel="C1",
            channel_kind="channel",
            surface=Surface.SLASH,
            transport="http",
            delivery=f"trigger:{self._asked}",
        )
        return replace(base, **changes)  # type: ignore[arg-type]  # as above


@pytest.fixture
def desk(knowledge: KnowledgeBase, vocabulary: Vocabulary, clock: ManualClock) -> Desk:
    return Desk(knowledge, vocabulary, clock)


async def test_an_answer_is_recorded_before_it_can_leave(desk: Desk) -> None:
    """One entry with the parse, the edition and the digest of exactly this payload; no text."""
    prepared = await desk.answerer.ask(desk.asker(), "kpc bacteremia zzqx", Context())
    assert isinstance(prepared.reply, Answered)
    (record,) = desk.audit.records
    assert (record.type, record.rid) == ("answer.prepared", prepared.rid)
    assert record.ans["outcome"] == "answered"
    assert record.ans["edition"] == desk.answerer.knowledge.edition.id
    assert "zzqx" not in json.dumps([record.ask, record.ans])
    assert prepared.payload is not None
    bare = {**prepared.payload, "blocks": [dict(b) for b in prepared.payload["blocks"]]}
    for block in bare["blocks"]:
        if str(block.get("block_id", "")).startswith("rid:"):
            del block["block_id"]
    assert record.ans["payload_sha256"] == Shown(bare).sha256


async def test_an_acknowledgement_says_what_is_sent_elsewhere(desk: Desk) -> None:
    """Encoded once for all who ask the same, with each one's own request id."""
    bodies = []
    for _ in range(2):
        prepared = await desk.answerer.ask(desk.asker(), "kpc bacteremia", Context())
        assert prepared.shown is not None
        assert prepared.payload is not None
        bodies.append(prepared.shown.ack_body(prepared.rid))
        assert json.loads(bodies[-1]) == {"response_type": "ephemeral", **prepared.payload}
        assert prepared.rid in bodies[-1]
    assert bodies[0] != bodies[1]


@pytest.mark.parametrize("store", ["admission", "audit"])
async def test_nothing_is_answered_unrecorded(desk: Desk, store: str) -> None:
    """Without limits or without the log: no regimen, and the way to a person."""
    getattr(desk, store).down = True
    prepared = await desk.answerer.ask(desk.asker(), "kpc bacteremia", Context())
    assert prepared.reply == Unavailable(UnavailableReason.STORE)
    assert ON_CALL in json.dumps(prepared.payload)
    assert "meropenem" not in json.dumps(prepared.payload)


@pytest.mark.parametrize(
    ("standing", "reply"),
    [
        (Standing.GUEST, Denied(DenialReason.GUEST)),
        (Standing.EXTERNAL, Denied(DenialReason.EXTERNAL)),
        (Standing.BOT, Denied(DenialReason.BOT)),
        (Standing.DEACTIVATED, Denied(DenialReason.DEACTIVATED)),
        (Standing.UNKNOWN, Unavailable(UnavailableReason.STANDING)),
    ],
)
async def test_who_may_not_ask_is_told_and_recorded(desk: Desk, standing: Standing, reply: object) -> None:
    """Every standing but member ends in a refusal, on every way to an answer."""
    desk.roster.standings["U1"] = standing
    question = Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))
    for prepared in (
        await desk.answerer.ask(desk.asker(), "kpc bacteremia", Context()),
        await desk.answerer.ask_again(desk.asker(surface=Surface.ACTION), question),
        await desk.answerer.show(desk.asker(surface=Surface.ACTION), question, lambda _: {"type": "modal"}),
        await desk.answerer.share(desk.asker(surface=Surface.ACTION), question),
    ):
        assert prepared.reply == reply
        assert "meropenem" not in json.dumps(prepared.payload)
    denied = isinstance(reply, Denied)
    assert {r.type for r in desk.audit.records} == {"query.denied" if denied else "answer.prepared"}


async def test_other_workspaces_and_other_channels(
    knowledge: KnowledgeBase, vocabulary: Vocabulary, clock: ManualClock
) -> None:
    """Only the installed workspace, and only the channels that the hospital switched on; direct messages always."""
    desk = Desk(knowledge, vocabulary, clock, teams=frozenset({"T1"}), channels=frozenset({"C1"}))
    elsewhere = await desk.answerer.ask(desk.asker(team="T2"), "kpc bacteremia", Context())
    assert elsewhere.reply == Denied(DenialReason.OTHER_WORKSPACE)
    lounge = await desk.answerer.ask(desk.asker(channel="C2"), "kpc bacteremia", Context())
    assert lounge.reply == Denied(DenialReason.CHANNEL)
    direct = desk.asker(channel="D1", channel_kind="im", surface=Surface.DM)
    assert isinstance((await desk.answerer.ask(direct, "kpc bacteremia", Context())).reply, Answered)


async def test_a_duplicate_has_no_effect(desk: Desk) -> None:
    """The same delivery again: nothing to send, nothing recorded."""
    asker = desk.asker()
    await desk.answerer.ask(asker, "kpc bacteremia", Context())
    again = await desk.answerer.ask(asker, "kpc bacteremia", Context())
    assert again.payload is None
    assert len(desk.audit.records) == 1


async def test_limits_are_told_each_time_and_recorded_once_a_minute(desk: Desk) -> None:
    """A flood costs the log one entry a minute, and the asker always hears when to try again."""
    for _ in range(10):
        await desk.answerer.ask(desk.asker(), "kpc bacteremia", Context())
    replies = [(await desk.answerer.ask(desk.asker(), "kpc bacteremia", Context())).reply for _ in range(5)]
    assert all(isinstance(reply, Limited) and reply.retry_after_seconds > 0 for reply in replies)
    assert [r.type for r in desk.audit.records].count("rate.limited") == 1
    desk.clock.advance(1)
    assert len(desk.audit.records) == 11


async def test_equal_questions_share_a_payload_but_not_a_warning(desk: Desk) -> None:
    """Identifiers in one message never put their warning, or anything else, into another asker's answer."""
    first = await desk.answerer.ask(desk.asker(), "MRN 00987654 kpc bacteremia", Context())
    second = await desk.answerer.ask(desk.asker(user="U2"), "kpc bacteremia", Context())
    assert "identifiers" in json.dumps(first.payload)
    assert "identifiers" not in json.dumps(second.payload)
    assert desk.audit.records[0].ask["phi"]
    assert not desk.audit.records[1].ask["phi"]


def test_replies_by_what_was_understood(knowledge: KnowledgeBase, vocabulary: Vocabulary) -> None:
    """Missing: asked. Unknown mechanism: not covered. Overdue review: the answer says so."""

    def kind(text: str) -> str:
        return respond(understand(text, "slash", Context(), vocabulary), knowledge).outcome

    assert [kind(text) for text in ("kpc", "kpc bacteremia", "unknown mechanism bacteremia", "mrsa", "help")] == [
        "asked",
        "answered",
        "not_covered",
        "out_of_scope",
        "helped",
    ]
    question = Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))
    late = respond(Parsed(question), knowledge, on=date(2030, 1, 1))
    assert isinstance(late, Answered)
    assert late.answer.review_overdue
    dose = respond(Parsed(Question(intent=Intent.DOSE, resistant=("meropenem",))), knowledge)
    assert isinstance(dose, Asked)
    gap = respond(Parsed(question.model_copy(update={"sites": (Site.CNS,)})), knowledge)
    assert isinstance(gap, NotCovered)

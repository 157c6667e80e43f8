"""Reviewing: recorded before anything is read, refused without a trace, laid out within Slack's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from handlers.blockcheck import check_message, check_view
from handlers.insights import Insights, Signal
from handlers.layouts import blocks as b
from handlers.layouts.labels import Names
from handlers.layouts.replaying import replayed
from handlers.layouts.review_insights import chart_messages, insights_modal
from handlers.layouts.reviewing import entry_modal, export_modal, list_modal, permalink
from handlers.ports import Asker
from handlers.review import Desk, Filters, Page, ReviewUnavailable, Row, Shown
from handlers.reviewing import Reviewing, Unread
from knowledge.base import KnowledgeBase
from tests.bot.builders import an_asker
from tests.fakes import FakeAdmission, FakeAudit, ManualClock

DAY = date(2026, 11, 23)
DESK = Desk(filters=Filters.usual(DAY))
ROW = Row(
    place="1780000000000-0",
    rid="0192d3a4-0000-7000-8000-000000000001",
    ts=1_780_000_000_000,
    type="answer.prepared",
    user="U0001",
    channel="C0001",
    surface="mention",
    mechanisms=("kpc", "a_word_of_a_later_edition"),
    sites=("bacteremia",),
    renal="crcl 25",
    outcome="answered",
    edition="2026.1",
    feedback="good",
)


@dataclass
class FakeRights:
    why: str | None = None

    async def refusal(self, asker: Asker) -> str | None:
        return self.why


@dataclass
class FakeLog:
    """Notes what was read, and whether it was recorded by then."""

    audit: FakeAudit
    broken: bool = False
    read: list[tuple[str, int]] = field(default_factory=list)

    def _reads(self, what: str) -> None:
        self.read.append((what, len(self.audit.records)))
        if self.broken:
            raise ReviewUnavailable

    async def page(self, team: str, filters: Filters, before: str | None) -> Page:
        self._reads("page")
        return Page((ROW,), None)

    async def entry(self, team: str, place: str) -> Shown | None:
        self._reads("entry")
        return None

    async def insights(self, team: str, first: date, last: date) -> Insights:
        self._reads("insights")
        return counted()


def counted(**changes: Any) -> Insights:
    tables: dict[str, Any] = {name: {} for name in ("surfaces", "editions", "feedback", "limits", "endings")}
    found = {
        "first": DAY,
        "last": DAY,
        "by_day": ((DAY, 12),),
        "mechanisms": {"ndm": 12},
        "sites": {"cuti": 12},
        "outcomes": {"answered": 9, "asked": 3},
        **tables,
        **changes,
    }
    return Insights(**found)


@dataclass
class Room:
    audit: FakeAudit
    log: FakeLog
    rights: FakeRights
    clock: ManualClock
    reviewing: Reviewing


@pytest.fixture
def room(clock: ManualClock) -> Room:
    audit, rights = FakeAudit(), FakeRights()
    log = FakeLog(audit)
    reviewing = Reviewing(
        rights=rights,
        log=log,
        audit=audit,
        admission=FakeAdmission(clock),
        clock=clock,
        new_id=lambda: "0192d3a4-0000-7000-8000-000000000001",
    )
    return Room(audit, log, rights, clock, reviewing)


async def test_each_read_is_recorded_before_the_log_is_read(room: Room) -> None:
    """Who, what, by which filters, which page."""
    asker = an_asker()
    await room.reviewing.page(asker, DESK.older("1780000000000-0"))
    await room.reviewing.entry(asker, "1780000000000-0")
    await room.reviewing.insights(asker, DESK.filters)
    assert await room.reviewing.export(asker, DESK.filters)
    assert room.log.read == [("page", 1), ("entry", 2), ("insights", 3)]
    said = [(each.type, each.role, each.ask["what"]) for each in room.audit.records]
    assert said == [
        ("admin.read", "reviewer", "list"),
        ("admin.read", "reviewer", "entry"),
        ("admin.read", "reviewer", "insights"),
        ("admin.export", "reviewer", "request"),
    ]
    assert room.audit.records[0].ask["page"] == 2


async def test_what_cannot_be_recorded_is_not_read(room: Room) -> None:
    """Without a durable store the log is not even touched."""
    room.audit.down = True
    asker = an_asker()
    for result in (
        await room.reviewing.page(asker, DESK),
        await room.reviewing.entry(asker, "1-0"),
        await room.reviewing.insights(asker, DESK.filters),
    ):
        assert result == Unread("not_recorded")
    assert not await room.reviewing.export(asker, DESK.filters)
    assert room.log.read == []


async def test_a_place_that_is_none_is_not_looked_up(room: Room) -> None:
    """Whatever a forged button says."""
    assert await room.reviewing.entry(an_asker(), "- + COUNT 9") == Unread("not_found")
    assert room.log.read == []
    with pytest.raises(ValueError, match="before"):
        DESK.older("+")


async def test_a_log_that_does_not_answer_is_said_so(room: Room) -> None:
    """The look was recorded all the same."""
    room.log.broken = True
    assert await room.reviewing.page(an_asker(), DESK) == Unread("not_readable")
    assert await room.reviewing.insights(an_asker(), DESK.filters) == Unread("not_readable")
    assert len(room.audit.records) == 2


async def test_a_refusal_is_recorded_with_its_reason_and_bounded(room: Room) -> None:
    """Twenty a minute of one person one by one; a minute later again."""
    room.rights.why = "not_listed"
    for _ in range(50):
        assert await room.reviewing.refused(an_asker(), "command")
    assert len(room.audit.records) == 20
    assert {each.ans["reason"] for each in room.audit.records} == {"not_listed"}
    room.clock.advance(60)
    assert await room.reviewing.refused(an_asker(), "command")
    assert len(room.audit.records) == 21


async def test_a_store_that_is_away_refuses_all_the_same(room: Room) -> None:
    """No right follows from an outage."""
    room.rights.why, room.audit.down = "guest", True
    assert await room.reviewing.refused(an_asker(), "command")


async def test_the_same_delivery_is_taken_once(room: Room) -> None:
    """A repeated tap shows nothing and records nothing twice."""
    assert not await room.reviewing.is_repeated(an_asker(7))
    assert await room.reviewing.is_repeated(an_asker(7))


def shown(payload: Mapping[str, Any] | None, **changes: Any) -> Shown:
    values: dict[str, Any] = {
        "row": ROW,
        "fields": tuple((f"ask.field{n}", "word " * 40) for n in range(60)),
        "ending": "delivered",
        "message_ts": "1780000000.000100",
        "thread_ts": None,
        "channel_kind": "channel",
        "digest": "ab" * 32,
        "payload": payload,
        "digest_holds": payload is not None,
    }
    return Shown(**{**values, **changes})


ANSWER = {
    "text": "shown",
    "blocks": [
        b.header("Head"),
        b.section("One", b.button("Press", "share", "x")),
        b.container("Fold", [b.section("Inside"), b.actions([b.button("Also", "details", "y")])]),
        b.table([["a", "b"], *[["word " * 20, "1 < 2"]] * 99]),
        b.chart("Bars", "n", ["a"], {"s": [1]}),
        {"type": "markdown", "text": "*a* <b>"},
        b.feedback("good"),
        b.context("small"),
        b.divider(),
    ],
}


@pytest.fixture(scope="module")
def names() -> Names:
    return Names.of(KnowledgeBase.load())


def test_every_modal_keeps_slack_s_rules(names: Names) -> None:
    """Full lists, long entries, answers with every kind of block, and what cannot be shown."""
    full = Page((ROW,) * 20, ROW.place, searched_to=ROW.ts, unreadable=3)
    desk = DESK
    for number in range(80):
        desk = desk.older(f"1780000000000-{number}")
    rows = [Row(**{**{f: getattr(ROW, f) for f in ROW.__slots__}, "place": f"1780000000000-{n}"}) for n in range(20)]
    views = [
        list_modal(desk, Page(tuple(rows), full.older, full.searched_to, 3), names, unread_words=2),
        list_modal(desk, Page((), None), names),
        *(list_modal(desk, Unread(why), names) for why in ("not_recorded", "not_readable", "not_found")),
        entry_modal(desk, shown(ANSWER), names, "https://hospital.slack.com/"),
        entry_modal(desk, shown({"text": "only words"}), names, None),
        entry_modal(desk, shown(None), names, None),
        entry_modal(desk, shown(None, digest=None), names, None),
        entry_modal(desk, Unread("not_found"), names, None),
        export_modal(desk, "cre-bot audit export", recorded=True),
        export_modal(desk, "", recorded=False),
        insights_modal(desk, counted()),
        insights_modal(desk, Unread("not_readable")),
    ]
    for view in views:
        assert check_view(view) == ()


def test_charts_keep_slack_s_rules_also_when_there_is_nothing() -> None:
    """Two charts and one table a message; long names stay apart."""
    editions = {f"an-edition-with-a-long-name-{n}": n for n in range(40)}
    rise = (Signal("ndm", 31, 12.9, 24.3),)
    for found in (
        counted(editions=editions, signals=rise, history_weeks=8),
        counted(by_day=(), mechanisms={}, sites={}, outcomes={}),
    ):
        for message in chart_messages(found):
            assert check_message(message) == ()


def test_a_replayed_answer_has_its_words_and_no_live_control() -> None:
    """Nothing in it can be pressed; what there was to press is named."""
    words = repr(replayed(ANSWER))
    for part in (
        "Head",
        "One",
        "Fold",
        "Inside",
        "Controls: Press",
        "Controls: Also",
        "1 &lt; 2",
        "Chart: Bars",
        "small",
    ):
        assert part in words, part
    assert "action_id" not in words


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "https://h.slack.com/archives/C0001/p1780000000000100"),
        ({"thread_ts": "1700000000.000001"}, "https://h.slack.com/archives/C0001/p1700000000000001"),
        ({"channel_kind": "group"}, None),
        ({"channel_kind": "im"}, None),
        ({"message_ts": None}, None),
        ({"message_ts": "V0123"}, None),
    ],
)
def test_links_are_built_of_ids_and_only_where_there_is_something_to_open(
    changes: dict[str, Any], expected: str | None
) -> None:
    """A channel that is not private, and a message that is known."""
    assert permalink("https://h.slack.com/", shown(None, **changes)) == expected
    assert permalink(None, shown(None)) is None
    assert permalink("http://elsewhere.example/", shown(None)) is None

"""The words after `/cre audit`: ours become filters, all others are counted and never repeated."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.layouts.review_form import filters_from
from handlers.review import Desk, Filters
from handlers.review_words import export_command, is_review, wanted_from

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("audit", {}),
        ("audit kpc pneumonia", {"mechanism": "kpc", "site": "pneumonia"}),
        ("AUDIT Asked 31d", {"outcome": "asked", "first": TODAY - timedelta(days=30)}),
        ("audit today", {"first": TODAY}),
        ("audit <@U0CLINIC01|ada> <#C0ICU00001|icu>", {"asker": "U0CLINIC01", "channel": "C0ICU00001"}),
        (
            "audit 2026-10-01..2026-10-31 bad",
            {"first": date(2026, 10, 1), "last": date(2026, 10, 31), "feedback": "bad"},
        ),
        ("audit edition:2026.1", {"edition": "2026.1"}),
    ],
)
def test_our_words_are_filters(text: str, expected: dict[str, object]) -> None:
    """In any order; without a period the last seven days."""
    wanted = wanted_from(text, TODAY)
    usual = {"first": TODAY - timedelta(days=6), "last": TODAY}
    assert wanted.filters == Filters.model_validate({**usual, **expected})
    assert (wanted.unread, wanted.insights) == (0, False)


@pytest.mark.parametrize(
    "text", ["audit 32d", "audit 2026-10-01..2026-11-30", "audit 2026-11-23..2026-11-01", "audit Smith"]
)
def test_other_words_change_nothing_and_are_counted(text: str) -> None:
    """A period of more than 31 days, one that ends before it begins, a name."""
    wanted = wanted_from(text, TODAY)
    assert wanted.filters == Filters.usual(TODAY)
    assert wanted.unread == 1


@given(st.text(max_size=300))
def test_any_text_gives_filters_and_no_word_of_it(text: str) -> None:
    """Total: whatever is typed, filters of our vocabulary come out."""
    wanted = wanted_from(f"audit {text}", TODAY)
    assert len(wanted.filters.words()) >= 2
    assert all(len(word) <= 64 for word in wanted.filters.words().values())


@pytest.mark.parametrize(
    ("text", "expected"), [("audit", True), (" Audit kpc", True), ("auditing", False), ("", False)]
)
def test_only_the_word_itself_opens_the_review(text: str, expected: bool) -> None:
    """`/cre auditing` is a text like any other."""
    assert is_review(text) is expected


def test_the_way_back_is_bounded_and_ends_at_the_newest_page() -> None:
    """A desk is kept in a modal's 3,000 characters, however far somebody pages."""
    desk = Desk(filters=Filters.usual(TODAY))
    for number in range(300):
        desk = desk.older(f"1780000000000-{number}")
    assert desk.page == 301
    assert len(desk.model_dump_json()) < 3000
    for _ in range(300):
        desk = desk.newer()
    assert (desk.page, desk.before) == (1, ())


def test_the_form_gives_the_filters_back_or_says_what_is_wrong() -> None:
    """A period too long is told at its field."""
    values: dict[str, dict[str, dict[str, Any]]] = {
        "first": {"first": {"type": "datepicker", "selected_date": "2026-11-01"}},
        "last": {"last": {"type": "datepicker", "selected_date": "2026-11-23"}},
        "asker": {"asker": {"type": "users_select", "selected_user": "U1A"}},
        "mechanism": {"mechanism": {"type": "static_select", "selected_option": {"value": "ndm"}}},
        "site": {"site": {"type": "static_select", "selected_option": {"value": "any"}}},
    }
    filters = filters_from(values)
    assert isinstance(filters, Filters)
    assert filters.words() == {"first": "2026-11-01", "last": "2026-11-23", "asker": "U1A", "mechanism": "ndm"}
    values["first"]["first"]["selected_date"] = "2026-10-01"
    assert filters_from(values) == {"last": "From the first day to the last, at most 31 days."}
    assert set(filters_from({})) == {"first", "last"}


def test_the_export_command_names_every_filter() -> None:
    """What is chosen in Slack is what the file holds."""
    filters = wanted_from("audit kpc asked <@U0CLINIC01>", TODAY).filters
    command = export_command(filters, "T0HOSPITAL")
    for part in (
        "audit export",
        "--team T0HOSPITAL",
        "--since 2026-11-17",
        "--until 2026-11-23",
        "--user U0CLINIC01",
        "--mechanism kpc",
    ):
        assert part in command

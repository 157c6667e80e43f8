"""What reviewers of the audit log choose by and see: closed words, ids, times, digests; never a name or free text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from handlers.insights import Insights
from handlers.ports import Asker
from knowledge.terms import Mechanism, Site

LONGEST_DAYS = 31
USUAL_DAYS = 7
ROWS = 20

Outcome = Literal["answered", "asked", "not_covered", "out_of_scope", "helped", "limited", "denied", "unavailable"]
Verdict = Literal["good", "bad"]
SlackId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,63}$")]
PLACE = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
Place = Annotated[str, Field(pattern=f"^{PLACE.pattern}$")]
"""Where an entry stands in the log."""


class Filters(BaseModel):
    """Which entries to show. Days are UTC, both included, at most 31 of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    first: date
    last: date
    asker: SlackId | None = None
    channel: SlackId | None = None
    mechanism: Mechanism | None = None
    site: Site | None = None
    outcome: Outcome | None = None
    edition: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$")] | None = None
    feedback: Verdict | None = None

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if not timedelta(0) <= self.last - self.first < timedelta(days=LONGEST_DAYS):
            raise ValueError(f"a period goes from its first day to its last, {LONGEST_DAYS} days at most")
        return self

    @classmethod
    def usual(cls, today: date, days: int = USUAL_DAYS) -> Self:
        """The last days, today included."""
        return cls(first=today - timedelta(days=days - 1), last=today)

    @property
    def start_ms(self) -> int:
        """The first millisecond of the period."""
        return _midnight_ms(self.first)

    @property
    def end_ms(self) -> int:
        """The last millisecond of the period."""
        return _midnight_ms(self.last + timedelta(days=1)) - 1

    def words(self) -> dict[str, str]:
        """As they stand in the record of a read, and in a modal."""
        return {name: str(value) for name, value in self.model_dump(mode="json", exclude_none=True).items()}


class Desk(BaseModel):
    """Where a reviewer is in the list: kept in the modal itself, so that any replica can go on."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    filters: Filters
    before: tuple[Place, ...] = ()  # where each older page began; the last is the page shown
    page: Annotated[int, Field(ge=1)] = 1

    def older(self, place: str) -> Desk:
        """The page that begins past `place`."""
        return Desk(filters=self.filters, before=(*self.before, place)[-_MOST_STEPS:], page=self.page + 1)

    def newer(self) -> Desk:
        """The page before this one; the newest when the way back was too long to keep."""
        if len(self.before) < 2:
            return Desk(filters=self.filters)
        return self.model_copy(update={"before": self.before[:-1], "page": max(1, self.page - 1)})


_MOST_STEPS = 60  # 3,000 characters of a modal's metadata


@dataclass(frozen=True, slots=True)
class Row:
    """One question in the list."""

    place: str
    rid: str
    ts: int  # UTC, milliseconds
    type: str
    user: str
    channel: str
    surface: str
    mechanisms: tuple[str, ...]
    sites: tuple[str, ...]
    renal: str | None
    outcome: str
    edition: str | None
    feedback: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Up to 20 rows, newest first."""

    rows: tuple[Row, ...]
    older: str | None  # where the next page begins; None: there is nothing older in the period
    searched_to: int | None = None  # the search paused here (milliseconds): few entries match, look further back
    unreadable: int = 0  # entries met on the way that are none


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry in full, with what was shown to the asker."""

    row: Row
    fields: tuple[tuple[str, str], ...]
    ending: str | None  # delivered, failed, unknown; None: not told yet
    message_ts: str | None  # where Slack said it
    thread_ts: str | None
    channel_kind: str
    digest: str | None
    payload: Mapping[str, Any] | None  # None: not kept (any more)
    digest_holds: bool


class ReviewUnavailable(Exception):
    """The log cannot be read now."""


class ReviewLog(Protocol):
    """The log as reviewers read it; every method raises ReviewUnavailable, and shows one workspace only."""

    async def page(self, team: str, filters: Filters, before: str | None) -> Page:
        """A page of the list; `before` excludes that place and what is newer."""
        ...

    async def entry(self, team: str, place: str) -> Shown | None:
        """One entry with its answer; None when it is not there or not this workspace's."""
        ...

    async def insights(self, team: str, first: date, last: date) -> Insights:
        """Counts over a period and the weeks before it."""
        ...


class ReviewRights(Protocol):
    """Who may review: listed by the operator, and confirmed by Slack each time."""

    async def refusal(self, asker: Asker) -> str | None:
        """None when they may; else a closed word that says why not. Asks Slack anew; a failing check refuses."""
        ...


def with_feedback(row: Row, feedback: str | None) -> Row:
    """The row with what the asker said of the answer."""
    return row if feedback is None else replace(row, feedback=feedback)


def day_of(ts: int) -> date:
    """The UTC day of an instant in milliseconds."""
    return datetime.fromtimestamp(ts / 1000, UTC).date()


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)

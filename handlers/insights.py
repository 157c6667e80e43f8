"""Counts of what was asked, for reviewers, and the signal: a mechanism asked about clearly more than before.

It counts chat traffic: questions put to the bot, not patients, not isolates. The signal is an early-aberration rule
of the EARS C1 kind on whole weeks: this week's count is above the mean of the mechanism's own previous weeks by more
than three standard deviations (of those weeks, at least the square root of their mean, as for counts that only vary
by chance; widened for the mean being an estimate itself), and at least five. Eight previous weeks are used; with fewer
than four there is no statement. By chance alone fewer than one week in a hundred gives a signal (held by a test).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt

HISTORY_WEEKS = 8
LEAST_WEEKS = 4
LEAST_COUNT = 5
DEVIATIONS = 3.0
DISCLAIMER = "These are questions put to the bot (chat traffic), not surveillance: not patients, not isolates."
METHOD = (
    f"Signal: a mechanism's questions of the last 7 days are at least {LEAST_COUNT} and above the mean of its "
    f"previous {HISTORY_WEEKS} weeks by more than {DEVIATIONS:g} standard deviations (of those weeks, at least the "
    f"square root of their mean; widened, as their mean is an estimate). No statement with fewer than {LEAST_WEEKS} "
    "weeks of record."
)


@dataclass(frozen=True, slots=True)
class Signal:
    """A mechanism that was asked about clearly more often than in its own weeks before."""

    mechanism: str
    count: int  # questions of the last seven days
    mean: float  # of its previous weeks
    threshold: float  # what the count is above


@dataclass(frozen=True, slots=True)
class Insights:
    """Totals of a period. Tables go from word to count; what was never seen is absent."""

    first: date
    last: date
    by_day: tuple[tuple[date, int], ...]  # every day of the period, oldest first
    mechanisms: Mapping[str, int]
    sites: Mapping[str, int]
    surfaces: Mapping[str, int]
    outcomes: Mapping[str, int]
    editions: Mapping[str, int]
    feedback: Mapping[str, int]
    limits: Mapping[str, int]  # by scope
    endings: Mapping[str, int]  # delivered, failed, unknown
    taps: int = 0  # choices, forms and further views: not counted as questions
    answer_ms: Mapping[str, int] = field(default_factory=dict)  # p50, p95, counted: from understood to delivered
    signals: tuple[Signal, ...] = ()
    history_weeks: int = 0  # whole weeks of record before the last one, at most 8
    unreadable: int = 0
    counted_from: date | None = None  # the log was too long to count whole: only from this day on

    @property
    def questions(self) -> int:
        """Questions of the period: typed commands, mentions and direct messages."""
        return sum(count for _, count in self.by_day)

    @property
    def asked_back(self) -> float | None:
        """The share of questions that the bot had to ask back."""
        return self.outcomes.get("asked", 0) / self.questions if self.questions else None

    @property
    def unanswered(self) -> int:
        """Questions in scope without an answer: not covered by the sources, or the bot was not available."""
        return self.outcomes.get("not_covered", 0) + self.outcomes.get("unavailable", 0)


def signals(weeks: Mapping[str, Sequence[int]]) -> tuple[Signal, ...]:
    """Mechanisms above their own history. Each sequence is weekly counts, the week in question last."""
    found = []
    for mechanism, counts in weeks.items():
        *history, count = counts
        if len(history) < LEAST_WEEKS:
            continue
        history = history[-HISTORY_WEEKS:]
        mean = sum(history) / len(history)
        variance = sum((each - mean) ** 2 for each in history) / (len(history) - 1)
        threshold = mean + DEVIATIONS * sqrt(max(variance, mean) * (1 + 1 / len(history)))
        if count >= LEAST_COUNT and count > threshold:
            found.append(Signal(mechanism, count, mean, threshold))
    return tuple(sorted(found, key=lambda each: each.mechanism))

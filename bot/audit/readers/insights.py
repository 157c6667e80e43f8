"""Counting the log for the insights: day by day, closed words only, so that memory depends on days, not on entries.

Days that are over do not change: their counts are kept, and the next look reads only what came since.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from bot import redis_keys
from bot.audit.readers.review_rows import Body, body_of, part
from handlers.insights import HISTORY_WEEKS, Insights, signals
from handlers.review import day_of

MOST_ENTRIES = 1_000_000  # of one look; what is older is not counted, and said so
KEPT_DAYS = 400
STEP = 250
MOST_EDITIONS = 20
OTHER = "other"
STEPS_MS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_TYPED = frozenset({"slash", "mention", "dm"})
_OPENINGS = frozenset({"answer.prepared", "query.denied", "rate.limited"})
_ENDINGS = {"answer.delivered": "delivered", "answer.failed": "failed", "answer.unknown": "unknown"}


@dataclass(slots=True)
class DayCounts:
    """One UTC day of one workspace."""

    questions: int = 0
    taps: int = 0
    unreadable: int = 0
    words: dict[str, Counter[str]] = field(default_factory=dict)
    times: Counter[int] = field(default_factory=Counter)  # answers by the step of STEPS_MS they fall in

    def count(self, table: str, word: str, limit: int = 32) -> None:
        """One more; a table that holds `limit` words takes no new one."""
        counter = self.words.get(table)
        if counter is None:
            counter = self.words[table] = Counter()
        counter[word if word in counter or len(counter) < limit else OTHER] += 1

    def add(self, body: Body) -> None:
        """Count one entry."""
        kind = body["t"]
        answer, source = part(body, "ans"), part(body, "src")
        if kind in _ENDINGS:
            self.count("endings", _ENDINGS[kind])
            if kind == "answer.delivered":
                self._time(body)
        elif kind == "feedback":
            self.count("feedback", str(answer.get("feedback", OTHER)))
        elif kind in _OPENINGS:
            if source.get("surface") not in _TYPED:
                self.taps += 1
                return
            self.questions += 1
            self.count("surfaces", str(source.get("surface")))
            self.count("outcomes", str(answer.get("outcome")))
            if kind == "answer.prepared":
                self.count("editions", str(answer.get("edition", OTHER)), MOST_EDITIONS)
            verdict = str(part(body, "rl").get("verdict", ""))
            if verdict.startswith("limited_"):
                self.count("limits", verdict.removeprefix("limited_"))
            question = part(part(body, "ask"), "question")
            for table in ("mechanisms", "sites"):
                for word in question.get(table, ()):
                    self.count(table, str(word))

    def _time(self, body: Body) -> None:
        """From the request id, which is made when the answer is ready to be recorded, to its delivery."""
        try:
            rid = str(body["rid"])
            elapsed = int(body["ts"]) - int(rid[:8] + rid[9:13], 16)  # a UUIDv7 begins with its milliseconds
        except (ValueError, TypeError, KeyError):
            return
        self.times[next((step for step, most in enumerate(STEPS_MS) if elapsed <= most), len(STEPS_MS))] += 1


def summarise(
    days: Mapping[date, DayCounts], first: date, last: date, *, began: date | None, counted_from: date | None = None
) -> Insights:
    """The insights of a period. `days` reaches back for the signal; `began` is the first day of the record."""
    chosen = [days.get(day, _NOTHING) for day in _span(first, last)]
    words = {table: _sum(day.words.get(table, _NO_WORDS) for day in chosen) for table in _TABLES}
    weeks = _whole_weeks(began, last)
    return Insights(
        first=first,
        last=last,
        by_day=tuple((day, days.get(day, _NOTHING).questions) for day in _span(first, last)),
        **words,
        taps=sum(day.taps for day in chosen),
        answer_ms=_spread(sum((day.times for day in chosen), Counter())),
        signals=signals(_weekly(days, last, weeks)),
        history_weeks=weeks,
        unreadable=sum(day.unreadable for day in chosen),
        counted_from=counted_from,
    )


class Counting:
    """Reads the log into day counts, a few at a time, and keeps the days that are over."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._kept: OrderedDict[tuple[str, date], DayCounts] = OrderedDict()

    async def between(self, team: str, first: date, last: date) -> Insights:
        """The insights of a period, with the weeks before its last one for the signal."""
        back = min(first, last - timedelta(days=7 * (HISTORY_WEEKS + 1) - 1))
        oldest: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, "-", "+", 1)
        if not oldest:
            return summarise({}, first, last, began=None)
        began = day_of(_ms(oldest[0]))
        days: dict[date, DayCounts] = {}
        today = await self._today()
        left, counted_from = MOST_ENTRIES, None
        for day in reversed(_span(max(back, began), last)):
            counts = self._kept.get((team, day))
            if counts is None:
                if left <= 0:
                    counted_from = day + timedelta(days=1)
                    break
                counts, read = await self._count(team, day)
                left -= read
                self._keep(team, day, counts, today)
            days[day] = counts
        return summarise(days, first, last, began=counted_from or began, counted_from=counted_from)

    async def _count(self, team: str, day: date) -> tuple[DayCounts, int]:
        counts, read = DayCounts(), 0
        start_ms = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        start, end = str(start_ms), str(start_ms + 86_400_000 - 1)
        needle = f'"team":"{team}"'.encode()
        while True:
            rows: Any = await self._redis.xrange(redis_keys.AUDIT_LOG, start, end, STEP)
            for row in rows:
                raw = row[1].get(b"b", b"")
                if needle not in raw:
                    continue
                body = body_of(raw)
                if body is None:
                    counts.unreadable += 1
                elif part(body, "who").get("team") == team:
                    counts.add(body)
            read += len(rows)
            if len(rows) < STEP:
                return counts, read
            start = f"({rows[-1][0].decode()}"

    async def _today(self) -> date:
        """By the store's clock: it is the one that gives an entry its place."""
        seconds, _ = await self._redis.time()
        return day_of(int(seconds) * 1000)

    def _keep(self, team: str, day: date, counts: DayCounts, today: date) -> None:
        if day < today:
            self._kept[team, day] = counts
            while len(self._kept) > KEPT_DAYS:
                self._kept.popitem(last=False)


_TABLES = ("mechanisms", "sites", "surfaces", "outcomes", "editions", "feedback", "limits", "endings")
_NOTHING = DayCounts()
_NO_WORDS: Counter[str] = Counter()


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _sum(counters: Iterable[Counter[str]]) -> dict[str, int]:
    """Most frequent first, equal counts by name."""
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _whole_weeks(began: date | None, last: date) -> int:
    """How many whole weeks of record stand before the last seven days, at most those that the signal uses."""
    if began is None:
        return 0
    return max(0, min(HISTORY_WEEKS, ((last - began).days + 1) // 7 - 1))


def _weekly(days: Mapping[date, DayCounts], last: date, weeks: int) -> dict[str, list[int]]:
    """Questions by mechanism in whole weeks that end on `last`, oldest first."""
    found: dict[str, list[int]] = {}
    for number in range(weeks + 1):
        end = last - timedelta(days=7 * (weeks - number))
        for day in _span(end - timedelta(days=6), end):
            for mechanism, count in days.get(day, _NOTHING).words.get("mechanisms", _NO_WORDS).items():
                found.setdefault(mechanism, [0] * (weeks + 1))[number] += count
    return found


def _spread(times: Counter[int]) -> dict[str, int]:
    """Median and 95th percentile, as the upper end of the step they fall in; empty without deliveries."""
    total = sum(times.values())
    return {name: _below(times, total * share) for name, share in (("p50", 0.5), ("p95", 0.95))} if total else {}


def _below(times: Counter[int], wanted: float) -> int:
    seen = 0
    for step, most in enumerate(STEPS_MS):
        seen += times[step]
        if seen >= wanted:
            return most
    return STEPS_MS[-1] + 1


def _ms(row: Any) -> int:
    return int(row[0].decode().partition("-")[0])

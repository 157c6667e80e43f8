"""The log as reviewers read it, on real servers: pages, filters, one entry, insights; nothing of another workspace."""

from __future__ import annotations

import asyncio
import re
import zlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoPermissionError

from bot import redis_keys
from bot.audit.readers import review_index
from bot.audit.readers.insights import DayCounts
from bot.audit.readers.review_index import RedisReviewLog
from handlers.review import Filters, Page, ReviewUnavailable
from tests.audit_logs import PAYLOAD, SHA, TEAM, Made, ended, made, many, rid_at, store

DAY = date(2026, 11, 20)
NOON = 1_795_176_000_000  # of that day
HOUR = 3_600_000
PHARMACIST = {"role": "clinician", "team": TEAM, "user": "U0PHARMA01"}
STRANGER = {"role": "clinician", "team": "T0PARTNER1", "user": "U0CLINIC01"}


def filters(**chosen: Any) -> Filters:
    return Filters.model_validate({"first": DAY - timedelta(days=6), "last": DAY, **chosen})


def asked(mechanism: str, site: str) -> dict[str, Any]:
    return {"question": {"mechanisms": [mechanism], "sites": [site]}}


def ans(outcome: str, edition: str = "2026.1") -> dict[str, Any]:
    return {"outcome": outcome, "edition": edition, "payload_sha256": SHA, "blocks": 1}


@pytest.fixture
def fill(redis_url: str) -> Any:
    def filled(*entries: Made) -> list[str]:
        with Redis.from_url(redis_url) as client:
            return store(client, entries)

    return filled


@pytest.fixture
def log(redis: AsyncRedis) -> RedisReviewLog:
    return RedisReviewLog(redis)


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        ({}, [6, 5, 4, 3, 2, 1, 0]),
        ({"asker": "U0PHARMA01"}, [4, 1]),
        ({"mechanism": "ndm"}, [4, 2]),
        ({"asker": "U0PHARMA01", "mechanism": "ndm"}, [4]),
        ({"site": "pneumonia"}, [2]),
        ({"channel": "C0OTHER"}, [3]),
        ({"outcome": "asked"}, [4]),
        ({"outcome": "limited"}, [6]),
        ({"outcome": "limited", "asker": "U0CLINIC01"}, [6]),
        ({"edition": "2025.2"}, [5]),
        ({"feedback": "bad"}, [2]),
        ({"feedback": "good"}, []),
        ({"first": DAY, "last": DAY, "mechanism": "kpc"}, [5, 3, 1]),
    ],
)
async def test_each_filter_chooses_its_entries_newest_first(
    log: RedisReviewLog, fill: Any, chosen: dict[str, Any], numbers: list[int]
) -> None:
    """Alone and together, by the index and by reading; the ends of deliveries are no rows of their own."""
    other = made(NOON, 3)
    of = [
        made(NOON - 7 * 24 * HOUR + HOUR * 13, 0),  # early on the first day
        made(NOON, 1, who=PHARMACIST),
        made(NOON, 2, ask=asked("ndm", "pneumonia")),
        made(NOON, 3, src={**other.body["src"], "channel": "C0OTHER"}),
        made(NOON, 4, who=PHARMACIST, ask=asked("ndm", "bacteremia"), ans=ans("asked")),
        made(NOON + HOUR, 5, ans=ans("answered", "2025.2")),
        made(NOON + HOUR, 6, "rate.limited", ask={}, ans=ans("limited")),
    ]
    stranger = made(NOON, 9, who=STRANGER)
    told = Made(NOON + 2 * HOUR, {**of[2].body, "t": "feedback", "ask": {}, "ans": {"feedback": "bad"}})
    too_old = made(NOON - 8 * 24 * HOUR, 10)
    fill(too_old, of[0], *of[1:5], stranger, ended(of[4], 1), *of[5:], told)
    page = await log.page(TEAM, filters(**chosen), None)
    assert [row.rid for row in page.rows] == [rid_at(of[n].ts, n) for n in numbers]
    assert page.older is None


@pytest.mark.parametrize("chosen", [{}, {"asker": "U0CLINIC01"}, {"mechanism": "kpc"}, {"outcome": "answered"}])
async def test_pages_follow_each_other_without_gap_or_repeat(
    log: RedisReviewLog, fill: Any, chosen: dict[str, Any]
) -> None:
    """Fifty entries: twenty, twenty, ten, and then no more."""
    entries = [made(NOON + n // 3, n) for n in range(50)]
    fill(*entries)
    seen: list[str] = []
    before: str | None = None
    for count in (20, 20, 10):
        page = await log.page(TEAM, filters(**chosen), before)
        assert len(page.rows) == count
        seen += [row.rid for row in page.rows]
        before = page.older
    assert before is None
    assert seen == [each.body["rid"] for each in reversed(entries)]


async def test_a_rare_find_pauses_and_goes_on_where_it_was(
    log: RedisReviewLog, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page reads so many entries and no more; the next goes on from there, and nothing is missed."""
    monkeypatch.setattr(review_index, "MOST_SCANNED", 500)
    monkeypatch.setattr(review_index, "SCAN_SECONDS", 60.0)
    rare = made(NOON, 0, ask=asked("kpc", "endocarditis"))
    fill(rare, *(made(NOON + 1 + n, n) for n in range(1200)))
    pages: list[Page] = []
    before: str | None = None
    while not pages or before is not None:
        pages.append(await log.page(TEAM, filters(site="endocarditis"), before))
        before = pages[-1].older
    assert [len(page.rows) for page in pages] == [0, 0, 1]
    assert [page.searched_to is not None for page in pages] == [True, True, False]


async def test_an_entry_is_shown_with_its_answer_and_the_proof(log: RedisReviewLog, fill: Any) -> None:
    """Everything it holds, how it was delivered, what the asker said, and the bytes that were shown."""
    entry = made(NOON, 1)
    told = Made(NOON + 50, {**entry.body, "t": "feedback", "ask": {}, "ans": {"feedback": "good"}})
    (place, *_) = fill(entry, made(NOON, 2), ended(entry, 9, dlv={"status": "ok", "ts": "1780000000.000100"}), told)
    shown = await log.entry(TEAM, place)
    assert shown is not None
    assert shown.payload == PAYLOAD
    assert (shown.digest_holds, shown.ending, shown.message_ts, shown.row.feedback) == (
        True,
        "delivered",
        "1780000000.000100",
        "good",
    )
    assert ("ans.edition", "2026.1") in shown.fields
    assert not {"p", "k"} & {name for name, _ in shown.fields}


@pytest.mark.parametrize(
    "kept", [b"not compressed", zlib.compress(b'{"text":"another"}'), zlib.compress(b"x" * (3 << 20))]
)
async def test_an_answer_that_was_changed_is_not_shown(
    log: RedisReviewLog, fill: Any, redis: AsyncRedis, kept: bytes
) -> None:
    """Bytes without the recorded digest are nobody's answer."""
    (place,) = fill(made(NOON, 1))
    await redis.set(redis_keys.audit_payload(SHA), kept)
    shown = await log.entry(TEAM, place)
    assert shown is not None
    assert (shown.payload, shown.digest_holds) == (None, False)


async def test_another_workspace_has_no_entries_here(log: RedisReviewLog, fill: Any) -> None:
    """Neither in a list, by index or by reading, nor one by its place, nor in the counts."""
    (place, _) = fill(made(NOON, 1, who=STRANGER), made(NOON, 2, who=STRANGER, ans=ans("asked")))
    for chosen in ({}, {"mechanism": "kpc"}, {"asker": "U0CLINIC01"}, {"outcome": "asked"}):
        assert (await log.page(TEAM, filters(**chosen), None)).rows == ()
    assert await log.entry(TEAM, place) is None
    assert (await log.insights(TEAM, DAY, DAY)).questions == 0


async def test_what_is_no_entry_is_counted_and_breaks_nothing(
    log: RedisReviewLog, fill: Any, redis: AsyncRedis
) -> None:
    """Somebody wrote rubbish into the stream, and a line that lies about its shape."""
    fill(made(NOON, 1))
    await redis.xadd(redis_keys.AUDIT_LOG, {"b": b'"team":"T0HOSPITAL" no JSON'}, id=f"{NOON + 1}-0")
    await redis.xadd(
        redis_keys.AUDIT_LOG, {"b": b'{"t":"answer.prepared","who":{"team":"T0HOSPITAL"},"ask":7}'}, id=f"{NOON + 2}-0"
    )
    await redis.xadd(redis_keys.AUDIT_LOG, {"x": b"y"}, id=f"{NOON + 3}-0")
    page = await log.page(TEAM, filters(), None)
    assert [row.rid for row in page.rows][-1] == rid_at(NOON, 1)
    assert page.unreadable == 1
    assert (await log.insights(TEAM, DAY, DAY)).unreadable == 1


async def test_a_log_out_of_reach_is_said_so() -> None:
    """No exception of the store goes past here."""
    client = AsyncRedis.from_url("unix:///nowhere/redis.sock")
    log = RedisReviewLog(client)
    for reading in (
        log.page(TEAM, filters(), None),
        log.entry(TEAM, "1-0"),
        log.insights(TEAM, DAY, DAY),
    ):
        with pytest.raises(ReviewUnavailable):
            await reading
    await client.aclose()


async def test_a_reader_of_the_store_can_read_and_nothing_else(fill: Any, redis: AsyncRedis, redis_url: str) -> None:
    """The ACL rule of the runbook is enough for every page, and writes are refused."""
    runbook = (Path(__file__).resolve().parents[2] / "deploy/README.md").read_text()
    (rule,) = re.findall(r"^ACL SETUSER cre-reader (.+)$", runbook, flags=re.MULTILINE)
    (place,) = fill(made(NOON, 1))
    server: Any = redis
    await server.execute_command("ACL", "SETUSER", "cre-reader", *rule.split())
    client = AsyncRedis.from_url(redis_url, username="cre-reader", password="long-and-random", protocol=2)
    try:
        log = RedisReviewLog(client)
        for chosen in ({}, {"asker": "U0CLINIC01"}, {"feedback": "good"}):
            assert (await log.page(TEAM, filters(**chosen), None)).unreadable == 0
        shown = await log.entry(TEAM, place)
        assert shown is not None
        assert shown.digest_holds
        assert (await log.insights(TEAM, DAY, DAY)).questions == 1
        for refused in (
            client.xadd(redis_keys.AUDIT_LOG, {"b": b"{}"}),
            client.delete(redis_keys.AUDIT_LOG),
            client.get("{cre:th:T0HOSPITAL}:C1:1.2"),
        ):
            with pytest.raises(NoPermissionError):
                await refused
    finally:
        await client.aclose()
        await server.execute_command("ACL", "DELUSER", "cre-reader")


async def test_insights_count_what_was_asked(log: RedisReviewLog, fill: Any) -> None:
    """By day, mechanism, site, surface and outcome; taps apart; feedback, limits and answer times."""
    first, second = made(NOON, 1), made(NOON, 2, ask=asked("ndm", "cuti"), ans=ans("asked"))
    tap = made(NOON + 5, 3, src={**first.body["src"], "surface": "action"})
    limited = made(NOON + 6, 4, "rate.limited", ask={}, ans=ans("limited"), rl={"verdict": "limited_user"})
    told = Made(NOON + 7, {**first.body, "t": "feedback", "ask": {}, "ans": {"feedback": "good"}})
    fill(made(NOON - 24 * HOUR, 0, ans=ans("not_covered")), first, second, ended(first, 3), tap, limited, told)
    found = await log.insights(TEAM, DAY - timedelta(days=1), DAY)
    assert found.by_day == ((DAY - timedelta(days=1), 1), (DAY, 3))
    assert found.mechanisms == {"kpc": 2, "ndm": 1}
    assert found.sites == {"bacteremia": 2, "cuti": 1}
    assert found.outcomes == {"answered": 1, "asked": 1, "limited": 1, "not_covered": 1}
    assert (found.taps, found.feedback, found.limits) == (1, {"good": 1}, {"user": 1})
    assert (found.asked_back, found.unanswered) == (0.25, 1)
    assert found.answer_ms == {"p50": 5, "p95": 5}
    assert found.signals == ()


def test_counting_takes_no_more_memory_for_more_entries() -> None:
    """Words that nobody foresaw are counted as "other" once a table is full."""
    counts = DayCounts()
    for number in range(5000):
        word = f"word{number}"
        counts.add(
            made(NOON, number, ask=asked(word, word), ans=ans(word, word), rl={"verdict": f"limited_{word}"}).body
        )
    assert counts.questions == 5000
    assert all(len(table) <= 33 for table in counts.words.values())
    assert all(sum(table.values()) == 5000 for table in counts.words.values())
    assert counts.words["editions"]["other"] == 4980


async def test_a_rise_over_the_weeks_before_is_signalled(log: RedisReviewLog, fill: Any) -> None:
    """Three NDM questions a week for eight weeks, then fifteen; KPC as ever."""
    entries = []
    for week in range(9):
        start = NOON - (8 - week) * 7 * 24 * HOUR
        for number in range(15 if week == 8 else 3):
            entries.append(made(start - number * 1000, number, ask=asked("ndm", "cuti")))
        entries += [made(start - 60_000 - number, 100 + number) for number in range(4)]
    entries.append(made(NOON - 62 * 24 * HOUR, 999))  # the first of the record, nine weeks back
    fill(*sorted(entries, key=lambda each: each.ts))
    found = await log.insights(TEAM, DAY - timedelta(days=6), DAY)
    assert [(each.mechanism, each.count, each.mean) for each in found.signals] == [("ndm", 15, 3.0)]
    assert found.history_weeks == 8


async def test_days_that_are_over_are_counted_once(log: RedisReviewLog, fill: Any, redis: AsyncRedis) -> None:
    """A second look reads only what can have changed."""
    fill(*many(2000, NOON, NOON + HOUR))
    first = await log.insights(TEAM, DAY, DAY)
    await redis.config_resetstat()
    assert await log.insights(TEAM, DAY, DAY) == first
    stats: Any = await redis.info("commandstats")
    assert stats["cmdstat_xrange"]["calls"] <= 3 + (await _days_since(redis))


async def _days_since(redis: AsyncRedis) -> int:
    seconds, _ = await redis.time()
    return max(0, int(seconds) * 1000 - NOON) // 86_400_000


async def test_reading_a_review_leaves_answers_room(log: RedisReviewLog, fill: Any) -> None:
    """While a page is searched for, other work of the process runs every few milliseconds."""
    fill(*many(4_000, NOON - 24 * HOUR, NOON))
    turns = 0

    async def other_work() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(other_work())
    await log.page(TEAM, filters(site="endocarditis"), None)
    task.cancel()
    assert turns >= 4_000 // review_index.STEP

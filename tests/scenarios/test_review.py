"""The audit review as a reviewer sees it, over both doors: list, filters, an entry, insights, export, all recorded."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.playground.records import View
from tests.scenarios.conftest import DOORS, House, open_house
from tests.servers import Kind, RedisServer

REVIEWER = "admin"
READS = ("admin.read", "admin.export", "admin.denied")


@pytest.fixture(params=DOORS, ids=[door for door, _ in DOORS])
async def house(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    """A bot on one of the two doors, with one reviewer."""
    door, server = request.param
    url = redis_servers[server].emptied()
    async with open_house(door, url, CRE_AUDIT_REVIEWERS="T0HOSPITAL:U0ADMIN001") as opened:
        yield opened


def shown(house: House, user: str = REVIEWER) -> View:
    """The modal this person sees."""
    return house.slack.workspace.stack(house.slack.workspace.user_named(user))[-1]


def words(view: View) -> str:
    return json.dumps(view.payload["blocks"], ensure_ascii=False)


def places(view: View) -> list[str]:
    """The rows of the list, as the block ids of their Open buttons."""
    return [each["block_id"] for each in view.payload["blocks"] if str(each.get("block_id")).startswith("row:")]


async def reads(house: House) -> list[dict[str, Any]]:
    """What the log holds of reviewing, oldest first."""
    return [entry for entry in reversed(await house.log()) if entry["t"] in READS]


async def test_a_reviewer_lists_filters_opens_and_replays(house: House) -> None:
    """Asked as a clinician, reviewed as a reviewer: nothing but ids and labels, and every step in the log."""
    answered = await house.slack.command("clinician", "id-consults", "kpc bacteremia in John Canary MRN 00112233")
    await house.slack.mention("pharmacist", "icu", "NDM klebsiella in the blood, CrCl 25")
    await house.slack.command("clinician", "icu", "MRSA bacteremia")
    await house.endings()
    sent = await house.slack.command(REVIEWER, "id-consults", "audit")
    assert sent.ok
    assert sent.shown is None  # nothing in the channel, not even privately
    page = shown(house)
    assert len(places(page)) == 3
    for part in ("<@U0CLINIC01>", "<@U0PHARMA01>", "<#C0ICU00001>", "KPC", "out of scope", "edition 2026.1"):
        assert part in words(page)
    assert "Canary" not in json.dumps(page.payload)
    await house.slack.click(REVIEWER, page, "review_filter")
    await house.slack.submit_view(REVIEWER, None, {"mechanism": "kpc", "asker": "U0CLINIC01", "outcome": "answered"})
    page = shown(house)
    (row,) = places(page)
    await house.slack.click(REVIEWER, page, f"{row}/review_entry")
    entry = shown(house)
    assert "These bytes have the recorded SHA-256" in words(entry)
    assert "*Delivery:* delivered" in words(entry)
    assert answered.shown is not None
    for block in answered.shown.blocks:
        if block["type"] == "section":
            assert json.dumps(block["text"]["text"], ensure_ascii=False) in words(entry)
    assert "phi.mrn" in words(entry) or "phi." in words(entry)
    await house.slack.click(REVIEWER, entry, "review_list")
    assert places(shown(house)) == [row]
    log = await reads(house)
    assert [(each["t"], each["ask"]["what"]) for each in log] == [
        ("admin.read", "list"),
        ("admin.read", "list"),
        ("admin.read", "entry"),
        ("admin.read", "list"),
    ]
    assert all(
        each["who"] == {"team": "T0HOSPITAL", "user": "U0ADMIN001", "role": "reviewer"} | each["who"] for each in log
    )
    assert log[1]["ask"]["mechanism"] == "kpc"
    assert log[1]["ask"]["asker"] == "U0CLINIC01"


async def test_the_thread_of_a_mention_is_linked_and_a_private_answer_is_not(house: House) -> None:
    """The link is made of ids: workspace, channel, thread."""
    await house.slack.mention("pharmacist", "icu", "NDM bacteremia")
    root = house.slack.received("chat.postMessage")[0]["thread_ts"].replace(".", "")
    await house.slack.command("clinician", "icu", "kpc bacteremia")
    await house.endings()
    await house.slack.command(REVIEWER, "icu", "audit")
    page = shown(house)
    private, public = places(page)
    await house.slack.click(REVIEWER, page, f"{public}/review_entry")
    assert f"https://general-hospital.slack.com/archives/C0ICU00001/p{root}" in words(shown(house))
    await house.slack.click(REVIEWER, shown(house), "review_list")
    await house.slack.click(REVIEWER, shown(house), f"{private}/review_entry")
    assert "archives" not in words(shown(house))


async def test_pages_of_twenty_go_on_and_back(house: House) -> None:
    """Older, newer, and no row twice."""
    for number in range(25):
        user = ("clinician", "pharmacist", "admin")[number % 3]
        await house.slack.command(user, "icu", f"kpc bacteremia crcl {20 + number}")
    await house.slack.command(REVIEWER, "icu", "audit kpc")
    first = shown(house)
    seen = places(first)
    assert len(seen) == 20
    await house.slack.click(REVIEWER, first, "review_older")
    assert len(places(shown(house))) == 5
    assert not set(places(shown(house))) & set(seen)
    await house.slack.click(REVIEWER, shown(house), "review_newer")
    assert places(shown(house)) == seen
    assert [each["ask"]["page"] for each in await reads(house)] == [1, 2, 1]


async def test_insights_open_and_charts_come_as_a_private_message(house: House) -> None:
    """Figures in the modal; charts with a table and text in the reviewer's own conversation with the bot."""
    for text in ("kpc bacteremia", "ndm pneumonia", "kpc", "MRSA bacteremia"):
        await house.slack.command("clinician", "icu", text)
    await house.endings()
    await house.slack.command(REVIEWER, "icu", "audit insights")
    view = shown(house)
    for part in ("Questions: 4", "Asked back: 25%", "out of scope: 1", "KPC", "not surveillance", "No statement"):
        assert part in words(view), part
    await house.slack.click(REVIEWER, view, "review_charts")
    messages = house.slack.seen_by(REVIEWER, "dm")
    assert [sum(b["type"] == "data_visualization" for b in m.blocks) for m in messages] == [2, 2]
    assert [sum(b["type"] == "table" for b in m.blocks) for m in messages] == [1, 1]
    assert "Questions: 4" in messages[0].text
    assert "By mechanism: KPC 2" in messages[1].text
    assert house.slack.seen_by("clinician", "dm") == []
    assert [each["ask"]["what"] for each in await reads(house)] == ["insights", "insights"]


async def test_an_export_is_asked_for_and_recorded(house: House) -> None:
    """Slack never carries the file: the modal says which command makes it."""
    await house.slack.command(REVIEWER, "icu", "audit kpc today")
    await house.slack.click(REVIEWER, shown(house), "review_export")
    today = datetime.now(UTC).date()
    assert (
        f"cre-bot audit export --format csv --team T0HOSPITAL --since {today} --until {today} --mechanism kpc"
        in words(shown(house))
    )
    (_, export) = await reads(house)
    assert (export["t"], export["ask"]["what"], export["ask"]["mechanism"]) == ("admin.export", "request", "kpc")


async def test_words_that_are_none_of_ours_are_counted_not_repeated(house: House) -> None:
    """A clear private word, and the list as usual."""
    await house.slack.command(REVIEWER, "icu", "audit John Canary kpc")
    assert "2 words were not understood" in words(shown(house))
    assert "Canary" not in json.dumps(shown(house).payload)
    (read,) = await reads(house)
    assert "Canary" not in json.dumps(read)


async def test_the_home_opens_the_review(house: House) -> None:
    """The door that the Home shows to reviewers."""
    await house.slack.open_home(REVIEWER, "home")
    await house.slack.click(REVIEWER, house.slack.home_of(REVIEWER), "review_open")
    assert shown(house).payload["title"]["text"] == "Audit review"

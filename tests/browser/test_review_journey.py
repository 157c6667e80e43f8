"""The reviewer's journey in a real Chromium: ask as clinician, review as admin, see what verify sees."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.app import create_bot
from bot.cli.playground_audit import ADMIN, PlaygroundAudit
from bot.door import PATH
from bot.playground.app import Playground
from bot.playground.cast import TEAM
from bot.redis_store import background_client
from tests.browser.chromium import DESKTOP, PHONE, open_page, shoot
from tests.browser.test_journey import SIZES, no_sideways_scroll, type_in
from tests.scenarios.conftest import settings_for
from tests.servers import Kind, RedisServer


@pytest.fixture
async def playground(redis_servers: dict[Kind, RedisServer], tmp_path: Path) -> AsyncIterator[Playground]:
    url = redis_servers["valkey"].emptied()
    client = background_client(url)
    audit = PlaygroundAudit(client, url)
    playground = Playground(port=0, read_audit=audit.entries, desk=audit)
    await playground.start()
    settings = settings_for(
        playground.slack, url, CRE_AUDIT_REVIEWERS=f"{TEAM}:{ADMIN}", CRE_DATA_DIR=str(tmp_path / "data")
    )
    bot = audit.bot = await create_bot(settings, posts_apart_seconds=0.0)
    port = await bot.serve_http(socket.create_server(("127.0.0.1", 0)))
    playground.connect(f"http://127.0.0.1:{port}{PATH}")
    try:
        yield playground
    finally:
        await playground.stop()
        await bot.stop()
        await client.aclose()
    assert playground.slack.faults == []


async def act_as(page: Page, user: str) -> None:
    """Take another person's place; on a phone through the list of channels, and back to the first."""
    if page.viewport_size and page.viewport_size["width"] == PHONE[0]:
        await page.get_by_role("button", name="Channels").click()
    await page.get_by_label("Act as").select_option(user)
    await page.locator("#sidebar").get_by_role("button", name="id-consults").click()


async def asked(page: Page) -> None:
    """Three questions of a clinician, one of them in a thread."""
    await type_in(page, "/cre kpc bacteremia")
    await expect(page.locator(".message").first).to_contain_text("meropenem-vaborbactam")
    await type_in(page, "/cre MRSA bacteremia")
    await expect(page.locator(".message")).to_have_count(2)
    await type_in(page, "@CRE Bot NDM klebsiella in the blood, CrCl 25")
    await expect(page.locator("body")).to_contain_text("1 reply")


@SIZES
async def test_a_reviewer_filters_opens_replays_and_sees_the_charts(
    playground: Playground, size: tuple[int, int]
) -> None:
    """Ask as clinician; as admin list, filter, open one entry with its answer, insights, charts."""
    async with open_page(playground.url, size) as page:
        await asked(page)
        await act_as(page, ADMIN)
        await type_in(page, "/cre audit")
        modal = page.locator("dialog")
        await expect(modal.get_by_role("button", name="Open", exact=True)).to_have_count(3)
        for words in ("Dr. Ada Okafor", "KPC", "out of scope"):
            await expect(modal).to_contain_text(words)
        await no_sideways_scroll(page)
        await shoot(page, f"review-list-{size[0]}")
        await modal.get_by_role("button", name="Filters").click()
        await modal.get_by_label("Mechanism").select_option("kpc")
        await modal.get_by_label("Asked by").select_option("U0CLINIC01")
        await shoot(page, f"review-filters-{size[0]}")
        await modal.get_by_role("button", name="Show").click()
        await expect(modal.get_by_role("button", name="Open", exact=True)).to_have_count(1)
        await modal.get_by_role("button", name="Open", exact=True).click()
        await expect(modal).to_contain_text("These bytes have the recorded SHA-256")
        await expect(modal).to_contain_text("meropenem-vaborbactam")
        assert await modal.locator(".b-unknown").count() == 0
        await no_sideways_scroll(page)
        await shoot(page, f"review-entry-{size[0]}")
        await modal.get_by_role("button", name="Back to the list").click()
        await modal.get_by_role("button", name="Insights").click()
        await expect(modal).to_contain_text("not surveillance")
        await shoot(page, f"review-insights-{size[0]}")
        await modal.get_by_role("button", name="Send me the charts").click()
        await modal.get_by_role("button", name="Close").last.click()
        if size == DESKTOP:
            await page.locator("nav").get_by_role("button", name="CRE Bot").click()
            await expect(page.locator("#messages .message")).to_have_count(2)
            await expect(page.locator("#messages meter").first).to_be_visible()
            assert await page.locator(".b-unknown").count() == 0
            await shoot(page, "review-charts-1280")


@SIZES
async def test_the_panel_shows_insights_verifies_and_finds_tampering(
    playground: Playground, size: tuple[int, int]
) -> None:
    """The log as it is holds; in a copy that was tampered with, verify names the place; the log stays as it was."""
    async with open_page(playground.url, size) as page:
        await asked(page)
        await act_as(page, ADMIN)
        await page.get_by_role("button", name="Audit log").click()
        dialog = page.locator("dialog")
        await expect(dialog.locator("tbody tr").first).to_be_visible()
        await shoot(page, f"panel-entries-{size[0]}")
        await dialog.get_by_role("button", name="Insights").click()
        await expect(dialog.locator("img")).to_be_visible()
        await shoot(page, f"panel-insights-{size[0]}")
        await dialog.get_by_role("button", name="Verify").click()
        await expect(dialog.locator(".audit-verdict").first).to_contain_text("The log as it is: whole")
        await expect(dialog).to_contain_text("Demonstration: tamper with a copy")
        labels = ("Change an outcome", "Remove an entry", "Exchange two entries", "Cut off the end")
        for label in labels if size == DESKTOP else labels[:1]:
            await dialog.get_by_role("button", name=label).click()
            result = dialog.locator(".audit-demo-result")
            await expect(result).to_contain_text("Verify names that very place: not as it was written", timeout=15_000)
            await expect(result).to_contain_text("Before, the copy was whole")
            await shoot(page, f"panel-tampered-{label.split()[0].lower()}-{size[0]}")
            await dialog.get_by_role("button", name="Verify").click()
            await expect(dialog.locator(".audit-verdict").first).to_contain_text("The log as it is: whole")
        await no_sideways_scroll(page)

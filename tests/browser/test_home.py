"""A new user finds the Home, says who they are, browses, and asks again: a real Chromium, the real bot."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from bot.playground.app import Playground
from tests.browser.chromium import DESKTOP, PHONE, open_page, shoot
from tests.browser.test_journey import no_sideways_scroll, playground, type_in

__all__ = ["playground"]  # the fixture of the journey

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1280", "390"])


async def to_the_bot(page: Page, size: tuple[int, int]) -> None:
    """Into the conversation with the bot."""
    if size == PHONE:
        await page.get_by_role("button", name="Channels").click()
    await page.locator("#sidebar").get_by_role("button", name="CRE Bot").click()


@SIZES
async def test_home_is_found_understood_and_used(playground: Playground, size: tuple[int, int]) -> None:
    async with open_page(playground.url, size) as page:
        await type_in(page, "/cre NDM pneumonia, CrCl 25")
        await expect(page.locator(".message").first).to_contain_text("NDM")
        await to_the_bot(page, size)
        await expect(page.get_by_role("group", name="Suggested questions")).to_contain_text("KPC in the blood")
        await shoot(page, f"home-prompts-{size[0]}")
        await page.get_by_role("tab", name="Home").click()
        home = page.get_by_role("tabpanel")
        for words in ("Your role", "NDM · Pneumonia", "Browse", "Awaiting review", "What changed", "pager 4242"):
            await expect(home).to_contain_text(words)
        assert await page.locator(".b-unknown").count() == 0
        asked_at = home.locator("time").first
        await expect(asked_at).to_have_attribute("datetime", re.compile(r"^20\d\d-\d\d-\d\dT"))
        await expect(asked_at).not_to_contain_text("UTC")  # in the reader's own time
        await no_sideways_scroll(page)
        await shoot(page, f"home-{size[0]}")

        await home.get_by_label("Your role").select_option("trainee")
        await expect(home).to_contain_text("Why it is so stands open")
        await home.get_by_role("button", name="Ask again: NDM").click()
        await expect(home).to_contain_text("Answered in Messages")
        await shoot(page, f"home-answered-{size[0]}")
        await home.get_by_label("Mechanism").select_option("kpc")
        await home.get_by_label("Site of infection").select_option("bacteremia")
        await home.get_by_role("button", name="Show the answer").click()
        await expect(home).to_contain_text("KPC · Bloodstream")

        await page.get_by_role("tab", name="Messages").click()
        answers = page.locator(".message")
        await expect(answers).to_have_count(2)
        await expect(answers.nth(0)).to_contain_text("NDM")
        await expect(answers.nth(1)).to_contain_text("meropenem-vaborbactam")
        await page.get_by_role("button", name="What is the evidence?").click()
        await expect(page.locator(".thread-link")).to_have_count(1)
        await no_sideways_scroll(page)
        await shoot(page, f"home-messages-{size[0]}")

        if size == PHONE:
            await page.get_by_role("button", name="Channels").click()
        await page.get_by_label("Act as").select_option("U0GUEST001")
        await page.locator("#sidebar").get_by_role("button", name="CRE Bot").click()
        await page.get_by_role("tab", name="Home").click()
        home = page.get_by_role("tabpanel")
        await expect(home).to_contain_text("guest")
        await expect(home).to_contain_text("pager 4242")
        await expect(home.get_by_role("button")).to_have_count(0)
        await shoot(page, f"home-guest-{size[0]}")

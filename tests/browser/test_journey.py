"""The first visit, in a real Chromium with the real bot: ask, mention, follow up, pick, be refused, look at the log."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot.app import create_bot
from bot.audit.reading import AuditReader
from bot.door import PATH
from bot.playground.app import Playground
from bot.redis_store import background_client
from tests.browser.chromium import DESKTOP, PHONE, open_page, shoot
from tests.scenarios.conftest import settings_for
from tests.servers import Kind, RedisServer

PREFERRED = ("meropenem-vaborbactam", "ceftazidime-avibactam", "imipenem-cilastatin-relebactam")
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1280", "390"])


@pytest.fixture
async def playground(redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[Playground]:
    redis_url = redis_servers["valkey"].emptied()
    client = background_client(redis_url)
    reader = AuditReader(client)

    async def read_audit(count: int) -> list[dict[str, Any]]:
        return [each.as_json() for each in await reader.page(count)]

    playground = Playground(port=0, read_audit=read_audit)
    await playground.start()
    bot = await create_bot(settings_for(playground.slack, redis_url))
    port = await bot.serve_http(socket.create_server(("127.0.0.1", 0)))
    playground.connect(f"http://127.0.0.1:{port}{PATH}")
    try:
        yield playground
    finally:
        await playground.stop()
        await bot.stop()
        await client.aclose()
    assert playground.slack.faults == []


async def type_in(page: Page, text: str, box: str = "#composer-main") -> None:
    await page.locator(box).fill(text)
    await page.keyboard.press("Enter")


async def in_order(message: Locator, *words: str) -> None:
    """All the words are there, each after the one before."""
    text = (await message.inner_text()).casefold()
    places = [text.find(word.casefold()) for word in words]
    assert -1 not in places, f"missing: {[word for word, place in zip(words, places, strict=True) if place < 0]}"
    assert places == sorted(places), dict(zip(words, places, strict=True))


async def no_sideways_scroll(page: Page) -> None:
    scrolls = await page.evaluate("[...document.querySelectorAll('.scroll')].map(n => n.scrollWidth - n.clientWidth)")
    assert all(each <= 0 for each in scrolls)


@SIZES
async def test_the_first_example_gives_the_whole_answer(playground: Playground, size: tuple[int, int]) -> None:
    async with open_page(playground.url, size) as page:
        await page.get_by_role("button", name="/cre kpc bacteremia").click()
        answer = page.locator(".message")
        await expect(answer).to_contain_text("Only visible to you")
        await in_order(answer, "Understood as", "KPC", *PREFERRED, "Not suggested", "tigecycline")
        for words in (
            "eravacycline",
            "Infectious-diseases consultation",
            "Awaiting review",
            "not orders",
            "Alternatives",
        ):
            await expect(answer).to_contain_text(words)
        assert await page.locator(".b-unknown").count() == 0
        await no_sideways_scroll(page)
        await shoot(page, f"journey-answer-{size[0]}")


@SIZES
async def test_a_mention_is_answered_in_its_thread_and_so_is_the_follow_up(
    playground: Playground, size: tuple[int, int]
) -> None:
    async with open_page(playground.url, size) as page:
        await type_in(page, "@CRE Bot NDM klebsiella in the blood, CrCl 25")
        if size == PHONE:
            await page.get_by_role("button", name="1 reply").click()
        thread = page.locator("#side .message")
        await expect(thread.nth(1)).to_contain_text("CrCl 25 mL/min")
        await expect(thread.nth(1)).to_contain_text("NDM")
        await type_in(page, "@CRE Bot and for pneumonia?", "#composer-thread")
        await expect(thread.nth(3)).to_contain_text("Pneumonia")
        await expect(thread.nth(3)).to_contain_text("NDM")
        await no_sideways_scroll(page)
        await shoot(page, f"journey-thread-{size[0]}")


@SIZES
async def test_a_missing_site_is_one_tap_away_and_another_organism_is_out_of_scope(
    playground: Playground, size: tuple[int, int]
) -> None:
    async with open_page(playground.url, size) as page:
        await type_in(page, "/cre kpc")
        message = page.locator(".message").first
        await expect(message).to_contain_text("Where is the infection?")
        await shoot(page, f"journey-asked-{size[0]}")
        await message.get_by_role("button", name="Blood", exact=True).click()
        await expect(message).to_contain_text(PREFERRED[0])
        await expect(page.locator(".message")).to_have_count(1)
        await type_in(page, "/cre MRSA bacteremia")
        refused = page.locator(".message").nth(1)
        await expect(refused).to_contain_text("Out of my scope")
        await expect(refused.locator(".author")).to_be_in_viewport()
        await expect(refused).not_to_contain_text("ceftazidime")
        await shoot(page, f"journey-out-of-scope-{size[0]}")


async def test_kidney_function_is_set_the_answer_shared_and_all_is_in_the_log(playground: Playground) -> None:
    async with open_page(playground.url) as page:
        await type_in(page, "/cre kpc bacteremia")
        await page.get_by_role("button", name="Set renal function").click()
        form = page.locator("dialog")
        await form.get_by_label("Value").fill("25")
        await shoot(page, "journey-form-1280")
        await page.keyboard.press("Enter")
        await expect(form).to_have_count(0)
        await expect(page.locator(".message")).to_contain_text("CrCl 25 mL/min")
        await page.get_by_role("button", name="Share to channel").click()
        await expect(page.locator(".message")).to_have_count(2)
        await page.get_by_label("Act as").select_option("U0ADMIN001")
        await expect(page.locator(".message")).to_have_count(1)
        await expect(page.locator(".message")).to_contain_text("Shared by")
        await page.get_by_role("button", name="Audit log").click()
        asked = page.locator("dialog tr", has_text="slash")
        for words in ("Dr. Ada Okafor", "kpc", "bacteremia", "answered"):
            await expect(asked).to_contain_text(words)
        await expect(page.locator("dialog tr", has_text="action")).to_have_count(2)
        await shoot(page, "journey-audit-1280")


async def test_guests_and_outsiders_are_refused_in_private(playground: Playground) -> None:
    async with open_page(playground.url) as page:
        for user, word in (("U0GUEST001", "guest"), ("U0EXTERN01", "workspace")):
            await page.get_by_label("Act as").select_option(user)
            await type_in(page, "/cre kpc bacteremia")
            await expect(page.locator(".message.is-private")).to_contain_text(word)
            await expect(page.locator(".message")).not_to_contain_text("meropenem")

"""The first visit, in a real Chromium with the real bot: ask, mention, follow up, pick, be refused, look at the log."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from bot.app import create_bot
from bot.audit.readers.reading import AuditReader
from bot.door import PATH
from bot.playground.app import Playground
from bot.playground.cast import CONSULT_CHANNEL, FEEDBACK_CHANNEL
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
    channels = {"CRE_CONSULT_CHANNEL": CONSULT_CHANNEL, "CRE_FEEDBACK_CHANNEL": FEEDBACK_CHANNEL}
    bot = await create_bot(settings_for(playground.slack, redis_url, **channels))
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
        about = page.locator("dialog tr", has_text="kpc")  # the others say how a delivery ended
        asked = about.filter(has_text="slash")
        for words in ("Dr. Ada Okafor", "kpc", "bacteremia", "answered"):
            await expect(asked).to_contain_text(words)
        await expect(about.filter(has_text="action")).to_have_count(2)
        await shoot(page, "journey-audit-1280")


async def test_guests_and_outsiders_are_refused_in_private(playground: Playground) -> None:
    async with open_page(playground.url) as page:
        for user, word in (("U0GUEST001", "guest"), ("U0EXTERN01", "workspace")):
            await page.get_by_label("Act as").select_option(user)
            await type_in(page, "/cre kpc bacteremia")
            await expect(page.locator(".message.is-private")).to_contain_text(word)
            await expect(page.locator(".message")).not_to_contain_text("meropenem")


async def act_as(page: Page, user: str, size: tuple[int, int] = DESKTOP) -> None:
    if size == PHONE:
        await page.get_by_role("button", name="Channels").click()
    await page.get_by_label("Act as").select_option(user)
    if size == PHONE:
        await page.get_by_role("button", name="id-consults").click()


@SIZES
async def test_a_night_on_call(playground: Playground, size: tuple[int, int]) -> None:
    """Ask, pick, set kidney function, share, ask ID to consult, another takes it, say what was wrong."""
    async with open_page(playground.url, size) as page:
        await type_in(page, "/cre ndm")
        mine = page.locator(".message.is-private").first
        await mine.get_by_role("button", name="Pneumonia", exact=True).click()
        await expect(mine).to_contain_text("aztreonam-avibactam")

        await mine.get_by_role("button", name="Set renal function").click()
        form = page.locator("dialog")
        await form.get_by_label("Value").fill("25")
        await shoot(page, f"night-renal-{size[0]}")
        await form.get_by_role("button", name="Show doses").click()
        await expect(form).to_have_count(0)
        await expect(mine).to_contain_text("CrCl 25 mL/min")

        await mine.get_by_role("button", name="Share to channel").click()
        shared = page.locator(".message:not(.is-private)", has_text="Shared by")
        await expect(shared).to_contain_text("CrCl 25 mL/min")

        await mine.get_by_role("button", name="Ask ID to consult").click()
        consult = page.locator(".message:not(.is-private)", has_text="ID consult asked for by")
        await expect(consult).to_contain_text("NDM")
        await expect(page.locator(".message.is-private").last).to_contain_text("Sent to the ID consult channel")
        await shoot(page, f"night-consult-{size[0]}")

        await mine.get_by_role("button", name="Not helpful").click()
        await form.get_by_label("Our local policy differs").check()
        await shoot(page, f"night-feedback-{size[0]}")
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_have_count(0)
        await expect(page.locator(".message.is-private").last).to_contain_text("Thank you")

        await act_as(page, "U0PHARMA01", size)
        await page.locator(".message", has_text="ID consult").get_by_role("button", name="Take it").click()
        taken = page.locator(".message", has_text="Taken by")
        await expect(taken).to_contain_text("Jonas Lindqvist")
        await expect(taken.get_by_role("button", name="Take it")).to_have_count(0)
        await shoot(page, f"night-taken-{size[0]}")
        await no_sideways_scroll(page)

        await act_as(page, "U0CLINIC01", size)
        if size == PHONE:
            await page.get_by_role("button", name="Channels").click()
        await page.locator("#sidebar").get_by_role("button", name="CRE Bot").click()
        await expect(page.locator(".message").last).to_contain_text("Jonas Lindqvist has taken your ID consult: NDM")
        await page.get_by_role("tab", name="Home").click()
        await expect(page.get_by_role("tabpanel")).to_contain_text("CrCl 25 mL/min")
    (report,) = [m for m in playground.slack.seen_by("pharmacist", "stewardship") if "not helpful" in m.text]
    assert "NDM" in report.text


async def test_the_command_alone_and_a_message_of_somebody_else(playground: Playground) -> None:
    """`/cre` opens the form; the menu of a message asks about it."""
    async with open_page(playground.url) as page:
        await type_in(page, "/cre")
        form = page.locator("dialog")
        await form.get_by_label("Mechanism").select_option("kpc")
        await form.get_by_label("Site of infection").select_option("cuti")
        await shoot(page, "night-form-1280")
        await form.get_by_role("button", name="Show options").click()
        await expect(page.locator(".message.is-private")).to_contain_text("KPC")
        await act_as(page, "U0PHARMA01")
        await type_in(page, "OXA-48 in the blood, what now?")
        await act_as(page, "U0CLINIC01")
        words = page.locator(".message", has_text="what now?")
        await words.hover()
        await words.get_by_role("button", name="Ask CRE Bot about this").click()
        await expect(page.locator(".message.is-private").last).to_contain_text("OXA-48-like")

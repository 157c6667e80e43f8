"""Answers on a screen: what a tired reader meets first, and folds that open by hand, key and reader alike."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.async_api import Page, expect

from bot.knowing import load_known
from bot.playground.records import Message
from bot.settings import ON_CALL, Settings
from handlers.layouts import View, render
from handlers.layouts.labels import Names
from handlers.replies import parsed_from
from handlers.responding import respond
from knowledge.question import Question, Renal
from knowledge.terms import Mechanism, RenalMeasure, Site
from tests.browser.chromium import DESKTOP, PHONE, open_page, shoot
from tests.browser.conftest import Stage

FOLDS = (
    "Alternatives",
    "Renal dosing",
    "Duration and step-down",
    "Infection control",
    "What sources say",
    "References",
)


KPC = Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))
CRCL_25 = Renal(measure=RenalMeasure.CRCL, value=Decimal(25))


def answer(stage: Stage, question: Question) -> Message:
    """What the bot says to this question, in #id-consults."""
    knowledge = load_known(Settings())[0]
    reply = respond(parsed_from(question), knowledge)
    payload = render(reply, View(Names.of(knowledge), ON_CALL, shareable=True))
    slack = stage.slack.workspace
    return slack.add(Message("C0IDCONS01", slack.new_ts(), "U0CREBOT01", payload["text"], payload["blocks"]))


async def from_its_top(page: Page) -> None:
    await page.locator(".message").evaluate("node => node.scrollIntoView()")


@pytest.mark.parametrize(
    "question",
    [
        KPC,
        KPC.model_copy(update={"renal": CRCL_25}),
        Question(mechanisms=(Mechanism.OXA_48_LIKE,), sites=(Site.PNEUMONIA,)),
    ],
    ids=["kpc", "kpc-crcl", "oxa48"],
)
async def test_the_first_screen_of_a_phone_holds_the_answer(stage: Stage, question: Question) -> None:
    """Understood as, regimens with dose, what not to use and why, and the consult line, without scrolling."""
    answer(stage, question)
    async with open_page(stage.url, PHONE) as page:
        await from_its_top(page)
        texts = page.locator(".message .b-text")
        for words in ("Understood as", "Preferred (", "Not suggested here", "consultation is recommended"):
            await expect(texts.filter(has_text=words)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
async def test_folds_start_closed_and_open_by_key(stage: Stage, size: tuple[int, int]) -> None:
    """Each says what is inside; cautions, status and disclaimer stand outside; a table never scrolls the page."""
    answer(stage, KPC)
    async with open_page(stage.url, size) as page:
        heads = page.locator("summary.b-container-head")
        for words in FOLDS:
            await expect(heads.filter(has_text=words)).to_be_visible()
        assert await page.locator("details.b-container[open]").count() == 0
        for words in ("In KPC infection resistance emerges", "Status: Awaiting review", "not orders"):
            await expect(page.get_by_text(words)).to_be_visible()
        renal = page.locator("details.b-container", has_text="Renal dosing")
        await expect(renal.locator("table")).to_be_hidden()
        await renal.locator("summary").focus()
        await page.keyboard.press("Enter")
        await expect(renal.locator("td").first).to_be_visible()
        await expect(renal.locator("th").first).to_have_attribute("scope", "col")
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        table = renal.locator(".table-wrap")
        assert await table.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
        await page.get_by_role("group", name="Feedback").get_by_role("button", name="Helpful", exact=True).click()
        await shoot(page, f"folds-{size[0]}")
        await page.wait_for_timeout(100)
    assert [got.payload["actions"][0]["value"] for got in stage.bot.got] == ["good"]

"""The page in a real Chromium: what a newcomer clicks, types, reads and opens."""

from __future__ import annotations

from playwright.async_api import Page, expect

from bot.playground.records import Message
from tests.browser.chromium import DESKTOP, PHONE, open_page, shoot
from tests.browser.conftest import Stage
from tests.browser.samples import ANSWER, ATTACKS, DOSES, EVERY_BLOCK, MODAL, mrkdwn, plain, section

BOT = "U0CREBOT01"


def put(stage: Stage, blocks: list[dict[str, object]], text: str = "text", **more: object) -> Message:
    """A message by the bot in #id-consults, without the API's refusals."""
    slack = stage.slack.workspace
    return slack.add(Message("C0IDCONS01", slack.new_ts(), BOT, text, blocks, **more))  # type: ignore[arg-type]


async def no_sideways_scroll(page: Page) -> None:
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    scrolls = await page.evaluate("[...document.querySelectorAll('.scroll')].map(n => n.scrollWidth - n.clientWidth)")
    assert all(each <= 0 for each in scrolls)


async def test_a_first_visitor_clicks_an_example_and_reads_a_private_answer(stage: Stage) -> None:
    stage.bot.answers = [ANSWER]
    async with open_page(stage.url) as page:
        await shoot(page, "page-first-visit-1280")
        await page.get_by_role("button", name="/cre kpc bacteremia").click()
        await expect(page.locator(".message")).to_contain_text("Only visible to you")
        await expect(page.locator(".b-header")).to_have_text("KPC · bloodstream infection")
        await expect(page.locator("td").first).to_have_text(">50")
        await page.mouse.move(5, 5)
        await shoot(page, "page-answer-1280")
    assert stage.bot.got[0].payload["text"] == "kpc bacteremia"
    assert stage.slack.faults == []


async def test_a_phone_shows_one_pane_at_a_time_and_never_scrolls_sideways(stage: Stage) -> None:
    stage.bot.answers = [ANSWER]
    async with open_page(stage.url, PHONE) as page:
        await shoot(page, "page-first-visit-390")
        await no_sideways_scroll(page)
        await page.locator("#composer-main").fill("/cre kpc bacteremia")
        await page.keyboard.press("Enter")
        await expect(page.locator(".b-header")).to_be_visible()
        await no_sideways_scroll(page)
        await shoot(page, "page-answer-390")
        await page.locator(".scroll").first.evaluate("node => { node.scrollTop = 1e6 }")
        await shoot(page, "page-answer-end-390")
        await page.get_by_role("button", name="Channels").click()
        await expect(page.locator("#sidebar")).to_be_visible()
        await expect(page.locator("#conversation")).to_be_hidden()
        await shoot(page, "page-channels-390")
        await page.get_by_role("button", name="CRE Bot").click()
        await expect(page.get_by_role("heading", name="CRE Bot", exact=True)).to_be_visible()
        put(stage, EVERY_BLOCK)
        await page.get_by_role("button", name="Channels").click()
        await page.locator(".room", has_text="id-consults").click()
        await expect(page.get_by_role("heading", name="Every block")).to_be_visible()
        await no_sideways_scroll(page)


async def test_every_block_is_drawn_and_an_unknown_one_is_shown_as_such(stage: Stage) -> None:
    put(stage, EVERY_BLOCK)
    put(
        stage, [{"type": "hologram", "depth": 3}, {"type": "actions", "elements": [{"type": "dial", "action_id": "x"}]}]
    )
    async with open_page(stage.url, (1280, 2200)) as page:
        content = page.locator(".content").first
        for words in ["Every block", "Mechanism", "rich", "inside the box", "Press me", "resistance by ward", "head"]:
            await expect(content).to_contain_text(words)
        for selector in [
            "strong:text-is('bold')",
            "em:text-is('italic')",
            "s:text-is('strike')",
            "code:text-is('code')",
            "a[href='https://example.org/']",
            ".mention:text-is('@Dr. Ada Okafor')",
            ".mention:text-is('#icu')",
            "blockquote:text-is('quoted')",
            "pre:text-is('pre *x*')",
            ".b-markdown table",
            ".b-rich ol li",
            "hr.b-divider",
            "input[type=radio]",
            "input[type=checkbox]",
            ".overflow summary",
            ".b-container",
            ".feedback",
        ]:
            await expect(content.locator(selector).first).to_be_visible()
        strange = page.locator(".b-unknown")
        await expect(strange.first).to_contain_text("Unknown block: hologram")
        await expect(strange.first).to_contain_text('"depth": 3')
        await expect(strange.nth(1)).to_contain_text("Unknown element: dial")
        await shoot(page, "page-every-block-1280")


async def test_doses_arrive_unharmed(stage: Stage) -> None:
    put(stage, [section(sent) for sent, _ in DOSES])
    async with open_page(stage.url) as page:
        await expect(page.locator(".content .b-text").first).to_be_visible()
        shown = await page.locator(".content .b-text").all_inner_texts()
    assert shown == [seen for _, seen in DOSES]


async def test_attacks_stay_text(stage: Stage) -> None:
    for attack in ATTACKS:
        blocks = [
            section(attack),
            {"type": "header", "text": plain(attack)},
            {"type": "markdown", "text": attack},
            {"type": "context", "elements": [mrkdwn(attack)]},
            {"type": "table", "rows": [[{"type": "raw_text", "text": attack}]]},
        ]
        put(stage, blocks, attack)
        put(stage, [], attack)
    async with open_page(stage.url) as page:
        await expect(page.locator(".message")).to_have_count(2 * len(ATTACKS))
        assert await page.evaluate("window.hacked") is None
        assert await page.locator(".content script, .content img, .content svg").count() == 0
        links = await page.locator(".content a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert all(link is None or link.startswith("https:") for link in links)
        await expect(page.locator(".message").first).to_contain_text("<script>window.hacked=1</script>")


async def test_a_mention_opens_a_thread_and_a_follow_up_goes_into_it(stage: Stage) -> None:
    async with open_page(stage.url) as page:
        box = page.locator("#composer-main")
        await box.press_sequentially("@CR")
        await expect(page.get_by_role("option")).to_contain_text(["@CRE Bot"])
        await page.keyboard.press("Enter")
        await box.press_sequentially("NDM in the blood, CrCl 25")
        await page.keyboard.press("Enter")
        await expect(page.locator(".message .mention")).to_have_text("@CRE Bot")
        event = stage.bot.got[0].payload["event"]
        assert event["text"] == f"<@{BOT}> NDM in the blood, CrCl 25"
        put(stage, [section("*NDM*, blood")], thread_ts=event["ts"])
        await page.get_by_role("button", name="1 reply").click()
        await expect(page.locator("#side")).to_contain_text("NDM, blood")
        reply = page.locator("#composer-thread")
        await reply.fill("/cre kpc")
        await page.keyboard.press("Enter")
        await expect(page.locator(".toast")).to_contain_text("do not work in threads")
        await reply.fill("@CRE Bot and for pneumonia?")
        await page.keyboard.press("Enter")
        await expect(page.locator("#side .message")).to_have_count(3)
        assert stage.bot.got[1].payload["event"]["thread_ts"] == event["ts"]
        await shoot(page, "page-thread-1280")
        await page.keyboard.press("Escape")
        await expect(page.locator("#side")).to_be_hidden()


async def test_buttons_menus_confirm_and_feedback_reach_the_bot(stage: Stage) -> None:
    put(stage, ANSWER["blocks"])
    async with open_page(stage.url, (1280, 1400)) as page:
        await page.get_by_role("button", name="Share to channel").click()
        await page.get_by_label("Change site").select_option("pneumonia")
        await page.get_by_role("button", name="Forget").click()
        await page.get_by_role("button", name="Keep").click()
        await page.get_by_role("button", name="Forget").click()
        await shoot(page, "page-confirm-1280")
        await page.locator("dialog").get_by_role("button", name="Forget").click()
        await page.get_by_role("button", name="Wrong").click()
        await expect(page.locator("select").last).to_have_value("pneumonia")
        await page.wait_for_timeout(100)
    actions = [got.payload["actions"][0] for got in stage.bot.got]
    assert [each["action_id"] for each in actions] == ["share", "site", "forget", "feedback"]
    assert actions[1]["selected_option"]["value"] == "pneumonia"
    assert actions[3]["value"] == "wrong"


async def test_a_modal_is_filled_refused_and_submitted(stage: Stage) -> None:
    async with open_page(stage.url) as page:
        slack = stage.slack.workspace
        slack.open_view("U0CLINIC01", MODAL)
        dialog = page.locator("dialog")
        await expect(dialog).to_be_visible()
        await dialog.get_by_role("button", name="Ask").click()
        await expect(page.locator(".lacking")).to_have_text("Please complete: Mechanism, Site")
        await dialog.get_by_label("Mechanism").select_option("ndm")
        await dialog.get_by_label("Blood").check()
        await dialog.get_by_label("CrCl").fill("900")
        await dialog.get_by_label("Penicillin").check()
        await dialog.get_by_label("Organism").fill("E. coli")
        await dialog.get_by_label("Colistin").check()
        stage.bot.answers = [{"response_action": "errors", "errors": {"crcl": "Between 1 and 300"}}]
        await dialog.get_by_role("button", name="Ask").click()
        await expect(dialog.locator(".b-error")).to_have_text("Between 1 and 300")
        await expect(dialog.get_by_label("CrCl")).to_have_value("900")
        await shoot(page, "page-modal-1280")
        await dialog.get_by_label("CrCl").fill("25")
        await dialog.get_by_role("button", name="Ask").click()
        await expect(dialog).to_have_count(0)
    values = stage.bot.got[-1].payload["view"]["state"]["values"]
    assert values["mechanism"]["mechanism"]["selected_option"]["value"] == "ndm"
    assert values["site"]["site"]["selected_option"]["value"] == "bacteremia"
    assert values["crcl"]["crcl"]["value"] == "25"
    assert values["note"]["crcl"]["value"] == "E. coli"
    assert [o["value"] for o in values["allergy"]["allergy"]["selected_options"]] == ["penicillin"]
    assert [o["value"] for o in values["resistant"]["resistant"]["selected_options"]] == ["colistin"]


async def test_others_see_no_private_answer_and_only_the_admin_sees_the_audit_log(stage: Stage) -> None:
    stage.bot.answers = [ANSWER]
    async with open_page(stage.url) as page:
        await page.get_by_role("button", name="/cre kpc bacteremia").click()
        await expect(page.locator(".message")).to_have_count(1)
        await expect(page.get_by_role("button", name="Audit log")).to_have_count(0)
        await page.get_by_label("Act as").select_option("U0ADMIN001")
        await expect(page.locator(".message")).to_have_count(0)
        await page.get_by_role("button", name="Audit log").click()
        await expect(page.locator("dialog td")).to_contain_text(["Dr. Ada Okafor", "slash", "kpc", "bacteremia"])
        await shoot(page, "page-audit-1280")
        await page.get_by_role("button", name="Close").click()
        await page.get_by_label("Act as").select_option("U0EXTERN01")
        await expect(page.locator(".room")).to_have_count(2)


async def test_a_silent_bot_is_said_to_be_silent(stage: Stage) -> None:
    stage.bot.answers = [500, 500]
    async with open_page(stage.url) as page:
        await page.locator("#composer-main").fill("/cre kpc")
        await page.keyboard.press("Enter")
        await expect(page.locator(".is-notice")).to_contain_text("/cre failed with the error")
        await expect(page.locator(".toast").first).to_contain_text("CRE Bot answered with an error")
        await page.locator("#composer-main").fill("@CRE Bot kpc")
        await page.keyboard.press("Enter")
        await expect(page.locator(".toast").last).to_contain_text("Slack tries again")
        await shoot(page, "page-failure-1280")


async def test_the_raw_payload_can_be_seen(stage: Stage) -> None:
    put(stage, [section("*KPC*")], "KPC in words")
    async with open_page(stage.url) as page:
        await page.locator(".message").hover()
        await page.get_by_role("button", name="Show the raw payload").click()
        await expect(page.locator(".raw pre")).to_contain_text('"text": "KPC in words"')
        await expect(page.locator(".raw pre")).to_contain_text('"text": "*KPC*"')


async def test_the_keyboard_alone_is_enough(stage: Stage) -> None:
    stage.bot.answers = [ANSWER]
    async with open_page(stage.url, DESKTOP) as page:
        await page.keyboard.type("/cre kpc bacteremia")
        await page.keyboard.press("Enter")
        await expect(page.locator(".b-header")).to_be_visible()
        await expect(page.locator("#composer-main")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        seen = set()
        for _ in range(30):
            seen.add(await page.evaluate("document.activeElement.textContent.trim().slice(0, 20)"))
            await page.keyboard.press("Shift+Tab")
        assert any("Share to channel" in each for each in seen)
        await page.keyboard.press("Alt+ArrowDown")
        await expect(page.get_by_role("heading", name="#icu")).to_be_visible()


async def test_dark_mode_follows_the_system_and_the_toggle(stage: Stage) -> None:
    stage.bot.answers = [ANSWER]
    async with open_page(stage.url, dark=True) as page:
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 25, 27)"
        await page.get_by_role("button", name="/cre kpc bacteremia").click()
        await expect(page.locator(".b-header")).to_be_visible()
        await page.mouse.move(5, 5)
        await shoot(page, "page-answer-dark-1280")
        await page.locator("#theme").click()
        await page.locator("#theme").click()
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


async def test_a_question_that_becomes_the_answer_is_read_from_its_beginning(stage: Stage) -> None:
    asked = put(stage, [section("Where is the infection?")])
    async with open_page(stage.url, PHONE) as page:
        await expect(page.locator(".message")).to_have_count(1)
        stage.slack.workspace.replace(asked, "answer", [section(f"line {number}\n" * 6) for number in range(30)])
        await expect(page.get_by_text("line 29").first).to_be_attached()
        assert await page.locator(".scroll").first.evaluate("node => node.scrollTop") < 20
        await page.locator(".scroll").first.evaluate("node => { node.scrollTop = 1e6 }")
        stage.slack.workspace.replace(asked, "answer", [section("again\n" * 200)])
        await expect(page.get_by_text("again").first).to_be_attached()
        await expect(page.locator(".author")).to_be_in_viewport()
        assert await page.locator(".scroll").first.evaluate("node => node.scrollTop") < 20

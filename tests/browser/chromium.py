"""A real Chromium for browser tests, one context a page, screenshots kept in test-artifacts/."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import ConsoleMessage, Page, async_playwright

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), _MAC)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = (390, 844)
DESKTOP = (1280, 860)


@asynccontextmanager
async def open_page(url: str, size: tuple[int, int] = DESKTOP, *, dark: bool = False) -> AsyncIterator[Page]:
    """The page at `url`; leaving fails if the page logged an error or asked for anything from elsewhere."""
    problems: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            context = await browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
                reduced_motion="reduce",
                has_touch=size == PHONE,
            )
            page = await context.new_page()

            def logged(message: ConsoleMessage) -> None:
                if message.type in {"error", "warning"}:
                    problems.append(message.text)

            page.on("console", logged)
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("request", lambda r: None if r.url.startswith((url, "data:")) else problems.append(r.url))
            page.set_default_timeout(8_000)
            await page.goto(url)
            await page.wait_for_selector("#composer-main[aria-label]")
            yield page
        finally:
            await browser.close()
    assert problems == []


async def shoot(page: Page, name: str) -> None:
    """Keep a screenshot to look at."""
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"{name}.png")

"""The simulator's chat page in a real browser: opened, looked at, and closed without a complaint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page, expect

PATIENCE_MS = 60_000
"""A page, a bot and a worker share a busy machine's cores."""

expect.set_options(timeout=PATIENCE_MS)
ANNA, BORIS, VERA = 1001, 1002, 1003
LIVE = {"en-US": "live", "ru-RU": "на связи"}


@asynccontextmanager
async def opened(
    browser: Browser, url: str, width: int = 1280, height: int = 800, locale: str = "en-US"
) -> AsyncIterator[Page]:
    """The chat page at `url`; afterwards the browser must have complained about nothing."""
    context = await browser.new_context(viewport={"width": width, "height": height}, locale=locale)
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    await expect(page.get_by_text(LIVE[locale], exact=True)).to_be_attached()
    yield page
    await context.close()
    assert complaints == []


def phone(page: Page, person: int) -> Locator:
    """A person's phone."""
    return page.locator(f'[data-person="{person}"]')

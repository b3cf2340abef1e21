"""The whole product at once: the demo's processes, its chat page in a real browser, and people who press buttons."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

from playwright.async_api import Browser, expect

ANNA, BORIS, VERA = 1001, 1002, 1003


async def test_one_takes_the_visitor_and_the_other_is_told(browser: Browser, clip: Path, tmp_path: Path) -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "amiko", "demo", "--video", str(clip),
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert demo.stdout is not None
    try:
        opening = (await demo.stdout.readline()).decode()
        address = re.search(r"http://127\.0\.0\.1:\d+/", opening)
        assert address is not None, opening
        page = await browser.new_page()
        await page.goto(address[0])
        anna, boris, vera = (page.locator(f'[data-person="{person}"]') for person in (ANNA, BORIS, VERA))
        await expect(anna.get_by_role("button", name="Беру")).to_have_count(2, timeout=60_000)
        await expect(boris.get_by_alt_text("Photo")).to_have_count(2)

        await boris.get_by_role("button", name="Беру").last.click()
        await expect(boris.get_by_text("Посетитель ваш.", exact=False).first).to_be_visible()
        await expect(anna.get_by_text("Посетителя встречает Борис.")).to_be_visible()
        await expect(anna.get_by_role("button", name="Беру")).to_have_count(1)

        await anna.get_by_role("button", name="Не моё").click()
        await expect(anna.get_by_text("Закрыто: не ваше.")).to_be_visible()
        await expect(vera.get_by_alt_text("Photo")).to_have_count(0)
        await page.close()
        await asyncio.wait_for(demo.stdout.readuntil(b"Ctrl-C ends"), 180)
    finally:
        os.kill(demo.pid, signal.SIGINT)
        _, errors = await asyncio.wait_for(demo.communicate(), 60)
    assert demo.returncode == 0, errors.decode()
    assert b"Traceback" not in errors

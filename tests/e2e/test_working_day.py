"""A whole working day in Russian, in a real browser, with the bot and the worker as processes of their own:
an invitation, a new assistant, a visitor taken and served, and the manager's figures."""

from __future__ import annotations

import asyncio
import csv
import io
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from bot.simulator.server import Person, Simulator
from tests.e2e.chats import VERA, opened, phone
from tests.e2e.conftest import Run, own_environment


@asynccontextmanager
async def running(
    tmp_path: Path, simulator: Simulator, url: str, *arguments: object
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An amiko process that talks to the simulator, ended with the block."""
    telegram = {
        "AMIKO_TELEGRAM__TOKEN": simulator.token,
        "AMIKO_TELEGRAM__BASE_URL": simulator.base_url,
        "AMIKO_TELEGRAM__BASE_FILE_URL": simulator.base_file_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "amiko", *map(str, arguments), "--db", url,
        cwd=tmp_path, env=own_environment() | telegram,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    assert "Traceback" not in errors.decode()


async def write(chat: Locator, text: str) -> None:
    await chat.get_by_label("Сообщение", exact=True).fill(text)
    await chat.get_by_role("button", name="Отправить").click()


async def let_in(page: Page, manager: Locator) -> Locator:
    """The manager invites Gleb, and Gleb opens the link; his phone."""
    await write(manager, "/login")
    await expect(manager.get_by_text("/invite")).to_be_visible()
    await write(manager, "/invite Глеб")
    await manager.get_by_role("link", name="https://t.me/amiko_bot?start=").click()
    await page.get_by_role("button", name="Новый человек…").click()
    await page.get_by_label("Имя").fill("Глеб Незнакомцев")
    await page.get_by_role("button", name="Добавить", exact=True).click()
    gleb = page.get_by_role("region", name="Глеб Незнакомцев")
    await expect(gleb.get_by_text("Здравствуйте, Глеб!")).to_be_visible()
    await expect(manager.get_by_text("Глеб: вход по вашему приглашению")).to_be_visible()
    return gleb


async def begin_to_wait(gleb: Locator) -> None:
    """Gleb finds the command in the menu of his role."""
    await gleb.get_by_role("button", name="Команды").click()
    await gleb.get_by_role("option", name="/wait").click()
    await expect(gleb.get_by_text("Вы ждёте")).to_be_visible()


async def serve_one(gleb: Locator) -> None:
    """Gleb takes the visitor on the newest card, and says what they wanted."""
    card = gleb.locator(".message:has(img)").last
    await card.get_by_role("button", name="Беру").click()
    await expect(gleb.get_by_text("Посетитель ваш.").first).to_be_visible()
    served = card.get_by_role("button", name="✅").first
    department = (await served.text_content() or "").removeprefix("✅ ")
    await served.click()
    await expect(card.get_by_text(f"✅ Обслужено: {department}.")).to_be_visible()
    await expect(card.get_by_text("изменено")).to_be_visible()
    await expect(card.get_by_role("button")).to_have_count(0)


async def look_at_figures(page: Page, manager: Locator) -> list[list[str]]:
    """The manager's picture, of today and then of a week, and the table that comes as a file."""
    await write(manager, "/stats")
    picture = manager.get_by_alt_text("Фото").last
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("image => image.naturalWidth") >= 600, "a phone shows it sharply"
    await manager.get_by_role("button", name="7 дней").click()
    await expect(manager.locator(".message:has(img)").get_by_text("изменено")).to_be_visible()
    await write(manager, "/stats csv")
    async with page.expect_download() as download:
        await manager.get_by_role("link", name=".csv").click()
    text = (await (await download.value).path()).read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


async def test_a_working_day(browser: Browser, amiko: Run, clip: Path, database_url: str, tmp_path: Path) -> None:
    added = amiko("staff", "add", "Вера", "--role", "manager", "--telegram-id", VERA, "--db", database_url)
    assert added.returncode == 0, added.stderr
    async with (
        Simulator([Person(VERA, "Вера", "vera", role="manager")]) as simulator,
        running(tmp_path, simulator, database_url, "bot"),
        opened(browser, simulator.url, 1400, 900, "ru-RU") as page,
    ):
        manager = phone(page, VERA)
        gleb = await let_in(page, manager)
        await begin_to_wait(gleb)
        async with running(tmp_path, simulator, database_url, "replay", clip, "--notify") as replay:
            await asyncio.wait_for(replay.wait(), 180)
        await serve_one(gleb)
        table = await look_at_figures(page, manager)
    assert len(table) > 1
    assert any("Глеб" in row for row in table), table

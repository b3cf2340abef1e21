"""`amiko replay --report` as a process, and its page in a real browser."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, ViewportSize

from tests.e2e.conftest import Run

PHONE = ViewportSize(width=390, height=844)


async def test_the_page_shows_every_visitor_and_asks_nobody(
    amiko: Run, clip: Path, tmp_path: Path, browser: Browser
) -> None:
    film = tmp_path / "<script>alert(1)<script>&'#.mp4"
    shutil.copy(clip, film)
    result = amiko("replay", film, "--report", "report", "--json", "-")
    assert result.returncode == 0, result.stderr
    visits = [json.loads(line)["visit"] for line in result.stdout.splitlines()]
    pages = list((tmp_path / "report").iterdir())
    assert [page.name for page in pages] == [f"{film.name}.html"]

    asked: list[str] = []
    said: list[str] = []
    context = await browser.new_context(viewport=PHONE, color_scheme="dark")
    page = await context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    await page.goto(pages[0].as_uri())
    cards = page.locator("article.card")
    assert [await card.get_attribute("data-visit") for card in await cards.all()] == visits
    assert await page.locator("svg.timeline .bar").count() >= len(visits)
    assert await page.title() == film.name
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    pictures = "[...document.images].map(image => image.complete && image.naturalWidth > 0)"
    assert set(await page.evaluate(pictures)) == {True}
    await page.locator("svg.timeline a").last.click()
    await page.locator("article.card:target").wait_for()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert [url.split("#")[0] for url in asked if url.startswith("file:")] == [pages[0].as_uri()]
    assert said == []


async def test_the_index_leads_to_the_pages(amiko: Run, clip: Path, tmp_path: Path, browser: Browser) -> None:
    for name in ("one #1?.mp4", "two.mp4"):
        shutil.copy(clip, tmp_path / name)
    assert amiko("replay", "one #1?.mp4", "two.mp4", "--report", "report").returncode == 0
    page = await browser.new_page()
    await page.goto((tmp_path / "report" / "index.html").as_uri())
    await page.get_by_role("link", name="one #1?.mp4").click()
    assert await page.locator("h1").inner_text() == "one #1?.mp4"
    assert await page.locator("article.card").count() == 2


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("file", "file: this is a file; name a folder"),
        ("/proc/none", "--report /proc/none: cannot be written"),
    ],
)
def test_a_folder_that_cannot_be_written_is_one_sentence(
    amiko: Run, clip: Path, tmp_path: Path, folder: str, says: str
) -> None:
    (tmp_path / "file").touch()
    result = amiko("replay", clip, "--report", folder)
    assert result.returncode == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr

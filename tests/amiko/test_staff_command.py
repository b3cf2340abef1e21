"""amiko staff: who is on the list, what they hear of, and an invitation for the first to bring it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from amiko.cli import app
from bot.simulator.server import Simulator
from db import giving_up, invites, staff, wishes
from db.engine import Database


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    return database_url


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["staff", *arguments, "--db", url])


def change(url: str, work) -> object:
    async def connected() -> object:
        database = Database(url)
        try:
            async with database.session() as session:
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(connected())


def test_the_list_says_what_somebody_hears_of_and_whether_they_can_be_reached(url) -> None:
    now = datetime.now(UTC)

    async def hire(session) -> None:
        anna = await staff.add(session, "[red]Анна[/red]", "assistant", telegram_id=1001)
        await wishes.set_filters(session, anna.id, departments=["kids", "kitchen"], cameras=["Вход"])
        await wishes.set_hours(session, anna.id, {"mon": ["09:00", "18:00"], "tue": ["09:00", "18:00"]})
        await wishes.set_quiet(session, anna.id, ["22:00", "08:00"])
        await wishes.mute(session, anna.id, now + timedelta(hours=1))
        await giving_up.unreachable(session, anna.id, error="Forbidden")
        await staff.add(session, "Борис", "assistant", telegram_id=1002)

    change(url, hire)
    listed = run(url, "list").stdout

    for words in ("[red]Анна[/red]", "kids, kitchen, Вход", "Mon–Tue 09:00–18:00", "quiet 22:00–08:00"):
        assert words in listed
    assert re.search(r"off, muted until [\d.]+ \d\d:\d\d, unreachable since [\d.]+ \d\d:\d\d", listed)
    assert re.search(r"Борис .* off +│ all ", listed)


def test_an_invitation_is_a_word_to_the_bot_that_works_once(url) -> None:
    said = run(url, "invite", "Вера", "--role", "manager").stdout
    token = re.search(r"^/start ([\w-]{32})$", said, re.MULTILINE)
    assert token is not None
    assert "Within 24 hours, Вера writes this to the bot" in said

    async def use(session) -> object:
        return await invites.use(session, token[1], telegram_id=3, chat_id=3, now=datetime.now(UTC))

    person, _ = change(url, use)
    assert (person.name, person.role) == ("Вера", "manager")
    assert change(url, use)[0].id == person.id


async def test_an_invitation_is_a_link_where_telegram_says_what_the_bot_is_called(url, monkeypatch) -> None:
    async with Simulator() as simulator:
        monkeypatch.setenv("AMIKO_TELEGRAM__TOKEN", simulator.token)
        monkeypatch.setenv("AMIKO_TELEGRAM__BASE_URL", simulator.base_url)
        said = (await asyncio.to_thread(run, url, "invite", "Вера")).stdout
        link = re.search(r"^https://t\.me/\w+\?start=([\w-]{32})$", said, re.MULTILINE)
        assert link is not None
        assert "Within 24 hours, Вера opens this link and presses Start" in said
        assert f"/start {link[1]}" in said
        assert (await simulator.follow(1001, link[0])).text == f"/start {link[1]}"  # which only this bot's link does
        simulator.faults.revoke_token()
        said = (await asyncio.to_thread(run, url, "invite", "Вера")).stdout
    assert "Вера writes this to the bot" in said
    assert simulator.token not in said


def test_an_invitation_does_not_wait_for_a_bot_api_that_is_away(url, monkeypatch) -> None:
    monkeypatch.setenv("AMIKO_TELEGRAM__TOKEN", "1:simulator")
    monkeypatch.setenv("AMIKO_TELEGRAM__BASE_URL", "http://127.0.0.1:9/bot")  # where nobody listens
    result = run(url, "invite", "Вера")
    assert result.exit_code == 0
    assert "writes this to the bot" in result.stdout


def test_an_invitation_for_nobody_is_refused(url) -> None:
    result = run(url, "invite", "\u200b")
    assert result.exit_code != 0
    assert "a name must have 1 to 64 characters" in str(result.exception)

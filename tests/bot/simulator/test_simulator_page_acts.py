"""What the page posts: each act does its one thing, and what makes no sense is refused with a sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram import Bot
from telegram.error import TelegramError

from bot.simulator.server import Simulator

ANNA, BORIS, VERA = 1001, 1002, 1003


@pytest.fixture
async def http(simulator: Simulator, client: Bot) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{simulator.url}simulator/") as http:
        yield http


async def test_a_stranger_joins_and_opens_a_link_at_once(simulator: Simulator, http: httpx.AsyncClient) -> None:
    link = "https://t.me/amiko_bot?start=token-1"
    assert (await http.post("join", json={"name": " Глеб ", "language": "ru", "link": link})).status_code == 200
    gleb = (await http.get("state")).json()["people"][-1]
    assert (gleb["id"], gleb["name"], gleb["role"], gleb["language"]) == (1004, "Глеб", "", "ru")
    assert [message["text"] for message in gleb["messages"]] == ["/start token-1"]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://t.me/amiko_bot?start=a", "/start a"),
        ("http://telegram.me/Amiko_Bot/?start=a", "/start a"),
        ("t.me/amiko_bot", "/start"),
    ],
)
async def test_a_link_is_followed(simulator: Simulator, link: str, said: str) -> None:
    assert (await simulator.follow(VERA, link)).text == said


@pytest.mark.parametrize(
    "link",
    [
        "https://t.me/another_bot?start=a",
        "https://t.me/amiko_bot?start=",
        "https://t.me/amiko_bot?start=a+b",
        "https://t.me/amiko_bot?start=" + "x" * 65,
        "https://evil.example/t.me/amiko_bot",
    ],
)
async def test_a_link_that_leads_elsewhere_is_not_followed(simulator: Simulator, link: str) -> None:
    with pytest.raises(ValueError, match="is no link to this bot"):
        await simulator.follow(VERA, link)
    assert simulator.messages(VERA) == []


async def test_a_person_blocks_and_unblocks(simulator: Simulator, http: httpx.AsyncClient) -> None:
    await http.post("block", json={"person": ANNA, "blocked": True})
    assert (await http.get("state")).json()["people"][0]["blocked"] is True
    await http.post("block", json={"person": ANNA, "blocked": False})
    assert (await http.get("state")).json()["people"][0]["blocked"] is False


@pytest.mark.parametrize("kind", ["away", "revoked", "flood", "error", "drop", "lose"])
async def test_each_fault_breaks_a_request_until_it_is_lifted(http: httpx.AsyncClient, client: Bot, kind: str) -> None:
    assert (await http.post("break", json={"kind": kind, "times": 5})).json() == {"ok": True}
    (fault,) = (await http.get("state")).json()["faults"]
    assert fault["kind"] == kind
    with pytest.raises(TelegramError):
        await client.send_message(ANNA, "hello")
    await http.post("lift", json={"id": fault["id"]})
    assert (await http.get("state")).json()["faults"] == []
    assert await client.send_message(ANNA, "hello")


async def test_limits_are_switched_on_and_off(http: httpx.AsyncClient) -> None:
    for on in (True, False):
        await http.post("limit", json={"on": on})
        assert (await http.get("state")).json()["limits"] is on


@pytest.mark.parametrize(
    ("act", "body", "reason"),
    [
        ("dance", {}, "Nobody can do that here"),
        ("say", {"person": ANNA}, "text: Field required"),
        ("say", {"person": ANNA, "text": "a", "role": "manager"}, "role: Extra inputs"),
        ("block", {"person": 7, "blocked": True}, "nobody here has the id 7"),
        ("join", {"name": " ", "language": "ru"}, "a name has 1 to 64 characters"),
        ("join", {"name": "A", "language": "fr"}, "language: "),
        ("break", {"kind": "fire"}, "kind: "),
        ("break", {"kind": "away", "seconds": 0}, "seconds: "),
        ("break", {"kind": "error", "times": 0}, "times: "),
        ("break", {"kind": "error", "method": "sendSmoke"}, "knows no method sendSmoke"),
        ("break", {"kind": "flood", "person": 7}, "nobody here has the id 7"),
    ],
)
async def test_acts_that_make_no_sense_are_refused(
    http: httpx.AsyncClient, act: str, body: dict[str, Any], reason: str
) -> None:
    answer = await http.post(act, json=body)
    assert answer.status_code in {400, 404}
    assert reason in answer.json()["error"]
    assert (await http.get("state")).json()["faults"] == []

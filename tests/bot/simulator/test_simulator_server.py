"""The server starts and stops cleanly, listens on this machine only, and keeps other web sites out."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from urllib.parse import unquote

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.simulator import page_files
from bot.simulator.server import Person, Simulator


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "192.168.1.5", "::1"])
def test_it_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match=r"listens on 127\.0\.0\.1 only"):
        Simulator(host=host)


@pytest.mark.parametrize("wrong", [{"token": "simulator"}, {"port": 70_000}])
def test_a_wrong_token_or_port_is_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"token looks like|is no port"):
        Simulator(**wrong)


async def test_a_taken_port_is_said(simulator: Simulator) -> None:
    port = httpx.URL(simulator.url).port
    with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 cannot be used; choose another one"):
        async with Simulator(port=port or 0):
            pass


async def test_it_leaves_the_signals_alone_and_frees_its_port_with_polls_and_pages_open() -> None:
    handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    async with Simulator() as simulator, httpx.AsyncClient(timeout=20) as http:
        assert {name: signal.getsignal(name) for name in handlers} == handlers
        poll = asyncio.create_task(http.get(f"{simulator.base_url}{simulator.token}/getUpdates?timeout=30"))
        page = asyncio.create_task(http.get(f"{simulator.url}simulator/events"))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await simulator.__aexit__(None, None, None)
        assert time.monotonic() - began < 15
        assert (await poll).json() == {"ok": True, "result": []}
        assert (await page).text.startswith("event: state\n")
        port = httpx.URL(simulator.url).port
        async with Simulator(port=port or 0) as successor:
            assert successor.url == simulator.url


async def test_answers_are_not_held_back_by_nagle(client: Bot) -> None:
    seconds = []
    for _ in range(20):
        began = time.perf_counter()
        await client.send_message(1001, "hello")
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.035, "a delayed acknowledgement costs 40 ms each time"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8081"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:8081"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_requests_of_other_sites_are_refused(simulator: Simulator, headers: dict[str, str], status: int) -> None:
    async with httpx.AsyncClient(headers=headers) as http:
        for path in ("simulator/state", f"bot{simulator.token}/getMe"):
            assert (await http.get(simulator.url + path)).status_code == status


async def test_the_page_has_a_strict_policy_and_no_foreign_address(simulator: Simulator) -> None:
    async with httpx.AsyncClient(base_url=simulator.url) as http:
        page = await http.get("/", headers={"Sec-Fetch-Site": "cross-site"})
        parts = [await http.get(name) for name in re.findall(r'(?:href|src)="(/page/[^"]+)"', page.text)]
        missing = await http.get("/page/..%2Fserver.py")
    assert len(parts) == 4
    assert missing.status_code == 404
    for part in (page, *parts):
        assert part.status_code == 200
        policy = part.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert part.headers["x-content-type-options"] == "nosniff"


def test_no_part_of_the_page_reaches_out_or_writes_html() -> None:
    for part in page_files.FOLDER.iterdir():
        text = part.read_text(encoding="utf-8")
        for never in ("https://", "@import", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert never not in text.replace('"https://" + text', ""), (part.name, never)


async def test_people_can_be_driven_over_http(simulator: Simulator, client: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Take", callback_data="take")]])
    sent = await client.send_message(1001, "A visitor", reply_markup=keyboard)
    async with httpx.AsyncClient(base_url=f"{simulator.url}simulator/") as http:
        press = {"person": 1001, "message": sent.message_id, "button": "take"}
        assert (await http.post("say", json={"person": 1003, "text": "hi"})).json() == {"ok": True}
        assert (await http.post("press", json=press)).json() == {"ok": True}
        chats = (await http.get("state")).json()
    assert simulator.messages(1003)[-1].text == "hi"
    assert (await client.get_updates())[-1].callback_query.data == "take"
    assert [person["name"] for person in chats["people"]] == ["Анна", "Борис", "Вера"]
    assert chats["people"][0]["messages"][-1]["buttons"] == [[{"text": "Take", "data": "take", "url": None}]]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"person": 1001, "text": "hi"}', "text/plain", 415),
        ("person=1001&text=hi", "application/x-www-form-urlencoded", 415),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ('{"person": "1001", "text": "hi"}', "application/json", 400),
        ('{"person": 7, "text": "hi"}', "application/json", 400),
        ('{"person": 1001, "text": "  "}', "application/json", 400),
        ('{"person": 1001, "text": "\\ud800"}', "application/json", 400),
    ],
)
async def test_a_tap_that_makes_no_sense_is_refused(simulator: Simulator, body: str, kind: str, status: int) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{simulator.url}simulator/say", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.json()["error"]
    assert simulator.messages(1001) == []


async def test_photos_are_shown_and_documents_are_only_downloaded(
    simulator: Simulator, client: Bot, jpeg: bytes
) -> None:
    photo = await client.send_photo(1001, jpeg)
    page = await client.send_document(1001, b"<script>alert(1)</script>", filename="день; x=y.html")
    async with httpx.AsyncClient(base_url=f"{simulator.url}simulator/file/") as http:
        shown = await http.get(photo.photo[-1].file_unique_id)
        kept = await http.get(page.document.file_unique_id)
        missing = await http.get("nothing")
    assert (shown.content, shown.headers["content-type"]) == (jpeg, "image/jpeg")
    assert kept.headers["content-type"] == "application/octet-stream"
    name = kept.headers["content-disposition"].removeprefix("attachment; filename*=utf-8''")
    assert unquote(name) == "день; x=y.html"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert missing.status_code == 404


async def test_events_bring_the_whole_state_first_and_then_each_change(simulator: Simulator, client: Bot) -> None:
    events: list[tuple[str, dict[str, object]]] = []
    async with (
        httpx.AsyncClient(timeout=60) as http,
        http.stream("GET", f"{simulator.url}simulator/events") as stream,
    ):
        name = ""
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
                if name == "state":
                    await client.send_message(1002, "hello")
                else:
                    break
    assert [name for name, _ in events] == ["state", "message"]
    assert events[1][1]["person"] == 1002
    assert events[1][1]["message"]["text"] == "hello"


async def test_other_people_can_sit_at_the_phones() -> None:
    async with Simulator([Person(5, "Zoe", language_code="en")]) as simulator:
        await simulator.say(5, "hi")
        assert [message.text for message in simulator.messages(5)] == ["hi"]
        with pytest.raises(LookupError, match=r"nobody here has the id 1001; there are 5 \(Zoe\)"):
            simulator.messages(1001)


def test_it_runs_alone_and_stops_at_ctrl_c() -> None:
    command = [sys.executable, "-m", "bot.simulator", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        opened = run.stdout.readline()
        setting = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 0
        assert run.stderr.read() == ""
    assert opened.startswith("Telegram on your machine: open http://127.0.0.1:")
    assert setting.startswith("AMIKO_TELEGRAM__BASE_URL=http://127.0.0.1:")

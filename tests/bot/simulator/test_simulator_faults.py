"""Faults meet the requests that they are meant for, as often as they are meant to, and end."""

from __future__ import annotations

import asyncio
import time

import pytest
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.simulator.server import Simulator

ANNA, BORIS = 1001, 1002


def texts(simulator: Simulator, person: int) -> list[str]:
    return [message.text for message in simulator.messages(person) if message.from_bot]


async def test_a_failure_meets_one_chat_and_not_the_others(simulator: Simulator, client: Bot) -> None:
    simulator.faults.fail(None, 500, person_id=ANNA)
    await client.send_message(BORIS, "hello")
    await client.get_updates()
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await client.send_chat_action(ANNA, "typing")
    await client.send_message(ANNA, "hello")


async def test_a_flood_tells_the_seconds_that_are_left(simulator: Simulator, client: Bot) -> None:
    simulator.faults.flood(1.9, ANNA)
    for seconds in (2, 1):
        with pytest.raises(RetryAfter) as flood:
            await client.send_message(ANNA, "too soon")
        assert flood.value._retry_after.total_seconds() == seconds
        await client.send_message(BORIS, "hello")
        await asyncio.sleep(1)
    await client.send_message(ANNA, "now")
    assert texts(simulator, ANNA) == ["now"]


async def test_a_slow_answer_is_an_answer_to_something_done(simulator: Simulator, client: Bot) -> None:
    simulator.faults.slow(0.5, "sendMessage")
    with pytest.raises(TimedOut):
        await client.send_message(ANNA, "done", read_timeout=0.1)
    await simulator.wait_for(ANNA, lambda message: message.text == "done")


@pytest.mark.parametrize(("done", "arrived"), [(False, []), (True, ["hello"])])
async def test_a_dropped_connection_leaves_open_what_was_done(
    simulator: Simulator, client: Bot, done: bool, arrived: list[str]
) -> None:
    simulator.faults.drop("sendMessage", done=done)
    with pytest.raises(NetworkError, match=r"(?i)disconnected|ReadError"):
        await client.send_message(ANNA, "hello")
    assert texts(simulator, ANNA) == arrived
    assert simulator.received[-1].status is None
    await client.send_message(ANNA, "again")


async def test_a_server_that_is_away_breaks_open_polls_and_comes_back(simulator: Simulator, client: Bot) -> None:
    poll = asyncio.create_task(client.get_updates(offset=3, timeout=20))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    simulator.faults.away(2)
    with pytest.raises(NetworkError):
        await poll
    asked = len(simulator.received)
    with pytest.raises(NetworkError):
        await client.send_message(ANNA, "hello")
    assert time.monotonic() - began < 2
    assert len(simulator.received) == asked, "who is away receives nothing"
    await asyncio.sleep(2)
    await client.send_message(ANNA, "hello")


async def test_a_revoked_token_opens_nothing_until_it_is_given_back(simulator: Simulator, client: Bot) -> None:
    simulator.faults.revoke_token()
    with pytest.raises(InvalidToken):
        await client.send_message(ANNA, "hello")
    with pytest.raises(InvalidToken):
        await client.get_updates()
    simulator.faults.lift()
    await client.send_message(ANNA, "hello")


async def test_faults_that_make_no_sense_are_refused(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="at least one request"):
        simulator.faults.fail("sendMessage", 500, times=0)
    with pytest.raises(ValueError, match="lasts more than"):
        simulator.faults.away(0)
    with pytest.raises(ValueError, match="knows no method"):
        simulator.faults.drop("sendSmoke")

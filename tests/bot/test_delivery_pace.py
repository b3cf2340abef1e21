"""The pace: 30 messages in any second, one a second into a chat, answers first, quiet where Telegram asks for it."""

from __future__ import annotations

import asyncio
import time
from itertools import count

import pytest

from bot.delivery.pace import Pace


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock)


def send_all(pace: Pace, clock: Clock, messages: int) -> list[float]:
    """When each message to a chat of its own went out, taking every bit of room at once."""
    sent: list[float] = []
    for chat in count(1):
        while not pace.room():
            clock.now += pace.pause(1.0)
        pace.take(chat)
        sent.append(clock.now)
        if len(sent) == messages:
            return sent
    raise AssertionError


def test_300_messages_take_little_more_than_10_seconds_and_never_more_than_30_in_one(pace, clock) -> None:
    sent = send_all(pace, clock, 300)

    assert 10 <= sent[-1] - sent[0] <= 11
    assert max(sum(start <= at < start + 1 for at in sent) for start in sent) <= 30


def test_three_processes_of_one_bot_send_as_fast_as_one_and_no_faster(clock) -> None:
    paces, sent = [Pace(clock) for _ in range(3)], []
    for pace in paces:
        pace.share(3)
    while len(sent) < 150:
        for pace in paces:
            if pace.room():
                pace.take(len(sent))
                sent.append(clock.now)
        clock.now += 0.01

    assert max(sum(start <= at < start + 1 for at in sent) for start in sent) <= 30
    assert sent[-1] - sent[0] <= 6


def test_who_joins_others_waits_until_they_keep_to_their_share_and_who_is_left_sends_all(pace, clock) -> None:
    pace.share(2)
    assert pace.room() == 0
    clock.now += pace.pause(10)
    assert pace.room() == 2
    sent = send_all(pace, clock, 40)
    assert max(sum(start <= at < start + 1 for at in sent) for start in sent) <= 15

    pace.share(1)
    sent = send_all(pace, clock, 60)
    assert sent[-1] - sent[0] <= 2.1


def test_what_was_not_sent_after_all_costs_nothing(pace, clock) -> None:
    for _ in range(100):
        pace.give_back(7, pace.take(7))
    assert (pace.room(), pace.resting()) == (2, set())


def test_a_chat_gets_a_few_at_once_and_then_one_a_second(pace, clock) -> None:
    for _ in range(3):
        assert pace.resting() == set()
        pace.take(7)
        clock.now += 0.05
    assert pace.resting() == {7}

    clock.now += 1
    assert pace.resting() == set()
    pace.take(7)
    assert pace.resting() == {7}


def test_it_says_how_long_a_full_chat_rests(pace, clock) -> None:
    for _ in range(3):
        pace.take(7)
    clock.now += 0.5
    clock.now += pace.pause(10)
    assert pace.resting() == set()


def test_a_refused_chat_rests_as_long_as_telegram_asks_and_the_others_go_on(pace, clock) -> None:
    assert pace.refused(7, 5) is False
    assert (pace.resting(), pace.room()) == ({7}, 2)
    clock.now += 5
    assert pace.resting() == set()


def test_several_chats_refused_within_a_second_mean_the_bot(pace, clock) -> None:
    assert [pace.refused(1, 8), pace.refused(1, 8), pace.refused(2, 8)] == [False, False, False]
    assert pace.refused(3, 8) is True
    assert pace.room() == 0
    clock.now += 8
    assert pace.room() == 2


def test_chats_refused_one_after_the_other_rest_alone(pace, clock) -> None:
    for chat in range(5):
        assert pace.refused(chat, 60) is False
        clock.now += 0.6
    assert pace.room() == 2


async def test_answers_go_before_messages_and_wait_for_a_turn_only() -> None:
    pace = Pace()
    for chat in range(20):  # more than has room
        pace.take(chat)
    started = time.monotonic()
    answers = [asyncio.create_task(pace.answer(100 + n)) for n in range(4)]
    await asyncio.sleep(0)

    assert pace.room() == 0  # the notifier waits until they are gone
    await asyncio.gather(*answers)
    assert 0.1 <= time.monotonic() - started < 5


async def test_an_answer_that_has_yet_to_notice_its_turn_holds_messages_up_for_a_moment_only(pace, clock) -> None:
    for chat in range(20):
        pace.take(chat)
    answer = asyncio.create_task(pace.answer(100))
    await asyncio.sleep(0)
    clock.now += 10
    assert pace.room() == 0
    assert pace.pause(10) < 0.1
    await answer

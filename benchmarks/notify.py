"""How fast people are told, and answered: `python -m benchmarks.notify [--visits N] [--assistants N] [--taps N]`.

Three processes, as in a shop: this one is the Bot API server (the simulator, with Telegram's limits on), one runs the
bot, one commits visits the way the worker does. Cards are photo cards.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.shop import FIRST_CHAT, Shop, open_shop
from bot.simulator.server import Request
from db.models import Visit

PRESS_PAUSE_SECONDS = 0.06


@dataclass(frozen=True)
class Crowd:
    """How everybody was told of one visit.

    Attributes:
        seconds: from the commit to the last card.
        out_of_order: how many cards came before one of somebody who had waited longer.
        most_in_a_second: messages, counted in every window of a second.
        presses: milliseconds from each press of another user to its answer meanwhile.
    """

    seconds: float
    out_of_order: int
    most_in_a_second: int
    presses: list[float]


async def one_waiting(shop: Shop, chats: Sequence[int], count: int, pause: float) -> list[float]:
    """Milliseconds from each commit to its card; a different one waits each time, as a chat takes one a second."""
    took = []
    for n in range(count):
        await shop.wait_only([chats[n % len(chats)]])
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        _, committed = await shop.visitor()
        (card,) = await shop.cards(committed - 0.01, 1)
        took.append(1000 * (card.at - committed))
    return took


async def crowd(shop: Shop, chats: Sequence[int], others: Sequence[int]) -> Crowd:
    """Tell everybody of one visit, while others press the buttons of their open cards."""
    waiting = random.sample(chats, len(chats))
    await shop.wait_only(waiting)
    await asyncio.sleep(2)
    pressing = asyncio.create_task(presses(shop, others))
    await asyncio.sleep(0.5)
    _, committed = await shop.visitor()
    cards = await shop.cards(committed - 0.01, len(chats))
    pressing.cancel()
    place = {chat: n for n, chat in enumerate(waiting)}
    came = [place[card.chat_id] for card in cards if card.chat_id is not None]
    instants = [card.at for card in cards]
    return Crowd(
        seconds=max(instants) - committed,
        out_of_order=sum(later < earlier for earlier, later in pairwise(came)),
        most_in_a_second=max(sum(start <= at < start + 1 for at in instants) for start in instants),
        presses=await pressing,
    )


async def presses(shop: Shop, chats: Sequence[int]) -> list[float]:
    """Press "Not mine" on one open card after the other until cancelled; milliseconds to each answer."""
    took: list[float] = []
    cards = [(m.chat_id, m.message_id, m.buttons[1]) for c in chats for m in shop.simulator.messages(c) if m.inline]
    try:
        for chat, message_id, label in random.sample(cards, len(cards)):
            seen, pressed = len(shop.simulator.received), time.time()
            await shop.simulator.press(chat, message_id, label)
            took.append(1000 * ((await answers_since(shop, seen, 1))[0].at - pressed))
            await asyncio.sleep(PRESS_PAUSE_SECONDS)
    except asyncio.CancelledError:
        pass
    return took


async def answers_since(shop: Shop, seen: int, number: int) -> list[Request]:
    """The first so many answers to presses that come after so many requests."""
    while True:
        answers = [request for request in shop.simulator.received[seen:] if request.method == "answercallbackquery"]
        if len(answers) >= number:
            return answers
        await asyncio.sleep(0.002)


async def taps(shop: Shop, chats: Sequence[int]) -> tuple[float, Counter[str], int]:
    """Everybody presses Take at once: seconds to the last answer, the answers, and how often the visit was taken."""
    await shop.wait_only(chats)
    await asyncio.sleep(2)
    visit_id, committed = await shop.visitor()
    await shop.cards(committed - 0.01, len(chats))
    await asyncio.sleep(0.5)
    cards = [(chat, shop.simulator.messages(chat)[-1]) for chat in chats]
    before = {chat: len(shop.simulator.toasts(chat)) for chat in chats}
    seen, pressed = len(shop.simulator.received), time.time()
    for chat, card in cards:
        await shop.simulator.press(chat, card.message_id, card.buttons[0])
    async with asyncio.timeout(60):
        answers = await answers_since(shop, seen, len(chats))
    await asyncio.sleep(0.2)
    said = Counter(toast.text for chat in chats for toast in shop.simulator.toasts(chat)[before[chat] :])
    async with shop.database.reading() as session:
        taken = int((await session.get_one(Visit, visit_id)).claimed_by is not None)
    return max(answer.at for answer in answers) - pressed, said, taken


async def measure(options: argparse.Namespace, folder: str) -> None:
    """Measure and print."""
    async with open_shop(options.assistants + 10, folder) as shop:
        chats = range(FIRST_CHAT, FIRST_CHAT + options.assistants)
        others = range(FIRST_CHAT + options.assistants, FIRST_CHAT + options.assistants + 10)
        took = await one_waiting(shop, others, options.visits, options.pause)
        print(f"commit → card at the Bot API server, {len(took)} visits, one waiting assistant")
        print(f"  p50 {quantile(took, 0.5):.1f} ms (goal 15)  p90 {quantile(took, 0.9):.1f} ms", end="  ")
        print(f"p99 {quantile(took, 0.99):.1f} ms (goal 100)  worst {max(took):.1f} ms", flush=True)

        told = await crowd(shop, chats, others)
        goal = options.assistants / 30 * 1.1
        print(f"one visit to {options.assistants} waiting assistants, 30 messages a second")
        print(f"  everybody after {told.seconds:.2f} s (goal {goal:.1f})", end="  ")
        print(f"at most {told.most_in_a_second} in a second  out of order {told.out_of_order}")
        print(f"answer to another user's press meanwhile, {len(told.presses)} presses")
        print(f"  p50 {statistics.median(told.presses):.1f} ms  p99 {quantile(told.presses, 0.99):.1f} ms", end=" ")
        print(f"(goal 300)  worst {max(told.presses):.1f} ms", flush=True)

        seconds, said, taken = await taps(shop, chats[: options.taps])
        print(f"{options.taps} simultaneous taps on Take")
        print(f"  all answered after {seconds:.2f} s  taken {taken} time(s)  answers {sorted(said.values())}")


def quantile(values: list[float], q: float) -> float:
    """The smallest value that at least a share q of the values does not exceed."""
    return sorted(values)[max(0, -(-int(q * 1000) * len(values) // 1000) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.15, help="seconds between visits, on average")
    parser.add_argument("--assistants", type=int, default=300)
    parser.add_argument("--taps", type=int, default=200)
    options = parser.parse_args()
    if options.taps > options.assistants:
        sys.exit("--taps: no more than there are assistants")
    print(f"{os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f} before the start")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(options, folder))


if __name__ == "__main__":
    main()

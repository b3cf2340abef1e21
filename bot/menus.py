"""The commands of each role: as the menu that Telegram shows, and as the list that /help sends."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.shop import Shop
from bot.texts import LANGUAGES, Speech, speech
from db.models import MANAGERS, Staff

_log = logging.getLogger(__name__)
_failed: set[str] = set()


def commands(role: str | None, t: Speech) -> list[tuple[str, str]]:
    """Each command with what it does; None is the role of a stranger."""
    if role is None:
        return [
            ("start", t.plain("what this bot is for")),
            ("login", t.plain("sign in, or ask the managers to let you in")),
        ]
    if role in MANAGERS:
        chain = [
            ("shops", t.plain("every shop at a glance")),
            ("compare", t.plain("two shops in one picture: their names, then a period")),
        ]
        own = [
            *(chain if role == "chain_manager" else []),
            ("stats", t.plain("visitors in figures and a picture")),
            ("staff", t.plain("who is waiting, and what each has done today")),
            ("cameras", t.plain("how the cameras are doing")),
            ("missed", t.plain("visitors whom nobody met")),
            ("digest", t.plain("a picture of the day, every day: on 21:00 or off")),
            ("routing", t.plain("how often departments were foreseen, and what was learnt")),
            ("churn", t.plain("online customers who are about to buy less; with a number, all of one")),
            ("segments", t.plain("segments of the online shop")),
            ("segment", t.plain("one segment: its name")),
            ("gender", t.plain("who is probably behind a session: its number")),
            ("count", t.plain("how often a session looked at a category: u10003 B00002")),
            ("invite", t.plain("a link that lets somebody in: a name, then manager if they are one")),
        ]
    else:
        own = [
            ("wait", t.plain("I am free, tell me about visitors")),
            ("busy", t.plain("I am with somebody")),
            ("off", t.plain("I am not at work")),
            ("mute", t.plain("no cards for so many minutes: 30, or off")),
            ("hours", t.plain("my working hours: mon-fri 09:00-18:00, or off")),
            ("quiet", t.plain("my quiet hours: 22:00-08:00, or off")),
            ("departments", t.plain("which departments I want to hear of")),
            ("mycameras", t.plain("which cameras I want to hear of")),
        ]
    return [
        *own,
        ("language", t.plain("Russian or English: ru or en")),
        ("privacy", t.plain("what is stored, and how to delete what is stored of me")),
        ("help", t.plain("what I can do here")),
    ]


async def show_to_strangers(bot: Bot, shop: Shop) -> None:
    """Set the menu of everybody who has none of their own, in the shop's language and in each of ours."""
    await _attempt("setMyCommands", partial(bot.set_my_commands, _menu(None, shop.speech(None))))
    for language in LANGUAGES:
        menu = _menu(None, speech(language))
        await _attempt("setMyCommands", partial(bot.set_my_commands, menu, language_code=language))


async def show_to(bot: Bot, shop: Shop, person: Staff) -> None:
    """Give a person who has signed in the menu of their role in their language."""
    if person.chat_id is not None:
        scope = BotCommandScopeChat(person.chat_id)
        menu = _menu(person.role, shop.speech(person.language))
        await _attempt("setMyCommands", partial(bot.set_my_commands, menu, scope=scope))


async def take_from(bot: Bot, chat_id: int) -> None:
    """Leave a chat with the menu of strangers."""
    await _attempt("deleteMyCommands", partial(bot.delete_my_commands, scope=BotCommandScopeChat(chat_id)))


def _menu(role: str | None, t: Speech) -> list[BotCommand]:
    return [BotCommand(name, description) for name, description in commands(role, t)]


async def _attempt(method: str, call: Callable[[], Awaitable[bool]]) -> None:
    """A menu is a convenience: where Telegram refuses one, everything else goes on, and the log says so once."""
    try:
        await call()
    except TelegramError as error:
        if method not in _failed:
            _failed.add(method)
            _log.info("command menus cannot be brought up to date: %s: %s", method, error.message)

"""What somebody gets who is in: a greeting, the keyboard and the menu of their role."""

from __future__ import annotations

from html import escape
from typing import Any

from telegram import ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.ext import CallbackContext

from bot import menus
from bot.keyboards import status_keyboard
from bot.shop import Shop
from bot.texts import Speech
from db.models import Staff

Context = CallbackContext[Any, Any, Any, Any]


async def welcome(shop: Shop, context: Context, person: Staff) -> None:
    """Greet somebody who has just got in.

    Raises:
        TelegramError: they cannot be written to.
    """
    await greet(shop, context, person)
    refresh_menu(shop, context, person)


async def greet(shop: Shop, context: Context, person: Staff) -> None:
    """Say hello, and what they can do."""
    t = shop.speech(person.language)
    hello = t("Hello, {name}! You are signed in.", name=person.name)
    await say(shop, context, person, f"{hello}\n\n{abilities(person, t)}")


async def say(shop: Shop, context: Context, person: Staff, words: str) -> None:
    """Send words with the keyboard that belongs to the person's role."""
    assert person.chat_id is not None
    await context.bot.send_message(
        person.chat_id, words, reply_markup=keyboard_for(person, shop.speech(person.language))
    )


def refresh_menu(shop: Shop, context: Context, person: Staff) -> None:
    """Bring a person's command menu up to date, without waiting for it."""
    context.application.create_task(menus.show_to(context.bot, shop, person))


def drop_menu(context: Context, chat_id: int) -> None:
    """Take a person's command menu away, without waiting for it."""
    context.application.create_task(menus.take_from(context.bot, chat_id))


def keyboard_for(person: Staff, t: Speech) -> ReplyKeyboardMarkup | ReplyKeyboardRemove:
    """The status keyboard for assistants, none for managers."""
    return status_keyboard(t) if person.role == "assistant" else ReplyKeyboardRemove()


def abilities(person: Staff, t: Speech) -> str:
    """What a person can do in their role."""
    listed = "\n".join(f"/{name}: {escape(what, quote=False)}" for name, what in menus.commands(person.role, t))
    if person.manages:
        return t("You are a manager. Cards about visitors go to the assistants who are waiting.") + "\n\n" + listed
    return (
        listed
        + "\n\n"
        + t(
            "While you are waiting, a card comes for each visitor. Whoever presses “Take” first meets them; "
            "everybody else sees who that is."
        )
    )

"""Command menus: who sees which list, and the lists that Telegram refuses."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import BadRequest

from bot.simulator.server import Simulator

ANNA, BORIS, VERA = 1001, 1002, 1003


async def put(client: Bot, name: str, scope: Any = None, language: str | None = None) -> None:
    await client.set_my_commands([BotCommand(name, "Words")], scope=scope, language_code=language)


async def test_the_narrowest_list_is_shown_and_falls_back_when_it_is_deleted(simulator: Simulator, client: Bot) -> None:
    assert simulator.menu(ANNA) == []
    await put(client, "for_groups", BotCommandScopeAllGroupChats())
    assert simulator.menu(ANNA) == []
    await put(client, "everywhere")
    await put(client, "everywhere_ru", BotCommandScopeDefault(), "ru")
    assert simulator.menu(ANNA) == ["everywhere_ru"]
    await put(client, "private", BotCommandScopeAllPrivateChats())
    assert simulator.menu(ANNA) == ["private"]
    await put(client, "anna", BotCommandScopeChat(ANNA))
    await put(client, "anna_en", BotCommandScopeChat(ANNA), "en")
    assert simulator.menu(ANNA) == ["anna"]
    assert simulator.menu(BORIS) == ["private"]
    await client.delete_my_commands(BotCommandScopeChat(ANNA))
    assert simulator.menu(ANNA) == ["private"]
    await client.set_my_commands([], BotCommandScopeAllPrivateChats())
    assert simulator.menu(ANNA) == ["everywhere_ru"]


async def test_each_list_can_be_read_by_its_own_scope_and_language(client: Bot) -> None:
    await put(client, "anna", BotCommandScopeChat(ANNA), "ru")
    assert await client.get_my_commands(BotCommandScopeChat(ANNA), "ru") == (BotCommand("anna", "Words"),)
    assert await client.get_my_commands(BotCommandScopeChat(ANNA)) == ()
    assert await client.get_my_commands(BotCommandScopeChat(BORIS), "ru") == ()


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        ([("", "Help")], "command must be non-empty"),
        ([("x" * 33, "Help")], "command length must not exceed 32"),
        ([("help", "")], "command description must be non-empty"),
        ([("help", "x" * 257)], "command description length must not exceed 256"),
        ([("Help", "Help")], "bot_command_invalid"),
        ([("помощь", "Help")], "bot_command_invalid"),
        ([("help", "Help")] * 101, "bot_commands_too_much"),
    ],
)
async def test_lists_that_telegram_refuses(client: Bot, commands: list[tuple[str, str]], reason: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){reason}"):
        await client.set_my_commands(commands)
    assert await client.get_my_commands() == ()


async def test_scopes_and_languages_that_telegram_refuses(client: Bot) -> None:
    for chat in (VERA, 999):  # Vera never wrote to the bot
        with pytest.raises(BadRequest, match="Chat not found"):
            await put(client, "help", BotCommandScopeChat(chat))
    with pytest.raises(BadRequest, match=r"(?i)unsupported type"):
        await put(client, "help", BotCommandScope("everyone"))
    with pytest.raises(BadRequest, match=r"(?i)invalid language code"):
        await put(client, "help", None, "rus")

"""The bot itself: who it is, and the commands that its menus show."""

from __future__ import annotations

import re
from typing import Any

from bot.simulator.errors import bad_request
from bot.simulator.menus import Command, Scope
from bot.simulator.methods.asked import Answer
from bot.simulator.params import Params
from bot.simulator.state import State

MAX_COMMANDS = 100
COMMAND_LIMIT = 32
DESCRIPTION_LIMIT = 256
GENERAL_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}


def get_me(state: State, params: Params) -> Answer:
    """getMe."""
    return state.bot | {
        "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False,
        "can_connect_to_business": False, "has_main_web_app": False,
    }  # fmt: skip


def set_my_commands(state: State, params: Params) -> Answer:
    """setMyCommands for one scope and language; an empty list deletes them."""
    commands = params.structure("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands: expected an Array")
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    state.set_menu(_scope(state, params), _language(params), tuple(_command(item) for item in commands))
    return True


def delete_my_commands(state: State, params: Params) -> Answer:
    """deleteMyCommands: wider scopes are shown again."""
    state.set_menu(_scope(state, params), _language(params), ())
    return True


def get_my_commands(state: State, params: Params) -> Answer:
    """getMyCommands, for exactly this scope and language."""
    commands = state.menus.at(_scope(state, params), _language(params))
    return [{"command": command.name, "description": command.description} for command in commands]


def _command(item: Any) -> Command:
    if not isinstance(item, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    for field in ("command", "description"):
        if not isinstance(item.get(field), str):
            raise bad_request(f"can't parse BotCommand: Can't find field \"{field}\"")
    name, description = item["command"].strip().removeprefix("/"), item["description"].strip()
    if not name:
        raise bad_request("command must be non-empty")
    if len(name) > COMMAND_LIMIT:
        raise bad_request(f"command length must not exceed {COMMAND_LIMIT}")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > DESCRIPTION_LIMIT:
        raise bad_request(f"command description length must not exceed {DESCRIPTION_LIMIT}")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise bad_request("BOT_COMMAND_INVALID")
    return Command(name, description)


def _scope(state: State, params: Params) -> Scope:
    wanted = params.structure("scope")
    if wanted is None:
        return Scope("default")
    if not isinstance(wanted, dict):
        raise bad_request("can't parse BotCommandScope: expected an Object")
    kind = wanted.get("type")
    if not isinstance(kind, str):
        raise bad_request("can't parse BotCommandScope: Can't find field \"type\"")
    if kind in GENERAL_SCOPES:
        return Scope(kind)
    if kind not in CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    if wanted.get("chat_id") is None:
        raise bad_request("can't parse BotCommandScope: chat_id is empty")
    chat_id = Params(wanted, {}).chat_id
    if chat_id is None or not state.has_met(chat_id):
        raise bad_request("chat not found")
    if kind != "chat":
        raise bad_request(f"can't use {kind} commands in a private chat")
    return Scope(kind, chat_id)


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code

"""/departments and /mycameras: what an assistant wants to hear of, by tapping names."""

from __future__ import annotations

import hashlib
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes

from bot.handlers.answers import Buttons, RefusedError, page_buttons, presser, show, toast
from bot.handlers.scope import PRIVATE, Handlers
from bot.shop import Shop
from bot.texts import Speech
from db import shops, wishes
from db.models import Staff

Kind = Literal["dep", "cam"]

_ON_A_PAGE = 20
_LONGEST_LABEL = 48


class Filters:
    """Lets an assistant choose departments and cameras; nothing chosen means all."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def handlers(self) -> Handlers:
        """For both commands and their buttons."""
        return [
            CommandHandler("departments", self._departments, PRIVATE),
            CommandHandler("mycameras", self._cameras, PRIVATE),
            CallbackQueryHandler(self._press, r"^p:(dep|cam):(\d{1,2}):(all|see|[0-9a-f]{12})$"),
        ]

    async def _departments(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await self._command(update, "dep")

    async def _cameras(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await self._command(update, "cam")

    async def _command(self, update: Update, kind: Kind) -> None:
        assert update.message is not None
        person = await self._shop.person(update)
        if person is None:
            return
        t = self._shop.speech(person.language)
        if person.role != "assistant":
            await update.message.reply_html(t("Only assistants get cards, so this is not for managers."))
            return
        async with self._shop.database.reading() as session:
            names = await self._names(session, kind, person, t)
        if not names:
            await update.message.reply_html(t("This shop has no cameras yet, so there is nothing to choose from."))
        else:
            words, buttons = self._menu(kind, names, person, 0, t)
            await update.message.reply_html(words, reply_markup=InlineKeyboardMarkup(buttons))

    async def _press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        assert context.matches
        kind: Kind = "dep" if context.matches[0][1] == "dep" else "cam"
        page, pressed = int(context.matches[0][2]), context.matches[0][3]
        try:
            async with self._shop.database.session() as session:
                person = await presser(self._shop, session, query, "assistant")
                t = self._shop.speech(person.language)
                names = await self._names(session, kind, person, t)
                if pressed != "see":
                    chosen = self._chosen(kind, list(names), person, pressed, t)
                    if kind == "dep":
                        await wishes.set_filters(session, person.id, departments=chosen)
                    else:
                        await wishes.set_filters(session, person.id, cameras=chosen)
        except RefusedError as refusal:
            await toast(query, str(refusal))
            return
        await toast(query)
        await show(query, *self._menu(kind, names, person, page, t))

    def _chosen(self, kind: Kind, known: list[str], person: Staff, pressed: str, t: Speech) -> list[str]:
        """The filter after a press, in the order of what is `known`.

        Raises:
            RefusedError: the button stands for something that is no longer configured.
        """
        if pressed == "all":
            return []
        key = next((key for key in known if _mark(key) == pressed), None)
        if key is None:
            raise RefusedError(t.plain("This button no longer works."))
        before = set(person.departments if kind == "dep" else person.cameras)
        return [one for one in known if one in before ^ {key}]

    def _menu(self, kind: Kind, names: dict[str, str], person: Staff, page: int, t: Speech) -> tuple[str, Buttons]:
        chosen = person.departments if kind == "dep" else person.cameras
        buttons = [[_button("" if chosen else "✅ ", t.plain("All"), f"p:{kind}:{page}:all")]]
        for key in list(names)[page * _ON_A_PAGE : (page + 1) * _ON_A_PAGE]:
            mark = "✅ " if key in chosen else ""
            buttons.append([_button(mark, names[key], f"p:{kind}:{page}:{_mark(key)}")])
        pages = -(-len(names) // _ON_A_PAGE)
        buttons += page_buttons(page, pages, lambda to: f"p:{kind}:{to}:see")
        return self._words(kind, [names[key] for key in chosen if key in names], t), buttons

    def _words(self, kind: Kind, chosen: list[str], t: Speech) -> str:
        listed = ", ".join(_short(name) for name in chosen[:_ON_A_PAGE])
        if kind == "dep":
            return "{}\n\n{}".format(
                t("You hear of visitors to: {departments}.", departments=listed)
                if chosen
                else t("You hear of visitors to all departments."),
                t("Tap those that you want to hear of. A visitor of whom too little was seen is told to everybody."),
            )
        return "{}\n\n{}".format(
            t("You hear of visitors at: {cameras}.", cameras=listed)
            if chosen
            else t("You hear of visitors at all cameras."),
            t("Tap those that you want to hear of."),
        )

    async def _names(self, session: AsyncSession, kind: Kind, person: Staff, t: Speech) -> dict[str, str]:
        """What a person can choose, by its key in the database."""
        if kind == "cam":
            return {name: name for name in await self._shop.at(person.shop).cameras(session)}
        departments = self._shop.config.routing.departments
        return {one.key: self._shop.department(one.key, t.language) or one.key for one in departments}


async def drop_unknown_filters(shop: Shop) -> None:
    """Forget what people chose and what is no longer there: a filter of nothing else lets nothing through."""
    departments = {department.key for department in shop.config.routing.departments}
    async with shop.database.session() as session:
        for branch in await shops.list_all(session):
            cameras = await shop.at(branch).cameras(session)
            await wishes.prune_filters(session, branch.id, departments=departments, cameras=cameras)


def _mark(key: str) -> str:
    """A key as callback data: a camera's name may be longer than Telegram's 64 bytes, and its place may change."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def _button(mark: str, label: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(mark + _short(label), callback_data=data)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"

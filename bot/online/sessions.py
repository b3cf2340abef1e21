"""What is told of one anonymous session: who is probably behind it, and how often it looked at a category."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from bot.figures import percent
from bot.online.session_reasons import reason_words
from bot.online.words import synthetic_note
from bot.shop import Shop
from bot.texts import Speech
from bot.words import short
from customers.errors import CustomersError
from customers.model_folder import model_folder
from db import shop_sessions, trained_models

if TYPE_CHECKING:
    from customers.sessions.answers import GenderAnswer, SessionGender

_ANSWERS = "customers.sessions.answers"


class SessionAnswers:
    """Answers questions about sessions. The model and its libraries are loaded when first asked for, and again when
    another model has become the active one: most bots are never asked."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._loading = asyncio.Lock()
        self._gender: SessionGender | None = None

    async def gender(self, session_id: str, t: Speech) -> str:
        """Who is probably behind a session, in Telegram's HTML, or why that cannot be told."""
        if (unknown := await self._unknown(session_id, t)) is not None:
            return unknown
        try:
            model = await self._model()
        except CustomersError as error:
            return t("That cannot be told: {problem}", problem=error)
        if model is None:
            return t("Nothing has learnt the gender of sessions yet: amiko customers train session-gender does that.")
        answer = await model.gender_of(session_id)
        if answer is None:  # deleted this very moment
            return self._no_such(session_id, t)
        return "\n".join([*await self._head(session_id, t), *_told(answer, t)])

    async def views(self, session_id: str, category: str, t: Speech) -> str:
        """How often a session looked at a category, in Telegram's HTML."""
        if (unknown := await self._unknown(session_id, t)) is not None:
            return unknown
        async with self._shop.database.reading() as session:
            number = await shop_sessions.count_views(session, session_id, category)
        told = t("Category {category} was looked at: <b>{number}</b>", category=short(category), number=number)
        hint = [] if number else [t("Categories are written as in the shop's log, such as B00002.")]
        return "\n".join([*await self._head(session_id, t), told, *hint])

    async def _model(self) -> SessionGender | None:
        """The model that answers now, None where none was trained.

        Raises:
            CustomersError: its file cannot be used.
        """
        async with self._loading:
            async with self._shop.database.reading() as session:
                active = await trained_models.active(session, "session-gender")
            if active is None:
                return None
            if self._gender is None or self._gender.model_id != active.id:
                # The libraries that it takes weigh more than the whole bot; importing them here would stop it.
                answers = await asyncio.to_thread(importlib.import_module, _ANSWERS)
                config = self._shop.config
                folder = model_folder(config.customers.models, config.database.url)
                self._gender = await answers.SessionGender.load(self._shop.database, folder)
            return self._gender

    async def _unknown(self, session_id: str, t: Speech) -> str | None:
        """What to say where there is no such session; None where there is."""
        async with self._shop.database.reading() as session:
            if await shop_sessions.find(session, session_id) is not None:
                return None
            number = (await shop_sessions.counts(session)).sessions
        if not number:
            return t("No sessions have been imported yet: amiko customers import-sessions does that.")
        return self._no_such(session_id, t)

    def _no_such(self, session_id: str, t: Speech) -> str:
        return t("There is no session {id}. It is written as in the shop's log, such as u10003.", id=short(session_id))

    async def _head(self, session_id: str, t: Speech) -> list[str]:
        async with self._shop.database.reading() as session:
            found = await shop_sessions.find(session, session_id)
        title = t("<b>Session {id}</b>", id=short(session_id))
        return [title, synthetic_note(t)] if found is not None and found.synthetic else [title]


def _told(answer: GenderAnswer, t: Speech) -> list[str]:
    lines = [
        {
            "unknown": t("Gender: <b>unclear</b>, too little speaks for either"),
            "male": t("Gender: <b>probably a man</b>"),
            "female": t("Gender: <b>probably a woman</b>"),
        }[answer.label],
        t("P(man) {male}, P(woman) {female}", male=percent(answer.p_male, t), female=percent(1 - answer.p_male, t)),
    ]
    if answer.label == "male" and answer.p_male < 0.5:
        lines.append(t("Men are rarer in this shop, so less than half is already much for one."))
    if answer.reasons:
        likelier = t("What speaks for a man:") if answer.likelier == "male" else t("What speaks for a woman:")
        lines += ["", likelier, *(t("• {reason}", reason=reason_words(reason, t)) for reason in answer.reasons)]
    return lines

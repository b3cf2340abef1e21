"""What every handler needs: the configuration, the database, the shop that is meant, and who is writing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import ReplyKeyboardRemove, Update

from amiko.config import Config, Language
from bot.texts import LANGUAGES, Speech, speech
from customers.segments.programme import Programme
from db import cameras, models, shops, staff
from db.engine import Database
from db.models import Staff
from db.offering import Offer


@dataclass(frozen=True)
class Shop:
    """One shop: its configuration and its database.

    Attributes:
        branch: which shop of the chain is meant; None for the one that config.yaml names.
        whole_chain: whether all of them are meant, told on the clock of `branch`.
    """

    config: Config
    database: Database
    branch: models.Shop | None = None
    whole_chain: bool = False

    def at(self, branch: models.Shop) -> Shop:
        """The same for another shop of the chain, with its name and its clock."""
        return replace(self, branch=branch)

    def everywhere(self) -> Shop:
        """The same for the whole chain."""
        return replace(self, whole_chain=True)

    @property
    def name(self) -> str:
        """What the shop is called."""
        return self.branch.name if self.branch else self.config.store.name

    def speech(self, language: str | None) -> Speech:
        """In the language a person has chosen, or in the shop's."""
        for known in LANGUAGES:
            if language == known:
                return speech(known)
        return speech(self.config.store.language)

    def department(self, key: str, language: Language) -> str | None:
        """A department's name; None for "general" and for one that is no longer in the configuration."""
        return self._departments.get((key, language))

    def clock(self, instant: datetime) -> str:
        """An instant as the shop's clock showed it: "14:05"."""
        return instant.astimezone(self.timezone).strftime("%H:%M")

    def moment(self, instant: datetime) -> str:
        """The same with the day where it is another one than today: "14:05", "23.11 14:05"."""
        there = instant.astimezone(self.timezone)
        today = datetime.now(self.timezone).date()
        return there.strftime("%H:%M" if there.date() == today else "%d.%m %H:%M")

    def midnight(self) -> datetime:
        """When the shop's day began."""
        return datetime.now(self.timezone).replace(hour=0, minute=0, second=0, microsecond=0)

    async def cameras(self, session: AsyncSession) -> list[str]:
        """The names of the shop's cameras: as config.yaml has them, or as the worker of another shop reports them."""
        own = await shops.of_config(session, self.config.store.name)
        if self.branch is None or self.branch.id == own.id:
            return [camera.name for camera in self.config.cameras]
        return await cameras.watched(session, self.branch.id)

    async def person(self, update: Update) -> Staff | None:
        """Who sent this update, read afresh each time; None, after a polite answer, for who is not on the list."""
        user, message = update.effective_user, update.effective_message
        if user is None:
            return None
        async with self.database.reading() as session:
            person = await staff.by_telegram(session, user.id)
        if person is None and message is not None:
            t = self.speech(None)
            await message.reply_html(
                t("You are not signed in. Write /login: you get in, or I ask the managers to let you in."),
                reply_markup=ReplyKeyboardRemove(),
            )
        return person

    @cached_property
    def offer(self) -> Offer:
        """How assistants are told of visits."""
        return Offer(self.config.bot.offer, self.config.bot.turn_seconds)

    @cached_property
    def programme(self) -> Programme:
        """The online shop's segments and offers."""
        return self.config.customers.programme()

    @cached_property
    def timezone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.branch.time_zone if self.branch else self.config.store.timezone)

    @cached_property
    def _departments(self) -> dict[tuple[str, Language], str]:
        departments = self.config.routing.departments
        return {(d.key, language): name for d in departments for language, name in d.names.items()}

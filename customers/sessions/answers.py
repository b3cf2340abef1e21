"""Who is probably behind a session, asked one session at a time: for the REST service and the bot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from customers.sessions import direct, reasons
from customers.sessions.active import active
from customers.sessions.model import GenderModel, Label
from customers.sessions.terms import REMEMBERED_SESSIONS
from db import shop_sessions
from db.engine import Database
from db.session_past import Known, known_of


@dataclass(frozen=True)
class GenderAnswer:
    """What is thought of a session.

    Attributes:
        p_male: P(male), from 0 to 1.
        label: "unknown" where the evidence is too thin to tell.
        likelier: "male" or "female" all the same, for who must have an answer.
        reasons: what speaks for `likelier` most, in words, the strongest first.
        past_sessions: earlier sessions of the same visitor that were taken into account.
        synthetic: the session was generated and never happened; whoever tells of it must say so.
    """

    p_male: float
    label: Label
    likelier: Literal["male", "female"]
    reasons: tuple[str, ...]
    past_sessions: int
    synthetic: bool


class SessionGender:
    """Answers from the database as it is at each question, by the model that was active when this was loaded."""

    def __init__(self, database: Database, model: GenderModel, model_id: int) -> None:
        self.model_id = model_id
        self._database = database
        self._model = model

    @classmethod
    async def load(cls, database: Database, folder: Path) -> SessionGender:
        """The active model.

        Args:
            database: with the sessions; it says which model is active.
            folder: that models are kept in.

        Raises:
            CustomersError: none was trained yet, or its file is missing or does not fit this software.
        """
        async with database.reading() as session:
            stored = await active(session, folder)
        return cls(database, stored.model, stored.id)

    async def gender_of(self, session_id: str) -> GenderAnswer | None:
        """Who is probably behind a session; None where there is no such session.

        Raises:
            DatabaseError: the database cannot be read.
        """
        return (await self.genders_of([session_id])).get(session_id)

    async def genders_of(self, session_ids: Collection[str]) -> dict[str, GenderAnswer]:
        """The same of at most a few thousand sessions at once, which costs less than asking for each.

        Returns:
            The answers by session; one that there is not is missing.

        Raises:
            DatabaseError: the database cannot be read.
        """
        return await self._database.read(
            lambda session: {
                session_id: self._answer(known)
                for session_id, known in known_of(session, session_ids, REMEMBERED_SESSIONS).items()
            }
        )

    async def count_of(self, session_id: str, category: str) -> int:
        """How many views of a session are of a category of any level; 0 too where there is no such session.

        Raises:
            DatabaseError: the database cannot be read.
        """
        async with self._database.reading() as session:
            return await shop_sessions.count_views(session, session_id, category)

    def _answer(self, known: Known) -> GenderAnswer:
        alone = direct.features(known.started_at, known.ended_at, known.views)
        values = direct.with_past(alone, known.past)
        p_male = self._model.p_male(values)
        likelier = self._model.likelier(p_male)
        contributions = self._model.head(values).contributions(values)
        told = reasons.in_words(contributions, alone, likelier, len(known.past))
        return GenderAnswer(p_male, self._model.label(p_male), likelier, told, len(known.past), known.synthetic)

"""Who is behind a session, for many clients at once: who asks while the database is read is answered by the next look.

One look at the database costs a millisecond whoever is asked about, so that one for all who wait answers several times
as many a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import NotReadyError
from customers.errors import CustomersError
from db import trained_models
from db.engine import Database
from db.errors import DatabaseError

if TYPE_CHECKING:
    from customers.sessions.answers import GenderAnswer, SessionGender

_MOST_AT_ONCE = 64
_LOOK_FOR_A_NEW_MODEL_SECONDS = 1.0
_log = logging.getLogger(__name__)

_Asked = tuple[str, "asyncio.Future[GenderAnswer | None]"]


class Predictions:
    """Answers by the model that is active, also after a training or a rollback.

    Args:
        database: with the sessions; it says which model is active.
        folder: that models are kept in.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._model: SessionGender | None = None
        self._looked = float("-inf")
        self._asked: list[_Asked] = []
        self._answering: asyncio.Task[None] | None = None

    async def of(self, session_id: str) -> GenderAnswer | None:
        """Who is probably behind a session; None where there is no such session.

        Raises:
            NotReadyError: no model was trained, or it cannot be used.
            DatabaseError: the database cannot be read.
        """
        answer: asyncio.Future[GenderAnswer | None] = asyncio.get_running_loop().create_future()
        self._asked.append((session_id, answer))
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer(), name="predictions")
        return await answer

    async def load(self) -> None:
        """Load the model before anybody asks, where there is one: its libraries take seconds."""
        try:
            await self._current()
        except (NotReadyError, DatabaseError) as error:
            _log.info("/predict has no answers yet: %s", error)

    async def _answer(self) -> None:
        while self._asked:
            some, self._asked = self._asked[:_MOST_AT_ONCE], self._asked[_MOST_AT_ONCE:]
            try:
                model = await self._current()
                found = await model.genders_of({session_id for session_id, _ in some})
            except Exception as error:
                _fail(some, error)
                continue
            for session_id, answer in some:
                if not answer.done():  # a client that went away has cancelled it
                    answer.set_result(found.get(session_id))

    async def _current(self) -> SessionGender:
        """The active model.

        Raises:
            NotReadyError: no model was trained, or it cannot be used.
        """
        if self._model is not None and time.monotonic() - self._looked < _LOOK_FOR_A_NEW_MODEL_SECONDS:
            return self._model
        async with self._database.reading() as session:
            active = await trained_models.active(session, "session-gender")
        if active is None:
            self._model = None
            raise NotReadyError("No model was trained yet; `amiko customers train session-gender` does that.")
        if self._model is None or self._model.model_id != active.id:
            self._model = await self._loaded()
            _log.info("session-gender model %d answers", self._model.model_id)
        self._looked = time.monotonic()
        return self._model

    async def _loaded(self) -> SessionGender:
        # In a thread: they are big, and other requests are answered meanwhile.
        answers = await asyncio.to_thread(_answers)
        try:
            return await answers.load(self._database, self._folder)
        except CustomersError as error:
            _log.error("the model of session-gender cannot be used: %s", error)
            raise NotReadyError("The model cannot be used; the service's log says why.") from error


def _answers() -> type[SessionGender]:
    from customers.sessions.answers import SessionGender

    return SessionGender


def _fail(some: Sequence[_Asked], error: Exception) -> None:
    for _, answer in some:
        if not answer.done():
            answer.set_exception(error)

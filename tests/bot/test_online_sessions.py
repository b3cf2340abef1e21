"""/gender and /count: an answer with its probability and reasons, and a helpful one where there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from bot.online.session_reasons import reason_words
from bot.texts import speech
from customers.model_file import Contents, write
from customers.model_folder import model_folder
from customers.sessions.model import GenderModel, Head
from customers.sessions.reasons import in_words
from customers.sessions.terms import LOG_PAST, LOG_SECONDS, LOG_VIEWS, SCHEMA
from db import trained_models
from db.trained_models import NewModel
from tests.bot.online import sessions
from tests.bot.people import VERA, answer, manager


async def learnt(shop: Any, logit: float, male_share: float = 0.25) -> None:
    """A model that was trained: looking at B00002 of A00002 adds so much to logit P(male)."""
    head = Head({"b:A00002/B00002": logit, "hour:9": 0.0}, 0.0)
    folder = model_folder(shop.config.customers.models, shop.config.database.url)
    contents = Contents(GenderModel(head, head, male_share).contents(), SCHEMA, {"prints": np.zeros(0, np.uint64)})
    name, sha256 = write(folder, "session-gender", contents)
    now = datetime.now(UTC)
    async with shop.database.session() as session:
        model = NewModel("session-gender", name, "0" * 64, {"file_sha256": sha256}, {}, now)
        await trained_models.activate(session, await trained_models.record(session, model), now)


@pytest.mark.parametrize(
    ("logit", "verdict", "chances"),
    [
        (2.0, "Пол: вероятно, мужчина", "P(мужчина) 88 %, P(женщина) 12 %"),
        (-3.0, "Пол: вероятно, женщина", "P(мужчина) 5 %, P(женщина) 95 %"),
        (-1.1, "Пол: неясен, ни за один не говорит достаточно", "P(мужчина) 25 %, P(женщина) 75 %"),
    ],
)
async def test_a_session_is_told_with_its_probability_and_reasons(open_shop, logit, verdict, chances) -> None:
    await manager(open_shop)
    await sessions(open_shop, "u25000")
    await learnt(open_shop, logit)

    lines = (await answer(open_shop, VERA, "/gender u25000")).text.splitlines()

    assert lines[:3] == ["Сессия u25000", verdict, chances]
    assert lines[-1].startswith("• смотрел ")


async def test_a_man_below_one_half_is_explained(open_shop) -> None:
    await manager(open_shop)
    await sessions(open_shop, "u1")
    await learnt(open_shop, -0.2)
    told = (await answer(open_shop, VERA, "/gender u1")).text
    assert "вероятно, мужчина" in told
    assert "Мужчин в этом магазине меньше" in told


async def test_a_newer_model_answers_at_once(open_shop) -> None:
    await manager(open_shop)
    await sessions(open_shop, "u1")
    await learnt(open_shop, 2.0)
    assert "мужчина" in (await answer(open_shop, VERA, "/gender u1")).text
    await learnt(open_shop, -3.0)
    assert "вероятно, женщина" in (await answer(open_shop, VERA, "/gender u1")).text


async def test_views_are_counted_at_every_level(open_shop) -> None:
    await manager(open_shop)
    await sessions(open_shop, "u10003", views=12)
    for category, number in (("B00002", 12), ("A00002", 12), ("C00005", 1), ("D000012", 1), ("B00009", 0)):
        lines = (await answer(open_shop, VERA, f"/count u10003 {category}")).text.splitlines()
        assert lines[:2] == ["Сессия u10003", f"Просмотров категории {category}: {number}"]
        assert (len(lines) == 3) == (number == 0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("/gender", "Напишите номер одной сессии"),
        ("/gender u1 u2", "Напишите номер одной сессии"),
        ("/count u1", "Напишите сессию и категорию"),
        ("/gender u2", "Сессии u2 нет. Номер пишется как в журнале магазина, например u10003."),
        ("/count <b>x</b> B00002", "Сессии <b>x</b> нет."),
        (f"/count {'я' * 2000} B00002", "… нет."),
        ("/gender u1", "amiko customers train session-gender"),
    ],
)
async def test_what_cannot_be_answered_is_explained(open_shop, words, says) -> None:
    await manager(open_shop)
    await sessions(open_shop, "u1")
    assert says in (await answer(open_shop, VERA, words)).text


async def test_without_sessions_it_says_what_to_do(open_shop) -> None:
    await manager(open_shop)
    for words in ("/gender u1", "/count u1 B00002"):
        assert "amiko customers import-sessions" in (await answer(open_shop, VERA, words)).text


async def test_a_damaged_model_is_told_in_a_sentence(open_shop) -> None:
    await manager(open_shop)
    await sessions(open_shop, "u1")
    await learnt(open_shop, 1.0)
    (file,) = model_folder(None, open_shop.config.database.url).iterdir()
    file.write_bytes(b"damaged")
    assert (await answer(open_shop, VERA, "/gender u1")).text.startswith("Ответить нельзя: ")


async def test_generated_sessions_are_called_so(open_shop) -> None:
    await manager(open_shop)
    await sessions(open_shop, "u1", synthetic=True)
    await learnt(open_shop, 1.0)
    for words in ("/gender u1", "/count u1 B00002"):
        assert "Синтетические данные" in (await answer(open_shop, VERA, words)).text


@pytest.mark.parametrize("now", [True, False])
@pytest.mark.parametrize("past", [0, 1, 3])
@pytest.mark.parametrize(
    "term",
    ["a:A00002", "b:A00002/B00002", "d:D00001", "first:C00001", "last:C00001", "step:C00001>C00002", "hour:23",
     "weekday:0", "weekday:6", LOG_SECONDS, LOG_VIEWS, LOG_PAST],
)  # fmt: skip
def test_every_reason_has_its_russian_sentence(term, past, now) -> None:
    for reason in in_words({term: 1.0}, {term: 1.0} if now else {}, "male", past):
        told = reason_words(reason, speech("ru"))
        assert told != reason
        assert any("а" <= letter <= "я" for letter in told), told
        assert reason_words(reason, speech("en"))

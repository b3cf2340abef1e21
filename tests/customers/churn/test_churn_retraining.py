"""The nightly training: only on what is new, only for the better, and never in the way of the bot."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from telegram.ext import JobQueue

from amiko.config import Config
from bot.retraining import AT, Retraining
from bot.shop import Shop
from customers.churn.active import keep
from customers.churn.retraining import FEWEST, gain, retrain
from customers.churn.training import Trained, train
from customers.generated.people import generate_customers
from db import churn_scores, trained_models
from db.engine import Database
from tests.customers.churn.people import NOW, QUICK, bring_in
from tests.databases import ON_SQLITE


async def let_answer(database: Database, folder: Path, trained: Trained) -> int:
    async with database.session() as session:
        return await keep(session, folder, trained, NOW)


async def answering(database: Database) -> int:
    async with database.reading() as session:
        row = await trained_models.active(session, "churn")
    assert row is not None
    return row.id


def confused(people: pd.DataFrame) -> pd.DataFrame:
    """The same customers with outcomes that mean nothing."""
    return people.assign(dropped=people["dropped"].sample(frac=1, random_state=5).to_numpy())


def test_a_clear_gain_is_told_from_noise() -> None:
    random = np.random.default_rng(1)
    outcomes = random.integers(0, 2, 400)
    poor, good = outcomes + random.normal(0, 3, 400), outcomes + random.normal(0, 0.5, 400)
    assert gain(outcomes, poor, good).low > 0
    assert gain(outcomes, good, poor).high < 0


def test_models_of_one_kind_are_seldom_called_better_than_each_other() -> None:
    random = np.random.default_rng(3)
    called = 0
    for _ in range(200):
        outcomes = random.integers(0, 2, 100)
        called += gain(outcomes, outcomes + random.normal(0, 1, 100), outcomes + random.normal(0, 1, 100)).low > 0
    assert called <= 12  # 5 expected at 2.5 %


async def test_before_the_first_training_there_is_nothing_to_retrain(database, tmp_path: Path) -> None:
    verdict = await retrain(database, tmp_path / "models", QUICK)
    assert (verdict.promoted, "amiko customers train churn" in verdict.sentence) == (False, True)


async def test_the_same_customers_are_not_learnt_from_again(database, trained, people, tmp_path: Path) -> None:
    await bring_in(database, people)
    number = await let_answer(database, tmp_path / "models", trained)
    verdict = await retrain(database, tmp_path / "models", QUICK)
    assert "nothing is known of the customers that was not" in verdict.sentence
    assert await answering(database) == number


async def test_a_few_new_customers_judge_nothing(database, trained, people, tmp_path: Path) -> None:
    await bring_in(database, people)
    await let_answer(database, tmp_path / "models", trained)
    await bring_in(database, people.head(10).assign(minutes_current=1.0))
    verdict = await retrain(database, tmp_path / "models", QUICK)
    assert f"fewer than {FEWEST} customers of each outcome are new" in verdict.sentence


async def test_a_better_model_answers_everybody_is_scored_anew_and_the_old_one_can_be_returned_to(
    database, people, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    await bring_in(database, people)
    bad = await let_answer(database, models, train(confused(people), QUICK))
    verdict = await retrain(database, models, QUICK)
    assert verdict.promoted, verdict.sentence
    better = await answering(database)
    assert better != bad
    async with database.reading() as session:
        assert len(await churn_scores.probabilities(session)) == len(people)
    async with database.session() as session:
        before = await trained_models.roll_back(session, "churn", NOW)
    assert before is not None
    assert before.id == bad


@ON_SQLITE  # it trains for long, and reads and writes no more than the test above
async def test_a_model_that_is_not_better_is_not_promoted_nor_tried_again_on_the_same_data(
    database, trained, people, tmp_path: Path
) -> None:
    """The outcomes of the new customers mean nothing, so nothing can be learnt from them."""
    models = tmp_path / "models"
    new = generate_customers(240, seed=11)
    await bring_in(database, people)
    await bring_in(database, confused(new.set_axis(new.index + 10**7)))
    good = await let_answer(database, models, trained)
    verdict = await retrain(database, models, QUICK)
    assert not verdict.promoted
    assert f"churn model {good} stays" in verdict.sentence
    assert await answering(database) == good
    again = await retrain(database, models, QUICK)
    assert "nothing is known of the customers that was not" in again.sentence


@ON_SQLITE  # it trains for long, and reads and writes no more than the test above
async def test_a_model_that_no_longer_loads_is_replaced(database, trained, people, tmp_path: Path) -> None:
    models = tmp_path / "models"
    await bring_in(database, people)
    await let_answer(database, models, replace(trained, fingerprint="0" * 64))
    next(models.glob("*.skops")).write_bytes(b"damaged")
    verdict = await retrain(database, models, QUICK)
    assert verdict.promoted
    assert "the one before is refused" in verdict.sentence


async def test_the_program_reads_where_to_train_and_prints_its_verdict(database, tmp_path: Path) -> None:
    told = json.dumps({"database": database.url, "models": str(tmp_path / "models")})
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "customers.churn.retraining"], input=told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["promoted"] is False


class Log(logging.Handler):
    """Keeps what is logged, and says when something was."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.written = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.written.set()


async def test_the_bot_is_due_at_night_and_tells_what_came_of_it(database) -> None:
    log, logger = Log(), logging.getLogger("bot.retraining")
    logger.addHandler(log)
    logger.setLevel(logging.INFO)
    retraining = Retraining(Shop(Config(database={"url": database.url}), database))
    jobs: JobQueue = JobQueue()
    retraining.schedule(jobs)
    (job,) = jobs.jobs()
    await jobs.start()
    running = asyncio.create_task(retraining.run())
    try:
        assert job.next_t is not None
        assert job.next_t.astimezone(ZoneInfo("Europe/Moscow")).time() == AT
        await job.callback(None)
        async with asyncio.timeout(180):
            await log.written.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await jobs.stop(wait=False)
        logger.removeHandler(log)
    assert "no churn model answers yet" in log.lines[0]

"""From outcomes in the database to what answers: judged, promoted, refused, taken back, and shared between shops."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from amiko.commands.routing import app
from amiko.config import Config
from bot.learning.enough import ENOUGH
from bot.learning.training import train
from bot.retraining import Retraining
from bot.shop import Shop
from db import routing_kept, shops
from db.engine import Database
from db.routing_models import RoutingModel
from routing.rank import rank
from tests.databases import ON_SQLITE
from tests.outcomes import DEPARTMENTS, FIRST, told
from tests.worker.cameras import children, command, until
from worker.learned import LearnedRouting
from worker.link import Link

UTC_CLOCK = ZoneInfo("UTC")
AGE = np.full(101, 1 / 101)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def only(database: Database) -> int:
    async with database.reading() as session:
        return await shops.only(session)


def linked(shop_id: int) -> Link:
    """A worker's link to a database that is prepared, and where this is its shop."""

    async def known() -> int:
        return shop_id

    return Link(known)


async def history(database: Database, shop_id: int) -> list[RoutingModel]:
    async with database.reading() as session:
        return list(await routing_kept.history(session, shop_id))


async def answers(database: Database, shop_id: int, departments=DEPARTMENTS) -> tuple[LearnedRouting, str]:
    """What a worker would use, and the department that it names first to a woman."""
    learned = LearnedRouting(database, linked(shop_id), departments, UTC_CLOCK)
    await learned.look()
    ranker = learned.ranker("Entrance")
    ranking = ranker(AGE, 0.96, {}) if ranker else rank(departments, AGE, 0.96, {})
    return learned, ranking.departments[0][0]


async def test_what_is_better_by_more_than_noise_answers_and_is_kept_with_its_figures(database) -> None:
    await told(database, 300)
    shop = await only(database)

    (verdict,) = await train(database, DEPARTMENTS)

    assert verdict.promoted
    assert "what was learnt answers from now on: log loss" in verdict.sentence
    assert "on the newest 60 outcomes" in verdict.sentence
    (row,) = await history(database, shop)
    assert row.active
    assert row.outcomes == 300
    assert row.learnt_until == FIRST + timedelta(hours=299)
    assert row.figures["after"]["top1"] > row.figures["before"]["top1"] + 0.2
    assert row.figures["first"]["kitchen"][1] > row.figures["first"]["kitchen"][0]
    assert (await answers(database, shop))[1] == "kitchen"


async def test_too_few_outcomes_judge_nothing(database) -> None:
    await told(database, ENOUGH - 1)

    (verdict,) = await train(database, DEPARTMENTS)

    assert not verdict.promoted
    assert verdict.sentence.endswith("99 outcomes; 100 are needed before anything can be judged")
    assert await history(database, await only(database)) == []


async def test_what_is_no_better_is_refused_and_not_tried_again_before_something_is_told(database) -> None:
    await told(database, 150, taste=None)
    shop = await only(database)
    (first,) = await train(database, DEPARTMENTS)
    assert "what was learnt is refused, 90% are needed: log loss" in first.sentence
    (row,) = await history(database, shop)
    assert (row.active, row.contents) == (False, "")

    (again,) = await train(database, DEPARTMENTS)

    assert "nothing was told since it was last tried" in again.sentence
    assert len(await history(database, shop)) == 1


async def test_after_a_promotion_only_outcomes_that_it_has_not_seen_may_judge(database) -> None:
    await told(database, 300)
    await train(database, DEPARTMENTS)
    await told(database, 40, first=FIRST + timedelta(hours=300), seed=2)

    (verdict,) = await train(database, DEPARTMENTS)
    assert "not all of the newest fifth came after what was learnt from before" in verdict.sentence

    await told(database, 60, first=FIRST + timedelta(hours=340), seed=3)
    (verdict,) = await train(database, DEPARTMENTS)
    assert verdict.gain is not None
    assert verdict.gain.before.top1 > 0.5  # it is compared with what answers, and not with the rules


async def test_evaluating_keeps_nothing(database) -> None:
    await told(database, 300)
    (verdict,) = await train(database, DEPARTMENTS, keep=False)
    assert verdict.promoted
    assert "what was learnt would answer from now on" in verdict.sentence
    assert await history(database, await only(database)) == []


async def test_a_shop_with_few_outcomes_gets_what_the_chain_has_learnt(database) -> None:
    async with database.session() as session:
        await shops.settle(session, "Large", "UTC")
        small = (await shops.add(session, "Small", "Asia/Yekaterinburg")).id
        new = (await shops.add(session, "New", "UTC")).id
    await told(database, 400, shop="Large")
    await told(database, 12, shop="Small", seed=2)

    verdicts = {verdict.shop: verdict for verdict in await train(database, DEPARTMENTS)}

    assert all(verdict.promoted for verdict in verdicts.values())
    assert "of all shops" in verdicts["Small"].sentence
    assert "of all shops" not in verdicts["Large"].sentence
    by_rules = dict(rank(DEPARTMENTS, AGE, 0.96, {}).departments)
    for shop in (small, new):
        learned, _ = await answers(database, shop)
        ranker = learned.ranker("Entrance")
        assert ranker is not None
        assert dict(ranker(AGE, 0.96, {}).departments)["kitchen"] > 1.5 * by_rules["kitchen"]


async def test_the_night_learns_in_a_process_of_its_own(database, caplog) -> None:
    await told(database, 300)
    config = Config(database={"url": database.url})
    retraining = Retraining(Shop(config, database))
    with caplog.at_level(logging.INFO, "bot.retraining"):
        await retraining._train("routing", "bot.learning.nightly")
    assert "retraining routing: " in caplog.text
    assert "what was learnt answers from now on" in caplog.text
    assert (await answers(database, await only(database)))[1] == "kitchen"


def learners() -> list[int]:
    """The processes of ours that learn."""
    return [pid for pid in children(os.getpid()) if "bot.learning.nightly" in command(pid)]


async def test_a_night_that_is_killed_says_so_changes_nothing_and_the_next_one_learns(database, caplog) -> None:
    await told(database, 300)
    retraining = Retraining(Shop(Config(database={"url": database.url}), database))
    learning = asyncio.create_task(retraining._train("routing", "bot.learning.nightly"))
    await asyncio.to_thread(until, learners)
    os.kill(learners()[0], signal.SIGKILL)
    await learning
    assert "retraining routing failed: it was killed" in caplog.text
    assert await history(database, await only(database)) == []

    await retraining._train("routing", "bot.learning.nightly")
    assert len(await history(database, await only(database))) == 1


async def test_a_worker_takes_up_what_is_promoted_and_what_is_rolled_back_without_a_restart(database, caplog) -> None:
    shop = await only(database)
    learned, first = await answers(database, shop)
    assert first == "kids"
    await told(database, 300)
    await train(database, DEPARTMENTS)

    with caplog.at_level(logging.INFO, "worker.learned"):
        await learned.look()
        ranker = learned.ranker("Entrance")
        assert ranker is not None
        assert ranker(AGE, 0.96, {}).departments[0][0] == "kitchen"

        async with database.session() as session:
            await routing_kept.roll_back(session, shop, datetime.now(UTC))
        await learned.look()
    assert learned.ranker("Entrance") is None
    assert "routing model 1 answers, learnt from 300 outcomes" in caplog.text
    assert "departments are ranked by the rules of config.yaml alone" in caplog.text


@pytest.mark.parametrize("broken", ["departments", "contents"])
async def test_a_worker_falls_back_to_the_rules_and_says_so_in_one_line(database, caplog, broken) -> None:
    await told(database, 300)
    await train(database, DEPARTMENTS)
    shop = await only(database)
    departments = DEPARTMENTS
    if broken == "departments":
        departments = DEPARTMENTS[:-1]
    else:
        async with database.session() as session:
            row = await routing_kept.active(session, shop)
            assert row is not None
            row.contents = row.contents[:-20]

    learned = LearnedRouting(database, linked(shop), departments, UTC_CLOCK)
    await learned.look()
    await learned.look()

    assert learned.ranker("Entrance") is None
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.startswith("departments are ranked by the rules of config.yaml alone: routing model 1 is not used")


@ON_SQLITE
async def test_a_worker_goes_on_with_what_it_has_while_the_database_is_away(database, tmp_path: Path) -> None:
    await told(database, 300)
    await train(database, DEPARTMENTS)
    learned, _ = await answers(database, await only(database))
    await database.close()
    (tmp_path / "amiko.db").rename(tmp_path / "away.db")
    (tmp_path / "amiko.db").mkdir()

    await learned.look()

    assert learned.ranker("Entrance") is not None


async def test_new_weights_in_the_configuration_are_learnt_beside_the_next_night(database) -> None:
    await told(database, 300)
    await train(database, DEPARTMENTS)
    others = Config(
        routing={"departments": [{"key": d.key, "names": d.names, "prior": 2.0} for d in DEPARTMENTS]}
    ).routing.as_departments()

    (verdict,) = await train(database, others)

    assert verdict.promoted
    assert (await answers(database, await only(database), others))[1] == "kitchen"


async def amiko(database: Database, *arguments: str) -> Result:
    """One of the commands, in a thread, as it has an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--db", database.url])


async def test_the_commands_train_show_and_take_back(database) -> None:
    await told(database, 300)

    (verdict,) = json.loads((await amiko(database, "train", "--json")).stdout)
    assert verdict["promoted"]
    assert verdict["gain"]["after"]["outcomes"] == 60

    (shop,) = json.loads((await amiko(database, "status", "--json")).stdout)
    assert (shop["answers"], len(shop["tried"])) == (1, 1)
    assert "now" in (await amiko(database, "status")).stdout

    told_back = await amiko(database, "rollback")
    assert told_back.stdout == f"{shop['shop']}: the rules answer again instead of model 1.\n"
    refused = await amiko(database, "rollback")
    assert "the rules of config.yaml answer already; there is nothing to go back from" in str(refused.exception)


async def test_what_was_rolled_back_does_not_come_back_when_its_successor_is(database) -> None:
    taken_back = "the rules answer again instead of model {}."
    await told(database, 300)
    await train(database, DEPARTMENTS)
    assert taken_back.format(1) in (await amiko(database, "rollback")).stdout
    await told(database, 300, first=FIRST + timedelta(hours=300), seed=2)
    await train(database, DEPARTMENTS)
    status = await amiko(database, "status", "--json")
    assert status.exception is None
    assert json.loads(status.stdout)[0]["answers"] == 2

    assert taken_back.format(2) in (await amiko(database, "rollback")).stdout


async def test_a_model_for_other_departments_is_not_said_to_answer(database, tmp_path) -> None:
    await told(database, 300)
    await train(database, DEPARTMENTS)
    (tmp_path / "config.yaml").write_text(
        "routing: {departments: [{key: kids, names: {ru: Детям, en: Kids}, prior: 1.0}]}\n"
    )
    here = ("--config", str(tmp_path / "config.yaml"))

    (shop,) = json.loads((await amiko(database, "status", "--json", *here)).stdout)
    assert shop["answers"] is None
    assert "routing.departments of config.yaml has changed" in shop["tried"][0]["unused"]
    assert "model 1 is not used: routing.departments" in (await amiko(database, "status", *here)).stdout


async def test_after_a_rollback_only_outcomes_that_came_later_may_bring_something_new(database) -> None:
    await told(database, 300)
    await train(database, DEPARTMENTS)
    await amiko(database, "rollback")
    await told(database, 30, first=FIRST + timedelta(hours=300), seed=2)

    said = await amiko(database, "train")

    assert "not all of the newest fifth came after what was learnt from before" in said.stdout
    assert (await answers(database, await only(database)))[1] == "kids"

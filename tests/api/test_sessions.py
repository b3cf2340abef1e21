"""`/predict` and `/count` speak as the first system did, by the model that is active now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.online_shop import (
    DRESSES,
    TOOLS,
    activate_gender_model,
    roll_back_gender_model,
    save_sessions,
)
from tests.api.server import Place, Served, served

TOOLS_ARE_MENS = {f"a:{TOOLS}": 2.0, f"a:{DRESSES}": -3.0}
TOOLS_ARE_WOMENS = {f"a:{TOOLS}": -2.0}


@pytest.fixture(scope="module")
def shop(shared_place: Place) -> Iterator[Served]:
    asyncio.run(save_sessions(shared_place))
    asyncio.run(activate_gender_model(shared_place, TOOLS_ARE_MENS))
    with served(shared_place) as api:
        yield api


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/predict/u1", '{"PREDICTION":"male","SESSION_ID":"u1"}'),
        ("/predict/u2", '{"PREDICTION":"female","SESSION_ID":"u2"}'),
        ("/predict/u9", '"UNKNOWN_SESSION_ID"'),
        ("/predict/u9?detail=1", '"UNKNOWN_SESSION_ID"'),
        (f"/count/u2/{DRESSES}", f'{{"CATEGORY":"{DRESSES}","COUNT":2,"SESSION_ID":"u2"}}'),
        ("/count/u2/B00002", '{"CATEGORY":"B00002","COUNT":3,"SESSION_ID":"u2"}'),
        ("/count/u2/D00003", '{"CATEGORY":"D00003","COUNT":1,"SESSION_ID":"u2"}'),
        ("/count/u2/B99999", '{"CATEGORY":"B99999","COUNT":0,"SESSION_ID":"u2"}'),
        ("/count/u9/B00002", '{"CATEGORY":"B00002","COUNT":0,"SESSION_ID":"u9"}'),
    ],
)
def test_the_first_systems_clients_get_the_bodies_they_know(shop: Served, path: str, body: str) -> None:
    answer = shop.get(path)
    assert answer.status_code == 200
    assert answer.text == body
    assert "x-synthetic" not in answer.headers


def test_the_details_of_a_prediction(shop: Served) -> None:
    sure = shop.get("/predict/u1?detail=1").json()
    assert sure["P_MALE"] == pytest.approx(0.8808, abs=1e-4)
    assert (sure["PREDICTION"], sure["VERDICT"]) == ("male", "male")
    assert sure["REASONS"] == [f"looked at {TOOLS}"]
    thin = shop.get("/predict/u3?detail=1").json()
    assert (thin["P_MALE"], thin["VERDICT"], thin["REASONS"]) == (0.5, "unknown", [])
    again = shop.get("/predict/u4?detail=1").json()
    assert again["PAST_SESSIONS"] == 1
    assert again["PREDICTION"] == "male"


def test_the_details_of_a_count(shop: Served) -> None:
    detail = shop.get(f"/count/u2/{DRESSES}?detail=1").json()
    assert (detail["COUNT"], detail["VIEWS"]) == (2, 3)
    assert detail["REASONS"] == [f"2 of 3 views are of {DRESSES}"]
    assert shop.get("/count/u9/B00002?detail=1").json()["REASONS"] == ["there is no such session"]


@pytest.mark.parametrize(
    "path", [f"/predict/{'u' * 65}", f"/count/u2/{'B' * 65}", "/predict/u1?detail=2", "/predict/u1?detale=1"]
)
def test_what_is_too_long_or_unheard_of_is_refused(shop: Served, path: str) -> None:
    answer = shop.get(path)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_many_who_ask_at_once_each_get_their_own_answer(shop: Served) -> None:
    ids = ["u1", "u2", "u3", "u9"] * 50
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda id: shop.get(f"/predict/{id}").json(), ids))
    assert [answer if id == "u9" else answer["SESSION_ID"] for id, answer in zip(ids, answers, strict=True)] == [
        "UNKNOWN_SESSION_ID" if id == "u9" else id for id in ids
    ]
    assert all(answer["PREDICTION"] == "female" for id, answer in zip(ids, answers, strict=True) if id == "u2")


def test_a_model_answers_from_its_training_on_and_until_it_is_rolled_back(place: Place) -> None:
    asyncio.run(save_sessions(place))
    with served(place) as api:
        untrained = api.get("/predict/u1")
        assert untrained.status_code == 503
        assert untrained.json() == {
            "detail": "No model was trained yet; `amiko customers train session-gender` does that."
        }
        assert api.get("/count/u1/B00002").json()["COUNT"] == 1
        asyncio.run(activate_gender_model(place, TOOLS_ARE_MENS))
        _predicts(api, "male")
        asyncio.run(activate_gender_model(place, TOOLS_ARE_WOMENS))
        _predicts(api, "female")
        asyncio.run(roll_back_gender_model(place))
        _predicts(api, "male")
        health = {model["kind"]: model["trained_at"] for model in api.get("/health").json()["models"]}
        assert health["session-gender"] is not None
        assert 'amiko_model_age_seconds{model="session-gender"}' in api.get("/metrics").text


def test_a_model_that_cannot_be_used_is_told_without_its_path(place: Place) -> None:
    asyncio.run(save_sessions(place))
    asyncio.run(activate_gender_model(place, TOOLS_ARE_MENS))
    for file in (place.folder / "models").iterdir():
        file.write_bytes(b"no model")
    with served(place) as api:
        answer = api.get("/predict/u1")
        assert answer.status_code == 503
        assert answer.json() == {"detail": "The model cannot be used; the service's log says why."}
        assert "train session-gender makes a new one" in api.log.read_text()
        assert "Traceback" not in api.log.read_text()


def test_sessions_that_never_happened_are_called_synthetic(place: Place) -> None:
    asyncio.run(save_sessions(place, synthetic=True))
    asyncio.run(activate_gender_model(place, TOOLS_ARE_MENS))
    with served(place) as api:
        plain = api.get("/predict/u1")
        assert plain.text == '{"PREDICTION":"male","SESSION_ID":"u1"}'
        assert plain.headers["x-synthetic"] == api.get("/count/u1/B00002").headers["x-synthetic"] == "true"
        assert api.get("/predict/u1?detail=1").json()["SYNTHETIC"] is True
        assert api.get("/count/u1/B00002?detail=1").json()["SYNTHETIC"] is True


def _predicts(api: Served, gender: str) -> None:
    """A tool-lover is predicted so within a few seconds."""
    give_up = time.monotonic() + 30
    while (answer := api.get("/predict/u1")).json().get("PREDICTION") != gender:
        assert time.monotonic() < give_up, answer.text
        time.sleep(0.2)

"""The service is closed: to other machines without a key, to web pages, and to whoever does not know the key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.server import Place, Served, served
from tests.e2e.conftest import Run

KEY = "6f1ed002ab5595859014ebf0951522d9"
PATHS = ["/health", "/metrics", "/predict/u1", "/openapi.json", "/nowhere"]


@pytest.fixture(scope="module")
def with_key(shared_place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    apart = Place(tmp_path_factory.mktemp("with_key"), shared_place.url)
    with served(apart, AMIKO_API__KEY=KEY, AMIKO_API__HOST="0.0.0.0", AMIKO_LOG__LEVEL="DEBUG") as api:
        yield api


@pytest.fixture(scope="module")
def without_key(shared_place: Place) -> Iterator[Served]:
    with served(shared_place) as api:
        yield api


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"X_API_Key": KEY[:-1] + "0"}, {"X_API_Key": "ключ".encode()}])
def test_nothing_is_told_without_the_right_key(with_key: Served, path: str, headers: dict[str, str | bytes]) -> None:
    answer = with_key.get(path, **headers)
    assert answer.status_code == 401
    assert answer.json() == {"detail": "Send the service's key in the header X-API-Key."}


def test_whoever_has_the_key_is_answered_by_any_name_of_the_host(with_key: Served) -> None:
    assert with_key.get("/health", X_API_Key=KEY, Host="shop.example").status_code == 200


def test_the_key_is_not_in_the_log(with_key: Served) -> None:
    with_key.get("/health", X_API_Key=KEY)
    with_key.get("/health", X_API_Key="wrong" + KEY)
    assert KEY not in with_key.log.read_text()


def test_the_description_asks_for_the_key_only_where_there_is_one(with_key: Served, without_key: Served) -> None:
    schemes = with_key.get("/openapi.json", X_API_Key=KEY).json()["components"]["securitySchemes"]
    assert schemes == {"APIKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    assert "securitySchemes" not in without_key.get("/openapi.json").json()["components"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8090", "LOCALHOST", "[::1]:8090", "127.0.0.2"])
def test_programs_on_this_machine_need_no_key(without_key: Served, host: str) -> None:
    assert without_key.get("/health", Host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8090", "[evil]", ""]
)
def test_a_web_page_cannot_reach_the_service_by_a_name_of_its_own(without_key: Served, host: str) -> None:
    assert without_key.get("/health", Host=host).status_code == 403


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"AMIKO_API__HOST": "0.0.0.0"}, "clients need a key: set AMIKO_API__KEY"),
        ({"AMIKO_API__HOST": "::"}, "clients need a key: set AMIKO_API__KEY"),
        ({"AMIKO_API__HOST": "0.0.0.0", "AMIKO_API__KEY": ""}, "clients need a key: set AMIKO_API__KEY"),
        ({"AMIKO_API__KEY": "short"}, "api.key: must be 16 to 256"),
        ({"AMIKO_API__HOST": "192.0.2.1", "AMIKO_API__KEY": KEY}, "192.0.2.1 cannot be used for the API"),
        ({"AMIKO_API__HOST": "no such host", "AMIKO_API__KEY": KEY}, "no such host is no address of this machine"),
    ],
)
def test_what_would_be_open_or_cannot_work_does_not_start(amiko: Run, environment: dict[str, str], says: str) -> None:
    result = amiko("api", **environment)
    assert result.returncode == 1
    assert says in result.stderr
    assert KEY not in result.stderr
    assert "Traceback" not in result.stderr


def test_amiko_run_refuses_an_open_service_at_once(amiko: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("cameras: [{name: door, url: 0}]\napi: {host: 0.0.0.0}")
    result = amiko("run", AMIKO_TELEGRAM__TOKEN="1:x")
    assert result.returncode == 1
    assert "clients need a key" in result.stderr


def test_a_key_in_the_file_is_refused(amiko: Run, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(f"api: {{key: {KEY}}}")
    result = amiko("api")
    assert result.returncode == 1
    assert "api.key: a secret does not belong in a file; set AMIKO_API__KEY" in result.stderr
    assert KEY not in result.stderr


def test_a_taken_port_is_one_sentence(amiko: Run, without_key: Served) -> None:
    result = amiko("api", AMIKO_API__PORT=str(httpx.URL(without_key.url).port))
    assert result.returncode == 1
    assert "set api.port to a free one" in result.stderr
    assert "Traceback" not in result.stderr

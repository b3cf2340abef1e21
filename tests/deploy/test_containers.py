"""The image and the composition: well formed, without secrets, and made of what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from amiko.supervisor import GRACE_SECONDS
from tests.deploy.settings import is_command, is_setting

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
COMPOSE = ROOT / "deploy" / "compose.yaml"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINNED = re.compile(r"[a-z./-]+:\d+(\.\d+)+[\w.-]*")
OURS = ("migrate", "worker", "bot", "api")


def instructions() -> list[tuple[str, str]]:
    """(INSTRUCTION, rest) of the Containerfile, continued lines joined."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [
        (line.split(maxsplit=1)[0], line.split(maxsplit=1)[1].strip()) for line in text.splitlines() if line.strip()
    ]


def all_of(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def test_compose_takes_it(tmp_path: Path) -> None:
    known = [
        [program, *rest] for program, *rest in (["docker", "compose"], ["docker-compose"]) if shutil.which(program)
    ]
    works = [words for words in known if subprocess.run([*words, "version"], capture_output=True).returncode == 0]
    if not works:
        pytest.skip("no docker compose is installed (Debian: apt-get install docker-compose)")
    secrets = dict.fromkeys(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()), "secret")
    for environment, returns in ((secrets, 0), ({}, 1)):  # without its secrets it says so
        done = subprocess.run(
            [*works[0], "-f", COMPOSE, "config", "--quiet"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
        )
        assert min(done.returncode, 1) == returns, done.stderr


def test_images_are_pinned(services: dict[str, Any]) -> None:
    images = [image.partition(" AS ")[0] for image in all_of("FROM")] + [one["image"] for one in services.values()]
    assert [image for image in images if not PINNED.fullmatch(image)] == []
    assert {services[name]["image"] for name in OURS} == {f"amiko:{PROJECT['version']}"}
    assert f"-t amiko:{PROJECT['version']} ." in CONTAINERFILE.read_text()


def test_the_image_runs_as_nobody_special() -> None:
    assert all_of("USER") == ["amiko"]
    names = [name for name, _ in instructions()]
    assert names.index("USER") > max(index for index, name in enumerate(names) if name in ("RUN", "COPY"))


def test_package_lists_and_caches_stay_out_of_the_image() -> None:
    for command in all_of("RUN"):
        if "apt-get install" in command:
            assert "apt-get update" in command
            assert "--no-install-recommends" in command
            assert "rm -rf /var/lib/apt/lists/*" in command
    assert any("PIP_NO_CACHE_DIR=1" in line for line in all_of("ENV"))
    assert not re.search(r"\b(sudo|curl|wget)\b|apt-get (dist-)?upgrade|^ADD ", CONTAINERFILE.read_text(), re.MULTILINE)


def test_no_secret_is_in_the_image() -> None:
    text = CONTAINERFILE.read_text()
    assert not re.search(r"(TOKEN|PASSWORD|__KEY)\s*=", text)
    assert not all_of("ARG")


def test_all_that_is_copied_is_there_and_sent_along() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert lines[0] == "*"
    sources = {word for line in all_of("COPY") if not line.startswith("--from") for word in line.split()[:-1]}
    assert {source for source in sources if not (ROOT / source).exists()} == set()
    assert sources == sent
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    assert set(packages) <= sources


def test_what_is_left_out_of_the_image_is_pytorch_alone() -> None:
    (listing,) = re.findall(r'python -c "(.*)" > requirements\.txt', "\n".join(all_of("RUN")))
    done = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True)
    left_out = set(PROJECT["dependencies"]) - set(done.stdout.splitlines())
    assert {re.split("[>=]", need)[0] for need in left_out} == {"torch", "torchvision"}


def test_serving_needs_no_pytorch(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('torch', 'torchvision'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Without())\n"
    )
    program = (
        "import sys\n"
        "from amiko.cli import app\n"
        "import api.server, bot.service, bot.charts.child, worker.live\n"
        "import customers.churn.active, customers.sessions.answers\n"
        "app(['replay', sys.argv[1], '--json', 'lines'], standalone_mode=False)\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(clip)],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{tmp_path}:{ROOT}", "AMIKO_VISION__BACKEND": "openvino"},
        check=True,
    )
    assert len((tmp_path / "lines").read_text().splitlines()) == 2


def test_every_command_is_one_of_amikos(services: dict[str, Any]) -> None:
    entry = yaml.safe_load(all_of("ENTRYPOINT")[0])
    assert entry == ["amiko"]
    checks = [re.sub(r".* CMD ", "", line) for line in all_of("HEALTHCHECK")]
    commands = [yaml.safe_load(line) for line in all_of("CMD")] + [yaml.safe_load(check)[1:] for check in checks]
    commands += [services[name]["command"] for name in OURS]
    commands += [services[name]["healthcheck"]["test"][2:] for name in OURS if "test" in services[name]["healthcheck"]]
    assert len(commands) == 9
    assert [words for words in commands if not is_command(words)] == []
    assert not is_command(["health", "kitchen"])


def test_every_setting_is_one_of_amikos(services: dict[str, Any]) -> None:
    named = set(re.findall(r"\bAMIKO_\w+", CONTAINERFILE.read_text() + COMPOSE.read_text()))
    assert {"AMIKO_DATABASE__URL", "AMIKO_API__HOST"} <= named
    assert [name for name in sorted(named) if not is_setting(name)] == []
    assert not is_setting("AMIKO_LOG__COLOUR")
    assert services["worker"]["environment"]["AMIKO_DATABASE__URL"].startswith("postgresql+asyncpg://")


def test_secrets_come_from_the_env_file_and_go_where_they_are_needed(services: dict[str, Any]) -> None:
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    offered = set(re.findall(r"^#?(\w+)=", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE))
    assert asked | {"COMPOSE_PROJECT_NAME"} == offered
    assert not re.search(
        r"(PASSWORD|TOKEN|KEY)=[^\s]",
        re.sub(r"\s+#.*", "", (ROOT / "deploy" / "env.example").read_text()),
        re.MULTILINE,
    )
    knows_token = {name for name, one in services.items() if "AMIKO_TELEGRAM__TOKEN" in one["environment"]}
    assert knows_token == {"bot"}
    assert not fnmatch("deploy/env.example", ".env")


def test_nothing_stands_behind_a_secret() -> None:
    # `podman run --env-file` takes a comment there for a part of the value.
    lines = (ROOT / "deploy" / "env.example").read_text().splitlines()
    assert [line for line in lines if re.match(r"#?[A-Z_]+=.*\s", line)] == []


def test_podman_is_told_to_keep_the_health_check() -> None:
    assert all_of("HEALTHCHECK")
    for text in (CONTAINERFILE.read_text(), (ROOT / "docs" / "deployment.md").read_text()):
        builds = re.findall("podman build.*", text)
        assert builds
        assert all("--format docker" in line for line in builds)


def test_every_process_is_kept_in_and_asked_whether_it_is_well(services: dict[str, Any]) -> None:
    for name in OURS:
        one = services[name]
        assert (one["read_only"], one["cap_drop"], one["init"]) == (True, ["ALL"], True)
        assert "no-new-privileges:true" in one["security_opt"]
        assert one["healthcheck"].get("test") or name == "migrate"


def test_nothing_is_killed_that_still_writes_down_what_it_has(services: dict[str, Any]) -> None:
    # Docker and Podman wait for 10 s unless told otherwise; so long alone has a child of ours.
    assert {services[name]["stop_grace_period"] for name in OURS} == {"30s"}
    assert services["db"]["stop_grace_period"] == "2m"
    assert " --stop-timeout 30 " in podman_run()
    unit = (ROOT / "deploy" / "systemd" / "amiko@.service").read_text()
    assert re.search(r"^TimeoutStopSec=30$", unit, re.MULTILINE)
    assert GRACE_SECONDS < 30


def podman_run() -> str:
    """How docs/deployment.md starts a single container."""
    (found,) = re.findall(r"^podman run -d (?:.*\\\n)*.*$", (ROOT / "docs" / "deployment.md").read_text(), re.MULTILINE)
    return str(found)


def test_all_come_back_with_the_machine_on_podman_too(services: dict[str, Any]) -> None:
    # `unless-stopped` is passed over by podman-restart.service (containers/podman issue 20418).
    assert {one["restart"] for name, one in services.items() if name != "migrate"} == {"always"}
    assert "--restart always" in podman_run()


def test_nothing_begins_before_what_it_needs(services: dict[str, Any]) -> None:
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert "test" in services["db"]["healthcheck"]
    for name in ("worker", "bot", "api"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_every_volume_is_declared_or_a_file_that_is_there(services: dict[str, Any]) -> None:
    declared = set(yaml.safe_load(COMPOSE.read_text())["volumes"])
    for one in services.values():
        for volume in one["volumes"]:
            source = volume.partition(":")[0]
            assert source in declared or (COMPOSE.parent / source).exists()


def test_the_api_is_reachable_from_this_machine_alone(services: dict[str, Any]) -> None:
    published = [port for one in services.values() for port in one.get("ports", [])]
    assert published == ["127.0.0.1:8090:8090"]


def test_dumps_are_no_older_than_the_server(services: dict[str, Any]) -> None:
    server = re.match(r"postgres:(\d+)", services["db"]["image"])
    client = re.search(r"postgresql-client-(\d+)", CONTAINERFILE.read_text())
    assert server
    assert client
    assert int(client[1]) >= int(server[1])

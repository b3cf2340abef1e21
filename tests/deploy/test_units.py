"""The systemd units: systemd takes them, they keep a process in, and what they name is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.deploy.settings import is_command, is_setting

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
PROCESSES = ("run", "worker", "bot", "api", "standby")
OPEN_TO_ATTACK = 25
"""Tenths; `systemd-analyze security` rates a unit without any protection 96, and says "OK" below 50."""


def directives(file: Path) -> dict[str, list[str]]:
    """The values of each key, in their order."""
    found = defaultdict(list)
    for line in file.read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key].append(value)
    return found


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they would be installed, with a program that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed (Debian: apt-get install systemd)")
    folder = tmp_path / "units"
    shutil.copytree(UNITS, folder)
    template = (folder / "amiko@.service").read_text().replace("/opt/amiko/bin/amiko", sys.executable)
    for name in PROCESSES:
        (folder / f"amiko@{name}.service").write_text(template)
    return folder


def analyse(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{folder}:", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_systemd_finds_no_fault_in_any_of_them(installed: Path) -> None:
    done = analyse(installed, "verify", "--man=no", *(f"amiko@{name}.service" for name in PROCESSES))
    own = [line for line in done.stderr.splitlines() if "amiko" in line]
    assert (done.returncode, own) == (0, [])


def test_systemd_would_find_a_fault(installed: Path) -> None:
    unit = installed / "amiko@bot.service"
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystm=strict"))
    assert "ProtectSystm" in analyse(installed, "verify", "--man=no", unit.name).stderr


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_kept_in(installed: Path, name: str) -> None:
    done = analyse(installed, "security", "--offline=true", f"--threshold={OPEN_TO_ATTACK}", f"./amiko@{name}.service")
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd is too old to rate a unit that is not loaded")
    assert done.returncode == 0, done.stdout[-300:]


def test_a_long_absence_of_the_database_stops_nobody_for_good() -> None:
    # Bot and API end within seconds then; with systemd's limits they would stay ended after minutes.
    unit = directives(UNITS / "amiko@.service")
    assert (unit["Restart"], unit["StartLimitIntervalSec"]) == (["on-failure"], ["0"])


def test_only_who_reads_cameras_reaches_devices() -> None:
    assert directives(UNITS / "amiko@.service")["PrivateDevices"] == ["yes"]
    opened = {file.parent.name for file in UNITS.glob("*.d/*.conf") if "DeviceAllow" in directives(file)}
    assert opened == {"amiko@run.service.d", "amiko@worker.service.d"}


def test_every_process_is_one_of_amikos_commands() -> None:
    assert directives(UNITS / "amiko@.service")["ExecStart"] == ["/opt/amiko/bin/amiko %i"]
    assert all(is_command([name]) for name in PROCESSES)


def test_every_setting_is_one_of_amikos() -> None:
    named = set(re.findall(r"\bAMIKO_\w+", "".join(file.read_text() for file in UNITS.iterdir() if file.is_file())))
    assert named
    assert [name for name in sorted(named) if not is_setting(name)] == []


def test_secrets_are_in_a_file_of_their_own_and_empty() -> None:
    assert directives(UNITS / "amiko@.service")["EnvironmentFile"] == ["-/etc/amiko/amiko.env"]
    given = directives(UNITS / "amiko.env")
    assert given["AMIKO_TELEGRAM__TOKEN"] == [""]
    assert not any(
        re.search("TOKEN|KEY|PASSWORD", line) for line in directives(UNITS / "amiko@.service")["Environment"]
    )

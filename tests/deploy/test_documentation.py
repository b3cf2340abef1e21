"""What docs/deployment.md names is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.deploy.settings import is_command, is_setting

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "deployment.md").read_text()


def test_every_setting_is_one_of_amikos() -> None:
    named = set(re.findall(r"\bAMIKO_[A-Z_]+[A-Z]", TEXT))
    assert "AMIKO_DATABASE__PASSWORD" in named
    assert [name for name in sorted(named) if not is_setting(name)] == []


def test_every_command_is_one_of_amikos() -> None:
    lines = re.findall(r"^(?:.* bot )?amiko ([a-z].*?)(?:\s+#.*)?$|`amiko ([a-z][^`\[]*)`", TEXT, re.MULTILINE)
    commands = [shlex.split(re.sub(r"\$\(.*?\)", "NOW", one or other)) for one, other in lines]
    assert len(commands) >= 10
    assert ["db", "backup", "/var/backups/amiko/NOW.tar"] in commands
    assert [words for words in commands if not is_command(words)] == []


def test_every_file_is_there() -> None:
    files = set(re.findall(r"\bdeploy/[\w./@-]+\w", TEXT)) | set(re.findall(r"\bbenchmarks/\w+\.py", TEXT))
    assert {"deploy/compose.yaml", "deploy/env.example"} <= files
    made = {"deploy/.env"}
    assert {file for file in files - made if not (ROOT / file).exists()} == set()
    units = re.search(r"cp -r (.*) /etc/systemd/system/", TEXT)
    assert units
    assert all((ROOT / "deploy" / "systemd" / name).exists() for name in units[1].split())


def test_a_bare_system_gets_the_libraries_that_the_image_gets() -> None:
    image = re.search(
        r"apt-get install -y --no-install-recommends (.*?) \\", (ROOT / "deploy" / "Containerfile").read_text()
    )
    system = re.search(r"^apt-get install (.*?)\s+#", TEXT, re.MULTILINE)
    assert image
    assert system
    libraries = {name for name in image[1].split() if name.startswith("lib")}
    assert "libgl1" in libraries
    assert libraries <= set(system[1].split())

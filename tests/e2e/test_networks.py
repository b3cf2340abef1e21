"""`amiko evaluate` and `amiko train` as processes, on a small labelled set."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import pytest

from tests.e2e.conftest import Run

HOPPER = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """One face, one picture without any, one that cannot be read; all named as UTKFace names them."""
    folder = tmp_path / "faces"
    folder.mkdir()
    (folder / "78_1_0_1.jpg").write_bytes(HOPPER.read_bytes())
    (folder / "30_0_0_2.jpg").write_bytes(HOPPER.read_bytes()[:100])
    return folder


def test_age_is_measured_and_losses_are_named(amiko: Run, faces: Path) -> None:
    result = amiko("evaluate", "age", "--data", faces, "--json")
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert {"n", "mae", "bias", "cs5", "coverage80", "bin_accuracy", "bin_within_1"} <= set(figures)
    assert figures["n"] == 1
    assert figures["mae"] == pytest.approx(abs(figures["bias"]))
    assert figures["unreadable"] == ["30_0_0_2.jpg"]
    assert "1 could not be read, and are not among the figures: 30_0_0_2.jpg" in result.stderr


def test_gender_is_measured_as_json_markdown_table_and_picture(amiko: Run, faces: Path, tmp_path: Path) -> None:
    figures = json.loads(amiko("evaluate", "gender", "--data", faces, "--json").stdout)
    assert {"n", "accuracy", "balanced_accuracy", "roc_auc", "unknown"} <= set(figures)
    assert "| all | 1 |" in amiko("evaluate", "gender", "--data", faces, "--markdown").stdout
    assert "accuracy" in amiko("evaluate", "gender", "--data", faces, "--picture", "drawn.png").stdout
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")


def test_ages_alone_are_measured_and_so_are_genders_alone(amiko: Run, tmp_path: Path) -> None:
    people = tmp_path / "people"
    people.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (people / name).write_bytes(HOPPER.read_bytes())
    (people / "labels.csv").write_text("file,age\na.jpg,78\nb.jpg,\n")
    ages = amiko("evaluate", "age", "--data", people)
    assert ages.returncode == 0, ages.stderr
    assert "70+" in ages.stdout
    assert "female" not in ages.stdout
    assert "1 of the 1 faces have no gender among their labels, and are in no row of female and male" in ages.stderr
    assert "1 lacked a label that is needed, and are not among the figures: b.jpg" in ages.stderr

    (people / "labels.csv").write_text("file,gender\na.jpg,F\nb.jpg,F\n")
    genders = amiko("evaluate", "gender", "--data", people, "--json")
    assert genders.returncode == 0, genders.stderr
    figures = json.loads(genders.stdout)
    assert (figures["n"], figures["without_age"], list(figures["groups"])) == (2, 2, ["any race, female"])
    assert "2 of the 2 faces have no age among their labels, and are in no row of ages" in genders.stderr
    for refused in (
        amiko("evaluate", "age", "--data", people),
        amiko("evaluate", "gender", "--data", people, "--ages", "20+"),
    ):
        assert refused.returncode == 1
        assert "its csv has no column age" in refused.stderr


def test_a_data_set_without_labels_is_one_sentence(amiko: Run, tmp_path: Path) -> None:
    for command in (("evaluate", "age"), ("train", "age", "--out", "runs")):
        result = amiko(*command, "--data", tmp_path)
        assert result.returncode == 1
        assert "holds neither a csv with labels nor pictures named like UTKFace's" in result.stderr
        assert "Traceback" not in result.stderr


def test_an_unknown_network_is_bad_usage(amiko: Run, faces: Path) -> None:
    assert amiko("evaluate", "mood", "--data", faces).returncode == 2


def test_the_age_of_the_faces_can_be_limited(amiko: Run, faces: Path) -> None:
    assert json.loads(amiko("evaluate", "age", "--data", faces, "--ages", "0-100", "--json").stdout)["n"] == 1
    none = amiko("evaluate", "age", "--data", faces, "--ages", "99+")
    assert none.returncode == 1
    assert "no face to measure on" in none.stderr
    assert "--ages: 'old' is no age range" in amiko("evaluate", "age", "--data", faces, "--ages", "old").stderr


def test_research_weights_say_what_they_may_be_used_for(amiko: Run, faces: Path) -> None:
    chosen = amiko("evaluate", "age", "--data", faces, "--weights", "research", "--json")
    assert chosen.returncode == 0
    assert "non-commercial" in chosen.stderr
    assert "non-commercial" not in amiko("evaluate", "age", "--data", faces, "--json").stderr
    configured = amiko("evaluate", "age", "--data", faces, "--json", AMIKO_VISION__WEIGHTS="research")
    assert "non-commercial" in configured.stderr
    assert json.loads(configured.stdout) == json.loads(chosen.stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("attire", "--ages", "21-60"), 2, "clothes are labelled without ages"),
        (("age", "--json", "--markdown"), 2, "ask for one of them"),
        (("age", "--picture", "drawn.svg"), 2, "does not end with .png"),
        (("age", "--picture", "none/drawn.png"), 1, "there is no folder none; create it"),
        (("age", "--picture", "/proc/drawn.png"), 1, "--picture /proc/drawn.png: cannot be written"),
        (("age", "--weights", "weights"), 1, "--weights weights: holds no age.safetensors"),
    ],
)
def test_what_cannot_be_done_is_said_by_option(
    amiko: Run, faces: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    """A folder with gender alone would have the shipped age network measured in its place."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "gender.safetensors").touch()
    refused = amiko("evaluate", *arguments, "--data", faces)
    assert refused.returncode == code, refused.stderr
    assert says in refused.stderr
    assert "not foresee" not in refused.stderr


def test_a_folder_without_weights_is_named(amiko: Run, faces: Path) -> None:
    refused = amiko("evaluate", "age", "--data", faces, "--weights", "nowhere")
    assert refused.returncode == 1
    assert "nowhere: holds no weights" in refused.stderr

"""Reading labelled data: what the labels mean, what is kept for validation, and what is refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.data_sets import street
from vision.labelled.attire import tags_of, traits_of
from vision.labelled.bodies import read_bodies
from vision.labelled.errors import DataError
from vision.labelled.faces import ANY_AGE, parse_ages, read_faces
from vision.labelled.source import tenth_of
from vision.training.faces import year_prior

HEADER = "file,age,gender,race,box_x,box_y,box_w,box_h\n"


def picture(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 48, 3), np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1])


def data_set(path: Path, labels: str, count: int) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("labels.csv", labels)
        for i in range(count):
            archive.writestr(f"{i}.png", picture(i))
    return path


def test_faces_come_with_their_years_gender_and_box(tmp_path: Path) -> None:
    labels = HEADER + "0.png,20-29,F,Indian,10,11,20,30\n1.png,70+,M,White,1,2,3,4.5\n2.png,33,M,,0,0,5,5\n"
    faces = read_faces([data_set(tmp_path / "faces.zip", labels, 3)]).samples
    assert [face.ages for face in faces] == [(20, 29), (70, 100), (33, 33)]
    assert [face.female for face in faces] == [True, False, False]
    assert [face.box for face in faces] == [(10, 11, 30, 41), (1, 2, 4, 6.5), (0, 0, 5, 5)]
    assert [face.race for face in faces] == ["Indian", "White", ""]


def test_a_label_that_is_not_needed_may_be_absent(tmp_path: Path) -> None:
    no_column = data_set(tmp_path / "ages.zip", "file,age,box_x,box_y,box_w,box_h\n0.png,26,1,1,9,9\n", 1)
    no_value = data_set(tmp_path / "both.zip", HEADER + "0.png,26,F,,1,1,9,9\n1.png,27, ,,1,1,9,9\n", 2)
    faces = read_faces([no_column, no_value], needed=["age"]).samples
    assert [(face.ages, face.female) for face in faces] == [((26, 26), None), ((26, 26), True), ((27, 27), None)]
    genders = data_set(tmp_path / "genders.zip", HEADER + "0.png,,M,,1,1,9,9\n", 1)
    (face,) = read_faces([genders], needed=["gender"]).samples
    assert (face.ages, face.female) == (ANY_AGE, False)


def test_a_row_without_a_label_that_is_needed_is_counted(tmp_path: Path) -> None:
    labels = HEADER + "0.png,,M,,1,1,9,9\n1.png,26,,,1,1,9,9\n2.png,26,F,,1,1,9,9\n"
    path = data_set(tmp_path / "faces.zip", labels, 3)
    assert read_faces([path], needed=["age"]).unlabelled == ["0.png"]
    assert read_faces([path], needed=["gender"]).unlabelled == ["1.png"]
    found = read_faces([path])
    assert found.unlabelled == ["0.png", "1.png"]
    assert len(found.samples) == 1


def test_nonsense_is_no_absent_label(tmp_path: Path) -> None:
    for labels, needed in (("0.png,26,X,,1,1,9,9\n", "age"), ("0.png,old,F,,1,1,9,9\n", "gender")):
        path = data_set(tmp_path / f"{needed}.zip", HEADER + labels, 1)
        with pytest.raises(DataError, match=r"0\.png: .* must be"):
            read_faces([path], needed=[needed])


def test_the_bytes_of_a_picture_say_which_tenth_it_is_in() -> None:
    tenths = [tenth_of(i.to_bytes(4, "big")) for i in range(2000)]
    assert np.bincount(tenths, minlength=10) == pytest.approx(np.full(10, 200), abs=50)
    assert tenths == [tenth_of(i.to_bytes(4, "big")) for i in range(2000)]


def test_each_photo_validates_once_in_ten_trainings(tmp_path: Path) -> None:
    photos = street(tmp_path / "street.zip", 40)
    kept = np.stack([[body.validation for body in read_bodies([photos], tenth).samples] for tenth in range(10)])
    assert np.all(kept.sum(axis=0) == 1)
    assert [body.validation for body in read_bodies([photos]).samples] == list(kept[0])


@pytest.mark.parametrize(
    ("text", "years"), [("0-2", (0, 2)), ("70+", (70, 100)), ("26", (26, 26)), ("116", (100, 100)), ("0", (0, 0))]
)
def test_ages_are_years_ranges_or_open(text: str, years: tuple[int, int]) -> None:
    assert parse_ages(text) == years


@pytest.mark.parametrize("text", ["", "old", "9-3", "-4", "+"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="age must be"):
        parse_ages(text)


def test_years_in_a_common_bin_are_expected_more_often(tmp_path: Path) -> None:
    rows = "".join(f"{i}.png,{age},F,,1,1,9,9\n" for i, age in enumerate(["20-29"] * 40 + ["70+"] * 40))
    faces = read_faces([data_set(tmp_path / "faces.zip", HEADER + rows, 80)]).samples
    prior = np.exp(year_prior(faces))
    assert prior.sum() == pytest.approx(1)
    assert prior[25] > 3 * prior[40]
    assert prior[72] > 2 * prior[95]


def test_street_garments_say_which_traits_are_there_and_which_are_not() -> None:
    traits = traits_of({"garments": "blazer;jeans;skin;bag"})
    np.testing.assert_array_equal(traits, [1, 1, np.nan, 0, 0])
    np.testing.assert_array_equal(traits_of({"garments": "coat;skirt"}), [0, 0, np.nan, 1, 1])


def test_garments_are_words_whatever_their_case_and_the_spaces_around_them() -> None:
    np.testing.assert_array_equal(traits_of({"garments": "Suit; Jeans ;"}), [1, 1, np.nan, 0, 0])
    assert tags_of({"garments": "Suit; Jeans ;"}) == {"suit", "jeans"}


@pytest.mark.parametrize(
    ("category", "article", "usage", "expected"),
    [
        ("Topwear", "Shirts", "Formal", [1, 0, 0, np.nan, 0]),
        ("Topwear", "Tshirts", "Sports", [0, 0, 1, np.nan, 0]),
        ("Topwear", "Kurtas", "Ethnic", [np.nan, np.nan, 0, np.nan, 0]),
        ("Dress", "Dresses", "Casual", [0, 1, 0, np.nan, 1]),
        ("Bottomwear", "Skirts", "Casual", [0, 1, 0, np.nan, 1]),
        ("Topwear", "Shirts", "", [np.nan, np.nan, np.nan, np.nan, 0]),
    ],
)
def test_catalogue_labels_leave_open_what_they_do_not_say(
    category: str, article: str, usage: str, expected: list[float]
) -> None:
    np.testing.assert_array_equal(traits_of({"category": category, "article": article, "usage": usage}), expected)


def test_attire_labels_of_neither_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs the column garments"):
        read_bodies([data_set(tmp_path / "faces.zip", HEADER + "0.png,1,F,,1,1,9,9\n", 1)])

"""Labelled pictures are read by format; what cannot be read is counted, and nonsense is refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest

from vision.labelled.bodies import read_bodies
from vision.labelled.errors import DataError
from vision.labelled.faces import parse_ages, read_faces
from vision.labelled.source import read_pictures

HOPPER = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"


def picture(path: Path, size: int = 16) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (size, size, 3), np.uint8))
    return path


def test_a_zip_and_a_folder_with_labels_give_the_same(tmp_path: Path) -> None:
    picture(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "labels.csv").write_text("file,age,gender,box_x,box_y,box_w,box_h\na.png,26,F,1,2,10,12\n")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in (tmp_path / "set").iterdir():
            archive.write(file, file.name)
    for path in (tmp_path / "set", tmp_path / "set.zip"):
        (face,) = read_faces([path]).samples
        assert (face.box, face.ages, face.female) == ((1, 2, 11, 14), (26, 26), True)


def test_fairfaces_own_csv_is_understood(tmp_path: Path) -> None:
    picture(tmp_path / "val" / "1.jpg")
    text = "file,age,gender,race,service_test\nval/1.jpg,more than 70,Male,Indian,False\n"
    (tmp_path / "fairface_label_val.csv").write_text(text)
    (read,) = read_pictures(tmp_path / "fairface_label_val.csv")
    assert read.image is not None
    assert parse_ages(read.row["age"]) == (70, 100)
    assert [p.name for p in read_pictures(tmp_path)] == ["val/1.jpg"]


def test_utkfaces_file_names_are_labels_and_faces_are_detected(tmp_path: Path) -> None:
    (tmp_path / "78_1_0_20170110183726390.jpg.chip.jpg").write_bytes(HOPPER.read_bytes())
    picture(tmp_path / "5_0_2_20170110183726391.png", 64)
    found = read_faces([tmp_path])
    (face,) = found.samples
    assert (face.ages, face.female, face.race) == ((78, 78), True, "white")
    assert 150 < face.box[2] - face.box[0] < 220
    assert found.faceless == ["5_0_2_20170110183726391.png"]
    assert "1 held no face (5_0_2" in found.losses()


def test_a_tight_crop_still_holds_its_face(tmp_path: Path) -> None:
    photo = cv2.imread(str(HOPPER))
    assert photo is not None
    cv2.imwrite(str(tmp_path / "78_1_0_1.png"), photo[125:340, 170:362])
    assert len(read_faces([tmp_path]).samples) == 1


def test_missing_and_damaged_pictures_are_counted(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("no picture")
    (tmp_path / "labels.csv").write_text("file,age,gender\nbad.png,20,F\nnone.png,20,M\n")
    found = read_faces([tmp_path])
    assert found.unreadable == ["bad.png", "none.png"]
    assert found.samples == []


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "holds neither a csv with labels nor pictures"),
        ({"labels.csv": "name,age\na,1\n"}, "needs a header with the column file"),
        ({"a.csv": "file\nx\n", "b.csv": "file\nx\n"}, "holds several csv files"),
        ({"labels.csv": "file,age,gender\nx.png,old,F\n"}, "age must be a year or a range"),
        ({"labels.csv": "file,age,gender\nx.png,20,X\n"}, "gender must be F or M, not 'X'"),
        ({"labels.csv": "file,age,gender,box_x\nx.png,20,F,left\n"}, "must all be numbers"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, files: dict[str, str], says: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=says) as caught:
        read_faces([tmp_path])
    assert str(tmp_path) in str(caught.value)


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_text("no zip")
    for path, says in ((tmp_path / "none", "no such data set"), (tmp_path / "notes.zip", "neither a zip nor a csv")):
        with pytest.raises(DataError, match=says):
            list(read_pictures(path))


def test_attire_labels_come_from_garments_or_usage(tmp_path: Path) -> None:
    for folder, row in (
        ("street", "garments\na.png,suit;coat"),
        ("shop", "category,article,usage\na.png,Dress,Dresses,Ethnic"),
    ):
        picture(tmp_path / folder / "a.png")
        (tmp_path / folder / "labels.csv").write_text(f"file,{row}\n")
    street, shop = read_bodies([tmp_path / "street", tmp_path / "shop"]).samples
    assert street.traits.tolist()[:2] == [1.0, 0.0]
    assert street.street
    assert np.isnan(shop.traits[:2]).all()
    assert shop.traits[4] == 1.0
    assert shop.crop().shape == (288, 200, 3)

"""Labelled pictures are read by format; what cannot be read is counted, and nonsense is refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from PIL import Image

from vision.labelled.bodies import read_bodies
from vision.labelled.errors import DataError
from vision.labelled.faces import parse_ages, read_faces
from vision.labelled.source import LARGEST_FILE, read_pictures

BOXED = "file,age,gender,box_x,box_y,box_w,box_h\n"
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
        ({"labels.csv": ""}, "labels.csv is empty, damaged, or cannot be read"),
        ({"labels.csv": "file;age;gender\nx.png;20;F\n"}, "commas between its columns"),
        ({"labels.csv": "file,age,gender\nx.png,20,F\ny.png,20\n"}, "line 3 of labels.csv has other fields"),
        ({"labels.csv": "file,age,gender\nx.png,20,F,Indian\n"}, "line 2 of labels.csv has other fields"),
        ({"labels.csv": "file,age,gender\n,20,F\n"}, "line 2 of labels.csv names no file"),
        ({"labels.csv": f"file,age,gender\nx.png,20,F{'F' * 200_000}\n"}, "line 2 of labels.csv cannot be read"),
        ({"labels.csv": "file,age\nx.png,20\n"}, "its csv has no column gender"),
        ({"labels.csv": "file,age,gender\nx.png,old,F\n"}, "age must be a year or a range"),
        ({"labels.csv": "file,age,gender\nx.png,20,X\n"}, "gender must be F or M, not 'X'"),
        ({"labels.csv": "file,age,gender,box_x\nx.png,20,F,left\n"}, "must all be numbers"),
        ({"labels.csv": BOXED + "x.png,20,F,1,2,-3,4\n"}, "x.png: box_w and box_h must be more than 0"),
        ({"labels.csv": BOXED + "x.png,20,F,1,2,0,4\n"}, "x.png: box_w and box_h must be more than 0"),
        ({"labels.csv": BOXED + "x.png,20,F,nan,2,3,4\n"}, "all of the box finite"),
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


def test_a_box_beside_its_picture_is_refused_by_name(tmp_path: Path) -> None:
    picture(tmp_path / "x.png", 16)
    for box, refused in (("15,15,9,9", False), ("16,0,9,9", True), ("-9,0,9,9", True)):
        (tmp_path / "labels.csv").write_text(f"{BOXED}x.png,20,F,{box}\n")
        if refused:
            with pytest.raises(DataError, match=r"x\.png: its box lies outside the picture, which is 16 x 16"):
                read_faces([tmp_path])
        else:
            assert len(read_faces([tmp_path]).samples) == 1


def test_half_a_photo_and_a_bomb_are_counted_and_not_shown_to_a_network(tmp_path: Path) -> None:
    """OpenCV would show the lower half of the first as grey, and give the second whatever memory it takes."""
    (tmp_path / "half.jpg").write_bytes(HOPPER.read_bytes()[: HOPPER.stat().st_size // 2])
    Image.new("1", (30_000, 10)).save(tmp_path / "bomb.png")
    (tmp_path / "labels.csv").write_text(f"{BOXED}half.jpg,78,F,170,90,200,200\nbomb.png,20,F,0,0,9,9\n")
    assert read_faces([tmp_path]).unreadable == ["half.jpg", "bomb.png"]


def test_what_is_damaged_in_a_zip_is_counted_and_the_rest_read(tmp_path: Path) -> None:
    """The damage is to the packed bytes of one picture; another says that it is far larger than any photo."""
    path = tmp_path / "faces.zip"
    photo = picture(tmp_path / "a.png").read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("labels.csv", BOXED + "".join(f"{name}.png,20,F,1,1,9,9\n" for name in "abc"))
        archive.writestr("a.png", photo)
        archive.writestr("b.png", photo)
        archive.writestr("c.png", bytes(LARGEST_FILE + 1), zipfile.ZIP_DEFLATED, 1)
        packed = archive.getinfo("a.png").header_offset + 100
    data = bytearray(path.read_bytes())
    data[packed] ^= 255
    path.write_bytes(data)
    found = read_faces([path])
    assert found.unreadable == ["a.png", "c.png"]
    assert len(found.samples) == 1


def test_an_encrypted_zip_is_to_be_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("labels.csv", BOXED)
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="is encrypted; unpack it"):
        read_faces([path])


def test_a_picture_whose_name_says_no_age_and_gender_is_counted(tmp_path: Path) -> None:
    """Three of UTKFace's own files lack the race."""
    for name in ("78_1_0_20170110183726390.jpg", "39_1_20170116174525125.jpg"):
        (tmp_path / name).write_bytes(HOPPER.read_bytes())
    found = read_faces([tmp_path])
    assert len(found.samples) == 1
    assert found.unlabelled == ["39_1_20170116174525125.jpg"]
    assert "1 lacked a label that is needed (39_1" in found.losses()


def test_what_a_mac_adds_is_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "x.png")
    (tmp_path / "faces.csv").write_text("file,age,gender,box_x,box_y,box_w,box_h\nx.png,20,F,1,1,9,9\n")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._faces.csv").write_bytes(bytes(40))
    assert len(read_faces([tmp_path]).samples) == 1

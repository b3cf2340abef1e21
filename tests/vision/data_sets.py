"""Small labelled data sets of noise."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np


def faces(path: Path, count: int) -> Path:
    rng = np.random.default_rng(5)
    with zipfile.ZipFile(path, "w") as archive:
        rows = ["file,age,gender,race,box_x,box_y,box_w,box_h"]
        for i in range(count):
            rows.append(f"{i}.png,{['0-2', '20-29', '70+'][i % 3]},{'FM'[i % 2]},Any,15,15,98,98")
            pixels = rng.integers(0, 256, (128, 128, 3), np.uint8)
            archive.writestr(f"{i}.png", bytes(cv2.imencode(".png", pixels)[1]))
        archive.writestr("labels.csv", "\n".join(rows))
    return path


def street(path: Path, count: int) -> Path:
    rng = np.random.default_rng(6)
    with zipfile.ZipFile(path, "w") as archive:
        rows = ["file,garments,box_x,box_y,box_w,box_h"]
        for i in range(count):
            box = "40,20,15,18" if i % 4 else ",,,"
            rows.append(f"{i}.png,{['coat;suit', 'jeans', 'dress'][i % 3]},{box}")
            pixels = rng.integers(0, 256, (192, 96, 3), np.uint8)
            archive.writestr(f"{i}.png", bytes(cv2.imencode(".png", pixels)[1]))
        archive.writestr("labels.csv", "\n".join(rows))
    return path

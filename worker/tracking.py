"""Follows faces from frame to frame with ByteTrack (Zhang et al., 2022), from the package `trackers`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import supervision as sv
from trackers import BIoU, ByteTrackTracker

from vision.face import Face

BUFFER_RATIO = 0.5
"""Boxes are widened by this share of their size on each side before they are matched: at a few frames a second a
walking person's face moves by about its own width between frames."""

FAINT = 0.6
"""Faces down to this share of the detector threshold may continue a track, though not begin one."""


class FaceTracker:
    """Gives each face the number of its track.

    Args:
        threshold: least confidence of a face that begins a track.
        fps: frames per second that `update` is called with, about.
        lost_after: a track unseen for so long (s) ends.
        min_seen: consecutive frames a face must be seen in before it gets a number.
    """

    def __init__(self, threshold: float, fps: float, lost_after: float, min_seen: int) -> None:
        self._tracker = ByteTrackTracker(
            lost_track_buffer=round(lost_after * 30),
            frame_rate=fps,
            track_activation_threshold=threshold,
            minimum_consecutive_frames=min_seen,
            minimum_iou_threshold=0.1,
            high_conf_det_threshold=threshold,
            iou=BIoU(BUFFER_RATIO),
        )

    def update(self, faces: Sequence[Face], at: float) -> list[tuple[int, Face]]:
        """The faces that belong to a track, with its number; `at` (s) must grow from call to call."""
        if not faces and not self._tracker.tracks:
            return []
        detections = sv.Detections(
            xyxy=np.array([face.box for face in faces], np.float32).reshape(-1, 4),
            confidence=np.array([face.score for face in faces], np.float32),
            data={"face": np.arange(len(faces))},
        )
        tracked = self._tracker.update(detections, timestamp=at)
        if tracked.tracker_id is None or len(tracked) == 0:
            return []
        pairs = zip(tracked.tracker_id.tolist(), np.asarray(tracked.data["face"]).tolist(), strict=True)
        return sorted(((number, faces[index]) for number, index in pairs if number >= 0), key=lambda pair: pair[0])

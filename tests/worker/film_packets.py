"""An H.264 film as RTP packets (RFC 6184): so that a camera can play it by the clock, from any place, over and over."""

from __future__ import annotations

import base64
import re
import struct
import subprocess
from collections.abc import Iterator

import imageio_ffmpeg

RATE = 90_000
"""Ticks of RTP's clock for video in a second."""

PAYLOAD_TYPE, LARGEST = 96, 1400
DELIMITER, SEQUENCE_SET, PICTURE_SET, FRAGMENT = 9, 7, 8, 28
"""Types of H.264's units, and RTP's of a part of one."""


class Film:
    """The film.

    Attributes:
        fps: pictures a second.
        frames: the payloads of each picture's packets, in order.
        description: SDP, without a place.
    """

    def __init__(self, path: str) -> None:
        number, seconds = imageio_ffmpeg.count_frames_and_secs(path)
        self.fps = number / seconds
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", path, "-c", "copy"]
        command += ["-bsf:v", "h264_mp4toannexb,h264_metadata=aud=insert", "-f", "h264", "-"]
        stream = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
        self.frames: list[list[bytes]] = []
        sets: dict[int, bytes] = {}
        for unit in re.split(rb"\x00{2,3}\x01", stream)[1:]:
            kind = unit[0] & 31
            if kind == DELIMITER:
                self.frames.append([])
                continue
            if kind in (SEQUENCE_SET, PICTURE_SET):
                sets.setdefault(kind, unit)
            self.frames[-1] += _parts(unit)
        written = ",".join(base64.b64encode(sets[kind]).decode() for kind in (SEQUENCE_SET, PICTURE_SET))
        self.description = (
            f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=film\r\nt=0 0\r\nm=video 0 RTP/AVP {PAYLOAD_TYPE}\r\n"
            f"a=rtpmap:{PAYLOAD_TYPE} H264/{RATE}\r\n"
            f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1; sprop-parameter-sets={written}\r\na=control:track1\r\n"
        )

    def packets(self, number: int, sequence: int) -> Iterator[bytes]:
        """The packets of the n-th picture, counted on through the repetitions; `sequence` is the first one's number."""
        parts = self.frames[number % len(self.frames)]
        stamp = round(number / self.fps * RATE) % 2**32
        for at, part in enumerate(parts):
            last = 0x80 if at == len(parts) - 1 else 0
            yield struct.pack("!BBHII", 0x80, PAYLOAD_TYPE | last, (sequence + at) % 2**16, stamp, 1) + part


def _parts(unit: bytes) -> list[bytes]:
    """One unit whole, or in fragments where it is too large for a packet."""
    if len(unit) <= LARGEST:
        return [unit]
    indicator, kind = unit[0] & 0xE0 | FRAGMENT, unit[0] & 31
    pieces = [unit[at : at + LARGEST] for at in range(1, len(unit), LARGEST)]
    marks = [0x80, *[0] * (len(pieces) - 2), 0x40]
    return [bytes((indicator, mark | kind)) + piece for mark, piece in zip(marks, pieces, strict=True)]

"""A network camera to break: an HTTP server of moving JPEGs, run as a process of its own (`mjpeg_server.py [PORT]`).

It prints its port. What it shows is asked for in the address: /stream?width=640&height=480&fps=25 and
  film=FILE    a video over and over, instead of the drawn picture: its place follows the clock, as if it had always run
  grow=N       from the N-th picture on, twice as large
  damage=N     every N-th picture has its middle overwritten
  garbage=N    random bytes instead of a picture, once, as the N-th
  cut=N        the connection ends after N pictures
  hang=1       accepts, and never answers
  user=, password=   Basic authentication
Every drawn picture is split in four quarters: red, green, blue and white, from the upper left, row by row.

/fault?kind=cut ends every connection that is open; kind=damage or kind=grow does as above for the next &seconds=3.
"""

from __future__ import annotations

import base64
import os
import sys
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np

COLOURS = ((0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255))
"""Of the quarters (BGR)."""

faults: dict[str, float] = {}
"""What /fault has asked for, and until when; of a cut, when it was."""


@cache
def film(path: str, fps: int) -> list[bytes]:
    """A video as JPEGs, so many a second."""
    capture, pictures, read = cv2.VideoCapture(path, cv2.CAP_FFMPEG), [], 0
    rate = capture.get(cv2.CAP_PROP_FPS)
    while capture.grab():
        if read * fps >= len(pictures) * rate:
            pictures.append(cv2.imencode(".jpg", capture.retrieve()[1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
        read += 1
    return pictures


def enlarged(jpeg: bytes) -> bytes:
    """The same picture, twice as large."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".jpg", cv2.resize(image, None, fx=2, fy=2))[1].tobytes()


def picture(width: int, height: int, number: int) -> bytes:
    """A JPEG; something small moves through it."""
    image = np.zeros((height, width, 3), np.uint8)
    for quarter, colour in enumerate(COLOURS):
        row, column = divmod(quarter, 2)
        image[row * height // 2 :, column * width // 2 :] = colour
    image[height // 2 - 4 : height // 2 + 4, number * 7 % (width - 8) :][:, :8] = 0
    return cv2.imencode(".jpg", image)[1].tobytes()


def damaged(jpeg: bytes) -> bytes:
    """With its middle overwritten."""
    middle = len(jpeg) // 2
    return jpeg[:middle] + os.urandom(200) + jpeg[middle + 200 :]


def part(jpeg: bytes) -> bytes:
    """A picture as a part of the answer."""
    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


class Camera(BaseHTTPRequestHandler):
    """Answers one viewer."""

    def do_GET(self) -> None:  # the base class names it
        """Send pictures until the viewer goes."""
        wishes = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self.path.startswith("/fault"):
            faults[wishes["kind"]] = time.time() + float(wishes.get("seconds", 0))
            self.send_response(204)
            self.end_headers()
            return
        if "hang" in wishes:
            time.sleep(3600)
        if "user" in wishes:
            right = base64.b64encode(f"{wishes['user']}:{wishes['password']}".encode()).decode()
            if self.headers["Authorization"] != f"Basic {right}":
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            numbers = {name: int(value) for name, value in wishes.items() if value.isdigit()}
            if "film" in wishes:
                self._film(wishes["film"], numbers.get("fps", 10))
            else:
                self._pictures(numbers)
        except (BrokenPipeError, ConnectionResetError):
            return

    def _pictures(self, wishes: dict[str, int]) -> None:
        width, height = wishes.get("width", 640), wishes.get("height", 480)
        started, number = time.monotonic(), 0
        while number != wishes.get("cut"):
            number += 1
            factor = 2 if number >= wishes.get("grow", sys.maxsize) else 1
            jpeg = picture(width * factor, height * factor, number)
            if number % wishes.get("damage", sys.maxsize) == 0:
                jpeg = damaged(jpeg)
            self.wfile.write(os.urandom(3000) if number == wishes.get("garbage") else part(jpeg))
            time.sleep(max(0.0, started + number / wishes.get("fps", 25) - time.monotonic()))

    def _film(self, path: str, fps: int) -> None:
        pictures, began = film(path, fps), time.time()
        while faults.get("cut", 0) < began:
            now = time.time()
            number = int(now * fps)
            jpeg = pictures[number % len(pictures)]
            if now < faults.get("grow", 0):
                jpeg = enlarged(jpeg)
            if now < faults.get("damage", 0):
                jpeg = damaged(jpeg) if number % 3 else os.urandom(3000)
            self.wfile.write(part(jpeg))
            time.sleep(max(0.0, (number + 1) / fps - time.time()))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    cv2.setNumThreads(1)
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Camera)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()

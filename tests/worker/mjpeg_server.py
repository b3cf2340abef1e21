"""A network camera to break: an HTTP server of moving JPEGs, run as a process of its own (`python mjpeg_server.py`).

It prints its port. What it shows is asked for in the address: /stream?width=640&height=480&fps=25 and
  grow=N       from the N-th picture on, twice as large
  damage=N     every N-th picture has its middle overwritten
  garbage=N    random bytes instead of a picture, once, as the N-th
  cut=N        the connection ends after N pictures
  hang=1       accepts, and never answers
  user=, password=   Basic authentication
Every picture is split in four quarters: red, green, blue and white, from the upper left, row by row.
"""

from __future__ import annotations

import base64
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np

COLOURS = ((0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255))
"""Of the quarters (BGR)."""


def picture(width: int, height: int, number: int) -> bytes:
    """A JPEG; something small moves through it."""
    image = np.zeros((height, width, 3), np.uint8)
    for quarter, colour in enumerate(COLOURS):
        row, column = divmod(quarter, 2)
        image[row * height // 2 :, column * width // 2 :] = colour
    image[height // 2 - 4 : height // 2 + 4, number * 7 % (width - 8) :][:, :8] = 0
    return cv2.imencode(".jpg", image)[1].tobytes()


class Camera(BaseHTTPRequestHandler):
    """Answers one viewer."""

    def do_GET(self) -> None:  # the base class names it
        """Send pictures until the viewer goes."""
        wishes = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
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
            self._pictures({name: int(value) for name, value in wishes.items() if name not in ("user", "password")})
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
                middle = len(jpeg) // 2
                jpeg = jpeg[:middle] + os.urandom(200) + jpeg[middle + 200 :]
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
            part = head + jpeg + b"\r\n"
            self.wfile.write(os.urandom(3000) if number == wishes.get("garbage") else part)
            time.sleep(max(0.0, started + number / wishes.get("fps", 25) - time.monotonic()))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    cv2.setNumThreads(1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()

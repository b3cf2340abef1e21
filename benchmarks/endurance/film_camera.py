"""A network camera that plays a film over and over, in a process of its own, and can be broken in every way we know."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Literal

import imageio_ffmpeg

SERVERS = Path(__file__).resolve().parents[2] / "tests" / "worker"

FPS = 10
"""Pictures a second that a camera of JPEGs sends."""

Kind = Literal["mjpeg", "rtsp"]


class FilmCamera:
    """The camera; not running before `start`. The film's place follows the clock, whatever happens to the camera.

    Args:
        kind: moving JPEGs by HTTP, or H.264 by RTSP.
        film: H.264 without B-frames and with a key frame every second, as `as_film` makes it.
        cores: on which its processes run; None for all.
    """

    def __init__(self, kind: Kind, film: Path, cores: set[int] | None = None) -> None:
        self.kind = kind
        self._film = film
        self._cores = cores
        self._process: subprocess.Popen[str] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """Its address, which stays the same when it is started again."""
        if self.kind == "rtsp":
            return f"rtsp://127.0.0.1:{self._port}/film"
        return f"http://127.0.0.1:{self._port}/stream?fps={FPS}&film={self._film}"

    def start(self, film: Path | None = None) -> None:
        """Start it, with another film where one is named, and wait until it listens."""
        arguments = [f"{self.kind}_server.py"]
        arguments += [str(film or self._film)] if self.kind == "rtsp" else []
        self._process = subprocess.Popen(
            [sys.executable, str(SERVERS / arguments[0]), *arguments[1:], str(self._port)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if self._cores:
            os.sched_setaffinity(self._process.pid, self._cores)
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def freeze(self) -> None:
        """Stop its processes; connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def cut(self) -> None:
        """End the connections; new ones are accepted."""
        if self.kind == "rtsp":
            self._signal_server(signal.SIGUSR1)
        else:
            self._fault("cut")

    def damage(self) -> None:
        """Damage what is sent for three seconds."""
        if self.kind == "rtsp":
            self._signal_server(signal.SIGUSR2)
        else:
            self._fault("damage&seconds=3")

    def grow(self, seconds: float) -> None:
        """Send pictures of twice the size for a while, in mid-stream; JPEGs only."""
        self._fault(f"grow&seconds={seconds}")

    def _fault(self, wish: str) -> None:
        urllib.request.urlopen(f"http://127.0.0.1:{self._port}/fault?kind={wish}", timeout=10).close()

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def _signal_server(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


def as_film(video: Path, film: Path, *options: str) -> Path:
    """A video as cameras can play it from any place; `options` are FFmpeg's, for the output."""
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", "-i", str(video), "-an", *options]
    encoded = ["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-bf", "0", "-crf", "21"]
    subprocess.run([*ffmpeg, *encoded, "-force_key_frames", "expr:gte(t,n_forced)", str(film)], check=True)
    return film

"""An RTSP camera to break, as a process of its own (`python -m tests.worker.rtsp_server [FILM PORT]`); prints its port.

FFmpeg films a test picture and sends RTP packets by UDP; here they are passed on inside the viewers' TCP connections
(RFC 2326, 10.12). An H.264 film is played over and over instead, its place follows the clock as if it had always run.
SIGUSR1 cuts the connections, SIGUSR2 damages packets for three seconds. It ends together with its FFmpeg when its
process group is killed.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import imageio_ffmpeg

from tests.worker.film_packets import Film

FILM = ["-re", "-f", "lavfi", "-i", "testsrc=s=640x360:r=15", "-c:v", "libx264", "-preset", "ultrafast"]
FILM += ["-tune", "zerolatency", "-g", "15"]

DAMAGED_SECONDS = 3.0

description = ""
viewers: list[socket.socket] = []
damaged_until = 0.0


def cut(*_: object) -> None:
    """End every connection."""
    for viewer in viewers:
        with suppress(OSError):  # it has gone already
            viewer.shutdown(socket.SHUT_RDWR)


def damage(*_: object) -> None:
    """Damage packets for a while."""
    global damaged_until
    damaged_until = time.monotonic() + DAMAGED_SECONDS


class Viewer(StreamRequestHandler):
    """Answers one viewer's requests; after PLAY the packets come from `pass_on`."""

    def handle(self) -> None:
        """One request after the other, until the viewer goes."""
        try:
            while request := self.rfile.readline().decode(errors="replace").split():
                headers = {}
                while line := self.rfile.readline().decode(errors="replace").strip():
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                self._answer(request[0], headers.get("cseq", "0"))
        except OSError:
            return

    def _answer(self, method: str, number: str) -> None:
        body = description if method == "DESCRIBE" else ""
        headers = {
            "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
            "DESCRIBE": "Content-Type: application/sdp\r\n",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
            "PLAY": "Session: 1\r\n",
        }.get(method, "")
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        self.request.sendall((head + body).encode())
        if method == "PLAY":
            viewers.append(self.request)


def pass_on(packets: socket.socket) -> None:
    """Every packet to every viewer."""
    while True:
        send(packets.recv(65536))


def play(film: Film) -> None:
    """The film's packets to every viewer, when they are due; what could not be sent in time is left out."""
    sequence, number = 0, int(time.time() * film.fps)
    while True:
        number = max(number + 1, int(time.time() * film.fps))
        time.sleep(max(0.0, number / film.fps - time.time()))
        for packet in film.packets(number, sequence):
            send(packet)
            sequence += 1


def send(packet: bytes) -> None:
    """One packet to every viewer."""
    if time.monotonic() < damaged_until:
        packet = packet[: len(packet) // 2] + os.urandom(len(packet) - len(packet) // 2)
    for viewer in list(viewers):
        try:
            viewer.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)
        except OSError:
            viewers.remove(viewer)


def film_test_picture() -> tuple[str, Thread]:
    """FFmpeg's description of what it films, and who passes it on."""
    packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets.bind(("127.0.0.1", 0))
    port = packets.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        sdp = Path(folder) / "sdp"
        target = ["-f", "rtp", "-sdp_file", str(sdp), f"rtp://127.0.0.1:{port}?pkt_size=1400"]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "quiet", *FILM, *target]
        subprocess.Popen(command, stdin=subprocess.DEVNULL)
        while not sdp.exists() or "a=fmtp" not in sdp.read_text():
            time.sleep(0.05)
        lines = [line for line in sdp.read_text().splitlines() if re.match(r"[a-z]=", line)]
    text = "\r\n".join([*lines, "a=control:track1", ""]).replace(f"m=video {port}", "m=video 0")
    return text, Thread(target=pass_on, args=(packets,), daemon=True)


def main() -> None:
    """Film, or play, and serve."""
    global description
    if len(sys.argv) > 1:
        film = Film(sys.argv[1])
        description, sending = film.description, Thread(target=play, args=(film,), daemon=True)
    else:
        description, sending = film_test_picture()
    sending.start()
    signal.signal(signal.SIGUSR1, cut)
    signal.signal(signal.SIGUSR2, damage)
    ThreadingTCPServer.allow_reuse_address = True
    with ThreadingTCPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 1 else 0), Viewer) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

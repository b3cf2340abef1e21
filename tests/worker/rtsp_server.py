"""An RTSP camera to break, run as a process of its own (`rtsp_server.py [FILM PORT]`); it prints its port.

FFmpeg films a test picture, or plays an H.264 film over and over, whose place follows the clock as if it had always
run. It sends RTP packets by UDP; here they are passed on inside the viewers' TCP connections (RFC 2326, 10.12). SIGUSR1
cuts these connections, SIGUSR2 damages packets for three seconds. It ends together with its FFmpeg when its process
group is killed.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import imageio_ffmpeg

FILM = ["-re", "-f", "lavfi", "-i", "testsrc=s=640x360:r=15", "-c:v", "libx264", "-preset", "ultrafast"]
FILM += ["-tune", "zerolatency", "-g", "15"]

DAMAGED_SECONDS = 3.0

description = ""
viewers: list[socket.socket] = []
damaged_until = 0.0


def playing(film: str) -> list[str]:
    """FFmpeg's arguments for a film, from the place where it is now."""
    _, seconds = imageio_ffmpeg.count_frames_and_secs(film)
    return ["-re", "-ss", f"{time.time() % seconds:.3f}", "-stream_loop", "-1", "-i", film, "-c", "copy"]


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
        packet = packets.recv(65536)
        if time.monotonic() < damaged_until:
            packet = packet[: len(packet) // 2] + os.urandom(len(packet) - len(packet) // 2)
        for viewer in list(viewers):
            try:
                viewer.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)
            except OSError:
                viewers.remove(viewer)


def main() -> None:
    """Film, and serve."""
    global description
    film, port_wanted = (playing(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 1 else (FILM, 0)
    packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets.bind(("127.0.0.1", 0))
    port = packets.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        sdp = Path(folder) / "sdp"
        target = ["-f", "rtp", "-sdp_file", str(sdp), f"rtp://127.0.0.1:{port}?pkt_size=1400"]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "quiet", *film, *target]
        subprocess.Popen(command, stdin=subprocess.DEVNULL)
        while not sdp.exists() or "a=fmtp" not in sdp.read_text():
            time.sleep(0.05)
        lines = [line for line in sdp.read_text().splitlines() if re.match(r"[a-z]=", line)]
    description = "\r\n".join([*lines, "a=control:track1", ""]).replace(f"m=video {port}", "m=video 0")
    threading.Thread(target=pass_on, args=(packets,), daemon=True).start()
    signal.signal(signal.SIGUSR1, cut)
    signal.signal(signal.SIGUSR2, damage)
    ThreadingTCPServer.allow_reuse_address = True
    with ThreadingTCPServer(("127.0.0.1", port_wanted), Viewer) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

"""An RTSP camera to break, run as a process of its own (`python rtsp_server.py`); it prints its port.

FFmpeg films a test picture and sends it as RTP packets by UDP; here they are passed on inside the viewers' TCP
connections (RFC 2326, 10.12). It ends together with its FFmpeg when its process group is killed.
"""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import imageio_ffmpeg

FILM = ["-re", "-f", "lavfi", "-i", "testsrc=s=640x360:r=15", "-c:v", "libx264", "-preset", "ultrafast"]
FILM += ["-tune", "zerolatency", "-g", "15"]

description = ""
viewers: list[socket.socket] = []


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
        for viewer in list(viewers):
            try:
                viewer.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)
            except OSError:
                viewers.remove(viewer)


def main() -> None:
    """Film, and serve."""
    global description
    packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets.bind(("127.0.0.1", 0))
    port = packets.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        sdp = Path(folder) / "sdp"
        target = ["-f", "rtp", "-sdp_file", str(sdp), f"rtp://127.0.0.1:{port}?pkt_size=1400"]
        subprocess.Popen([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "quiet", *FILM, *target])
        while not sdp.exists() or "a=fmtp" not in sdp.read_text():
            time.sleep(0.05)
        lines = [line for line in sdp.read_text().splitlines() if re.match(r"[a-z]=", line)]
    description = "\r\n".join([*lines, "a=control:track1", ""]).replace(f"m=video {port}", "m=video 0")
    threading.Thread(target=pass_on, args=(packets,), daemon=True).start()
    with ThreadingTCPServer(("127.0.0.1", 0), Viewer) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

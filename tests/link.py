"""A way to a server that tests may cut: by hanging up, by silence, or just before one answer."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress


class Way:
    """Passes connections to 127.0.0.1 on, from another port; each direction of each is a thread of its own.

    Args:
        to: the server's port.
        host: where to listen.

    Attributes:
        port: where it listens.
        closed: while this is set, whoever connects is hung up on.
        silent: while this is set nothing gets through, in neither direction, and nobody is told.
        swallow: what a client sends with these bytes still arrives; its answer does not, and the connection ends then.
        swallowed: how many answers never came.
        sever: what a client sends with these bytes does not arrive: everybody is hung up on, and `closed` is set.
    """

    def __init__(self, to: int, host: str = "127.0.0.1") -> None:
        self._to = to
        self._listener = socket.create_server((host, 0))
        self._open: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        self.closed = threading.Event()
        self.silent = threading.Event()
        self.swallow: bytes | None = None
        self.swallowed = 0
        self.sever: bytes | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Hang up on everybody."""
        for end in self._open:
            _hang_up(end)
        self._open.clear()

    def close(self) -> None:
        """End for good."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.closed.is_set():
                    client.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    client.close()
                    continue
                self._open += client, server
                answers = threading.Event()  # set once answers to this client are swallowed
                threading.Thread(target=self._pass, args=(client, server, answers, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, answers, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, lost: threading.Event, asks: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                while self.silent.is_set():
                    time.sleep(0.01)
                if asks and self.sever is not None and self.sever in data:
                    self.sever = None
                    self.closed.set()
                    self.cut()
                    break
                if asks and self.swallow is not None and self.swallow in data:
                    self.swallow = None
                    lost.set()
                elif not asks and lost.is_set():
                    self.swallowed += 1
                    break
                sink.sendall(data)
        _hang_up(source)
        _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    """Say so to the other side, which closing alone does not while a thread reads."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)

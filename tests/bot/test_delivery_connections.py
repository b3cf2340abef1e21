"""Connections to Telegram: as many as are in use at a time, and no more; used again, and given up when they break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram.error import NetworkError

from bot.delivery.connections import Connections

ANSWER = b'{"ok":true,"result":true}'


class Server:
    """Answers whatever is asked once `enough` requests are there at the same time."""

    def __init__(self) -> None:
        self.connections = 0
        self.enough = 1
        self.cut = False
        self._asking = 0
        self._all_there = asyncio.Condition()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                if self.cut:
                    break
                async with self._all_there:
                    self._asking += 1
                    self._all_there.notify_all()
                    await self._all_there.wait_for(lambda: self._asking >= self.enough)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(ANSWER), ANSWER))
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def expect(self, number: int) -> None:
        self.enough, self._asking = number, 0


async def test_a_connection_is_used_again_and_more_are_opened_only_when_needed() -> None:
    server, connections = Server(), Connections()
    async with server.serving() as url, asyncio.timeout(60):
        for _ in range(5):
            assert await connections.do_request(url, "GET") == (200, ANSWER)
        assert server.connections == 1

        server.expect(6)
        await asyncio.gather(*(connections.do_request(url, "GET") for _ in range(6)))
        assert server.connections == 6

        server.expect(1)
        for _ in range(5):
            await connections.do_request(url, "GET")
        assert server.connections == 6
        await connections.shutdown()


async def test_a_broken_connection_is_an_error_and_the_next_request_has_a_new_one() -> None:
    server, connections = Server(), Connections()
    async with server.serving() as url, asyncio.timeout(60):
        server.cut = True
        with pytest.raises(NetworkError):
            await connections.do_request(url, "GET")
        server.cut = False
        assert await connections.do_request(url, "GET") == (200, ANSWER)
        await connections.shutdown()


async def test_who_gives_up_waiting_leaves_a_connection_to_be_used() -> None:
    server, connections = Server(), Connections()
    async with server.serving() as url, asyncio.timeout(60):
        server.expect(2)
        asked = asyncio.create_task(connections.do_request(url, "GET"))
        await asyncio.sleep(0.2)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        server.expect(1)
        assert await connections.do_request(url, "GET") == (200, ANSWER)
        await connections.shutdown()

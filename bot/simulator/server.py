"""`Simulator`: the local Bot API server and chat page, run inside the event loop of a demo or a test."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from bot.simulator.bot_api import BotApi
from bot.simulator.errors import ApiError
from bot.simulator.fault_panel import FaultPanel
from bot.simulator.guard import Guard
from bot.simulator.limits import Limits
from bot.simulator.line import Line
from bot.simulator.messages import Message
from bot.simulator.page_api import PageApi
from bot.simulator.page_files import PageFiles
from bot.simulator.people import PEOPLE, Person
from bot.simulator.records import Request, Toast
from bot.simulator.state import State

__all__ = ["PEOPLE", "Limits", "Message", "Person", "Request", "Simulator", "Toast"]

HOST = "127.0.0.1"
TOKEN = "1:simulator"  # noqa: S105 - no secret: it opens this simulator only
STOP_WITHIN_SECONDS = 2
# Longer than any client keeps an idle connection, so that none is closed at the moment it is used again.
KEEP_ALIVE_SECONDS = 75


class Simulator:
    """Telegram for a few people on this machine: `async with Simulator() as simulator: …`

    Attributes:
        token: the only bot token it takes.
        received: every Bot API request with the right token, oldest first.
    """

    def __init__(
        self,
        people: Sequence[Person] = PEOPLE,
        token: str = TOKEN,
        host: str = HOST,
        port: int = 0,
        limits: Limits | None = None,
    ) -> None:
        """Prepare a simulator; port 0 takes any free one, and without `limits` the bot may write as fast as it can.

        Raises:
            ValueError: the host is not 127.0.0.1, or the token or the port is none.
        """
        if host != HOST:
            raise ValueError(f"the simulator lets anyone be anyone, so it listens on {HOST} only, not on {host}")
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise ValueError("a token looks like 1:simulator: digits, a colon, then letters and digits")
        if not 0 <= port <= 65535:
            raise ValueError(f"{port} is no port; use 1 to 65535, or 0 for any free one")
        self.token = token
        self._port = port
        self._state = State(people, token, limits)
        self._panel = FaultPanel(self._state.faults)
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start serving.

        Raises:
            OSError: the port is taken.
        """
        # asyncio answers without Nagle's delay (40 ms) only where the protocol is named.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, self._port))
            listener.listen()  # from here on clients may connect, they are served a moment later
        except OSError as error:
            listener.close()
            raise OSError(error.errno, f"port {self._port} of {HOST} cannot be used; choose another one") from None
        self._port = listener.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                self._app(),
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="none",
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_WITHIN_SECONDS,
            )
        )
        self._serving = asyncio.create_task(self._server.serve([listener]), name="simulator")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: open polls and pages are answered at once, then the port is free."""
        await self._state.updates.close()
        self._state.feed.close()
        if self._server is not None and self._serving is not None:
            self._server.end()
            await self._serving

    @property
    def url(self) -> str:
        """Where the chat page is."""
        return f"http://{HOST}:{self._port}/"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot calls base_url; the token follows it."""
        return f"{self.url}bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot calls base_file_url."""
        return f"{self.url}file/bot"

    @property
    def received(self) -> list[Request]:
        """Every Bot API request with the right token, oldest first."""
        return self._state.received

    async def say(self, person_id: int, text: str) -> Message:
        """A person writes `text` to the bot (also by a reply keyboard); that unblocks a blocked bot.

        Raises:
            LookupError: nobody has this id.
            ValueError: the text is empty or longer than 4096.
        """
        return self._state.say(person_id, text)

    async def press(self, person_id: int, message_id: int, label_or_data: str) -> str:
        """A person presses an inline button, named by its callback data or its label; gives the callback query's id.

        Raises:
            LookupError: there is no such person, message or button.
        """
        return self._state.press(person_id, message_id, label_or_data)

    async def follow(self, person_id: int, link: str) -> Message:
        """A person opens https://t.me/<bot>?start=<token> and presses Start.

        Raises:
            LookupError: nobody has this id.
            ValueError: the link leads elsewhere.
        """
        return self._state.follow(person_id, link)

    def join(self, name: str, role: str = "", language_code: str = "ru") -> Person:
        """Somebody new, whom the bot does not know.

        Raises:
            ValueError: the name is empty or too long.
        """
        return self._state.join(name, role, language_code)

    def menu(self, person_id: int) -> list[str]:
        """The commands that a person's "/" menu shows, without their slashes.

        Raises:
            LookupError: nobody has this id.
        """
        return [command.name for command in self._state.menus.of(self._state.person(person_id))]

    def messages(self, person_id: int) -> list[Message]:
        """A person's chat, oldest first, as it stands now; the records do not change later.

        Raises:
            LookupError: nobody has this id.
        """
        return self._state.messages(person_id)

    def toasts(self, person_id: int) -> list[Toast]:
        """The notices that a person got for their taps, oldest first."""
        return [toast for toast in self._state.toasts if toast.person_id == person_id]

    def keyboard(self, person_id: int) -> list[str]:
        """The labels of the reply keyboard that a person has now, row by row."""
        keyboard = self._state.keyboards.get(person_id)
        return [label for row in keyboard.rows for label in row] if keyboard is not None else []

    async def wait_for(self, person_id: int, found: Callable[[Message], bool], seconds: float = 60.0) -> Message:
        """The newest message of a person's chat that `found` likes, as soon as there is one (new or edited).

        Raises:
            TimeoutError: none came within `seconds`; the message tells what is in the chat.
        """
        with self._state.feed.listen() as events, contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    for message in reversed(self.messages(person_id)):
                        if found(message):
                            return message
                    await events.get()
        name = self._state.person(person_id).first_name
        texts = [message.text for message in self.messages(person_id)]
        raise TimeoutError(f"{name} got no such message within {seconds} s; the chat holds {texts}")

    def block(self, person_id: int) -> None:
        """A person blocks the bot, until they write again or unblock it."""
        self._state.set_blocked(person_id, True)

    def unblock(self, person_id: int) -> None:
        """A person lets the bot in again."""
        self._state.set_blocked(person_id, False)

    @property
    def faults(self) -> FaultPanel:
        """What a test can let go wrong."""
        return self._panel

    def _app(self) -> ASGIApp:
        page = [*PageFiles(self._state.files).routes(), *PageApi(self._state).routes()]
        routes = [*BotApi(self._state, self.token).routes(), *page]
        guard, handlers = [Middleware(Guard)], {HTTPException: _http_error}
        return Line(Starlette(routes=routes, middleware=guard, exception_handlers=handlers))


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone, and ends at once when it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Stop serving."""
        self.should_exit = True
        self._ended.set()

    async def main_loop(self) -> None:
        """Wait for the end; uvicorn's own loop looks ten times a second, and keeps a header that we do not send."""
        await self.on_tick(0)
        await self._ended.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing: whoever runs the event loop decides what a signal means."""
        yield


async def _http_error(request: HttpRequest, error: Exception) -> Response:
    """Answer as Telegram does, also where no route fits."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    return JSONResponse(ApiError(status, detail).body(), status)

"""The chat page itself, and the files that its people were sent. Nothing is loaded from anywhere else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.simulator.files import Files

FOLDER = Path(__file__).with_name("page")
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PageFiles:
    """Serves the page's own files by name, and what the bot sent by the id that the page was told."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._own = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}

    def routes(self) -> list[Route]:
        """What to mount at the root of a server."""
        return [
            Route("/", self._page),
            Route("/page/{name}", self._page),
            Route("/simulator/file/{id}", self._file),
        ]

    async def _page(self, request: HttpRequest) -> Response:
        path = self._own.get(request.path_params.get("name", "index.html"))
        if path is None:
            return JSONResponse({"error": "There is no such page."}, 404)
        return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers=HEADERS)

    async def _file(self, request: HttpRequest) -> Response:
        file = self._files.by_unique_id(request.path_params["id"])
        if file is None:
            return JSONResponse({"error": "There is no such file."}, 404)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400"}
        if file.kind == "photo":
            return Response(file.data, media_type=file.mime_type, headers=headers)
        headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(file.name, safe='')}"
        return Response(file.data, media_type="application/octet-stream", headers=headers)

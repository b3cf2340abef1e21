"""Has pictures drawn by a process of their own.

In a thread of the bot's, a card that is due meanwhile would wait for the interpreter's lock, a quarter of a second at
worst.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

from bot.charts.shop_pictures import PICTURE, Picture

_LONGEST_SECONDS = 30.0


class ChartError(Exception):
    """A picture that could not be drawn; the message says what its process said."""


async def drawn(picture: Picture) -> bytes:
    """The picture as a PNG.

    Raises:
        ChartError: it could not be drawn.
    """
    drawing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.charts.drawing", stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            png, complaint = await drawing.communicate(PICTURE.dump_json(picture))
    except TimeoutError:
        raise ChartError(f"the picture was not drawn within {_LONGEST_SECONDS:g} s") from None
    finally:
        if drawing.returncode is None:
            drawing.kill()
            await drawing.wait()
    if drawing.returncode != 0:
        raise ChartError(f"the picture could not be drawn: {complaint.decode(errors='replace').strip()}")
    return png

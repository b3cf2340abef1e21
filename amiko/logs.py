"""Logging for every process: one line an event, to standard error, as text or as JSON, and never a token in it."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

    from amiko.config.store import LogFormat

# In an address, "bot" stands right before it.
TOKEN = re.compile(r"(?:\b|(?<=bot))\d{1,20}:[A-Za-z0-9_-]{9,}")


class _Lines(logging.StreamHandler[Any]):
    """Writes to standard error; `format` says in which form."""

    def __init__(self, format: LogFormat) -> None:
        super().__init__()
        self.form = format


def set_up_logging(level: str, format: LogFormat = "console") -> None:
    """Log to standard error from `level` on, whoever logs: our own code and libraries alike.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
        format: "console" for people, in the machine's own time; "json" for machines, an object a line with time (UTC,
            ISO 8601), level, logger, message and, where there is one, exception.
    """
    # Imported here: it costs a twentieth of a second, and many commands log nothing.
    from structlog.stdlib import ProcessorFormatter

    handler = _Lines(format)
    handler.setFormatter(ProcessorFormatter(processors=_processors(format), use_get_message=True))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # What else Python itself would print as lines that are no JSON.
    logging.captureWarnings(format == "json")
    threading.excepthook = _thread_failed if format == "json" else threading.__excepthook__
    # These tell of every request, with the token in its address.
    for name in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)


def json_is_written() -> bool:
    """Whether this process logs as JSON, so that its last sentence has to be a log line, too."""
    return any(isinstance(handler, _Lines) and handler.form == "json" for handler in logging.root.handlers)


def _processors(format: LogFormat) -> Sequence[Processor]:
    """The steps from a record to a line. Tokens go before the last one: its escapes and quotes could hide some."""
    from structlog.processors import JSONRenderer, format_exc_info

    if format == "json":
        return (_json_fields, format_exc_info, _without_tokens, JSONRenderer(ensure_ascii=False))
    return (_console_fields, format_exc_info, _without_tokens, _console_line)


def _json_fields(_logger: Any, _name: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    return {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": event["event"],
        "exc_info": event.get("exc_info"),
    }


def _console_fields(_logger: Any, _name: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    at = datetime.fromtimestamp(record.created)
    return {
        "message": f"{at:%Y-%m-%d %H:%M:%S} {record.levelname:<7} {record.name}: {event['event']}",
        "exc_info": event.get("exc_info"),
    }


def _without_tokens(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """The fields, with anything that looks like a bot token left out, tracebacks included."""
    return {name: TOKEN.sub("<token>", value) for name, value in event.items()}


def _console_line(_logger: Any, _name: str, event: EventDict) -> str:
    return "\n".join(event.values())


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        logging.getLogger("amiko").error(
            "a thread has failed: %s", failure.thread.name if failure.thread else "?", exc_info=failure.exc_value
        )

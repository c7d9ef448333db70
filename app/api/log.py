"""Logs: one JSON object a line on stderr, with the request's id. Question and document text only when opted in."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from ingest.document import Caller

Audit = Callable[[Caller, str, Sequence[str]], None]
"""Told of every access: who, what (ask, search, read, download, add, remove, findings), which documents."""

# What every record carries; anything else was added by the caller of the logger and is part of the line.
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """A log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send the service's log lines, and the warnings of what it is built on, to ``stream`` (stderr)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    if not logging.getLogger().handlers:
        logging.getLogger().addHandler(handler)
    for name, lowest in (("youju", level), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(lowest)
        logger.propagate = False


def audit_to_log(caller: Caller, action: str, documents: Sequence[str]) -> None:
    """The default audit hook: a log line of its own logger."""
    logging.getLogger("youju.audit").info(action, extra={"caller": caller.id, "documents": list(documents)})

"""The log of the orchestrator: one JSON object a line, in a rotating file and on standard output when it is there.

{"time": "2026-11-24T12:00:00.000000Z", "level": "info", "event": "request", "service": "spaces", …}
"""

import logging
import sys
from pathlib import Path
from typing import Any

import structlog

import uockam.log

from ..node.logs import file_handler, sink

_MAX_BYTES = 8 * 1024 * 1024  # of each file: 40 MB at most
_LIBRARIES = ("uvicorn", "asyncio", "httpx")  # which have much to say that is of interest to nobody

_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.format_exc_info,
]


def set_up(path: Path, *, terminal: bool) -> None:
    """Log to the file, and to standard output when the process runs in the foreground. Raises StateError."""
    logging.raiseExceptions = False  # a full disk costs log lines, not the orchestrator
    handlers: list[logging.Handler] = [file_handler(path, _MAX_BYTES)]
    if terminal:
        handlers.append(logging.StreamHandler(sys.stdout))
    readable = terminal and sys.stdout.isatty()
    for handler in handlers:
        handler.setFormatter(_formatter(readable and handler is handlers[-1]))
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    uockam.log.configure(uockam.log.WARNING, sink)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _formatter(readable: bool) -> logging.Formatter:
    last: Any = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )

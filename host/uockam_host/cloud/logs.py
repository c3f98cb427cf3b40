"""The log of the orchestrator: one JSON object a line, in a rotating file and on standard output when it is there.

{"time": "2026-11-24T12:00:00.000000Z", "level": "info", "event": "request", "service": "spaces", …}
"""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

import uockam.log

from ..errors import StateError

_MAX_BYTES = 8 * 1024 * 1024
_OLD_FILES = 4  # 40 MB at most
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)  # by uockam.log's level
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
    handlers: list[logging.Handler] = [_file_handler(path)]
    if terminal:
        handlers.append(logging.StreamHandler(sys.stdout))
    readable = terminal and sys.stdout.isatty()
    for handler in handlers:
        handler.setFormatter(_formatter(readable and handler is handlers[-1]))
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    uockam.log.configure(uockam.log.WARNING, _sink)
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


def _file_handler(path: Path) -> logging.Handler:
    try:
        return RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=_OLD_FILES, encoding="utf-8")
    except OSError as error:
        raise StateError(f"Cannot write the log {path}: {error.strerror}", "Make it writable and try again") from error


def _sink(level: int, source: str, text: str) -> None:
    logging.getLogger(source).log(_LEVELS[level], "%s", text)

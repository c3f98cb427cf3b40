"""The log of a node's process: rotating files, and the terminal when it runs in the foreground.

2023-05-18T09:54:24.281248Z  INFO uockam.node: Initializing worker '0#echo' with access control in:AllowAll
"""

import logging
import sys
from datetime import datetime, timezone
from logging.handlers import RotatingFileHandler
from pathlib import Path

import uockam.log

from ..errors import StateError
from ..state import home

FILE_NAME = "node.log"
_MAX_BYTES = 1024 * 1024
_OLD_FILES = 4  # 5 MB for each node at most
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)  # by uockam.log's level


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        text = f"{when} {_WORDS.get(record.levelno, record.levelname):>5} {record.name}: {record.getMessage()}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


_WORDS = {logging.WARNING: "WARN", logging.CRITICAL: "ERROR"}


def log_file(name: str) -> Path:
    """Path of the newest log file of a node."""
    return home.node_folder(name) / FILE_NAME


def set_up(name: str, *, debug: bool, terminal: "int | None" = None) -> None:
    """Log to the node's file, and to standard output what has at least the level `terminal`; None: nothing there.

    debug: also what is of no interest unless something is wrong. Raises StateError when there can be no file.
    """
    logging.raiseExceptions = False  # a full disk costs log lines, not the node
    handlers: list[logging.Handler] = [file_handler(log_file(name), _MAX_BYTES)]
    if terminal is not None:
        screen = logging.StreamHandler(sys.stdout)
        screen.setLevel(terminal)
        handlers.append(screen)
    for handler in handlers:
        handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    logging.getLogger("uockam").setLevel(logging.DEBUG if debug else logging.INFO)
    uockam.log.configure(uockam.log.DEBUG if debug else uockam.log.INFO, sink)


def file_handler(path: Path, most_bytes: int) -> logging.Handler:
    """Files of so many bytes that rotate, a few old ones kept. Raises StateError."""
    try:
        return RotatingFileHandler(path, maxBytes=most_bytes, backupCount=_OLD_FILES, encoding="utf-8")
    except OSError as error:
        raise StateError(f"Cannot write the log {path}: {error.strerror}", "Make it writable and try again") from error


def sink(level: int, source: str, text: str) -> None:
    """Where the runtime's own lines go."""
    logging.getLogger(source).log(_LEVELS[level], "%s", text)

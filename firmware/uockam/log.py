"""One log sink for the runtime; text that came from a peer is made safe before it is printed."""

from .errors import Error
from .port import frames

DEBUG, INFO, WARNING, ERROR = range(4)
NAMES = ("DEBUG", "INFO", "WARNING", "ERROR")

_MAX_TEXT = 200  # longest peer text that a log line repeats: enough to recognise it, too little to flood a log


def _print_sink(level: int, source: str, text: str) -> None:
    print("%s %s: %s" % (NAMES[level], source, text))


_sink = _print_sink
_level = WARNING


def configure(level: int, sink: "object | None" = None) -> None:
    """Send lines of `level` and above to `sink(level, source, text)`; None keeps printing them."""
    global _sink, _level
    _level = level
    _sink = sink or _print_sink  # type: ignore[assignment]


def enabled(level: int) -> bool:
    """Whether a line of this level would be written: ask before building a costly text."""
    return level >= _level


def log(level: int, source: str, text: str) -> None:
    """Write one line."""
    if level >= _level:
        _sink(level, source, text)


def safe(value: "bytes | str") -> str:
    """Peer bytes or text as one short printable line; anything else becomes `?`."""
    if not isinstance(value, str):
        value = "".join([chr(byte) if 32 <= byte < 127 else "?" for byte in value[:_MAX_TEXT]])
    else:
        value = "".join([char if char >= " " and char not in "\x7f\x9b" else "?" for char in value[:_MAX_TEXT]])
    return value


def failed(level: int, source: str, error: BaseException) -> None:
    """Write what was raised; for what is none of our own errors, and so a mistake of a program, also where."""
    if level >= _level:
        text = "%s: %s" % (type(error).__name__, safe(str(error)))
        _sink(level, source, text if isinstance(error, Error) else "\n  ".join([text] + frames(error)))


async def guarded(source: str, coroutine: object) -> None:
    """Run the coroutine to its end; what it raises becomes a line under `source`."""
    try:
        await coroutine  # type: ignore[misc]
    except Exception as error:
        failed(ERROR, source, error)

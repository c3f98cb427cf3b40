"""The board's newest log lines: what was printed, the runtime's log included, kept for the service `log`.

The console gets every line at once, as ever; frames of the link are no text and do not come here.
"""

import builtins

from uockam.log import safe

MOST_LINES = 24
MOST_TEXT = 120  # characters of a line that are kept: 24 of them are 3 KB at most

lines: "list[str]" = []
end = 0  # number of the line that comes next; the first of all is 0

_console = builtins.print
_begun = ""  # a line whose end is yet to be printed


def take() -> None:
    """Keep what is printed from now on."""
    builtins.print = _print


def release() -> None:
    """Leave printing to the console alone; the lines stay for a look at the prompt."""
    builtins.print = _console


def _print(*values: object, sep: str = " ", end: str = "\n", **other: object) -> None:
    _console(*values, sep=sep, end=end, **other)
    if not other:
        _keep((" " if sep is None else sep).join([str(value) for value in values]) + ("\n" if end is None else end))


def _keep(text: str) -> None:
    global _begun
    parts = (_begun + text).split("\n")
    _begun = parts.pop()[:MOST_TEXT]
    for line in parts:
        if line:
            _add(line[:MOST_TEXT])


def _add(line: str) -> None:
    global end
    lines.append(safe(line))
    if len(lines) > MOST_LINES:
        lines.pop(0)
    end += 1

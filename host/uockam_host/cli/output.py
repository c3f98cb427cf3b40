"""Everything the commands print: ticks, lists, boxes, colours, JSON; and where it goes.

Results go to stdout, all else to stderr. The layout is that of Ockam Command 0.90, whose pages people know: seven
columns before text, a mark in the sixth.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import IO, Any

import click

from ..errors import EXIT_RUN_TIME, EXIT_USAGE, HostError

EXIT_OK = 0
EXIT_INTERRUPTED = 130  # 128 + SIGINT, what a shell reports for it
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE

__all__ = ["EXIT_BROKEN_PIPE", "EXIT_INTERRUPTED", "EXIT_OK", "EXIT_RUN_TIME", "EXIT_USAGE", "Output"]

_TEXT = " " * 7
_OK = "     \N{HEAVY CHECK MARK}\N{VARIATION SELECTOR-15} "
_WARNING = "     ! "
_ERROR = "     \N{BALLOT X} "
_ITEM = "     │ "
_BOX_MARGIN = 7
_RULE = "─" * 80

_COLOURS = {"UP": "green", "DOWN": "red", _OK: "green", _WARNING: "yellow", _ERROR: "red"}


def colour(word: str) -> str:
    """The word in the colour that it always has; `Output` takes colours away where they are not wanted."""
    return click.style(word, fg=_COLOURS[word])


def tick(*lines: str) -> str:
    """Text of something done; further lines stand below the first."""
    return _marked(_OK, lines)


def caution(*lines: str) -> str:
    """Text of something that may be wrong."""
    return _marked(_WARNING, lines)


def cross(*lines: str) -> str:
    """Text of something wrong."""
    return _marked(_ERROR, lines)


def box(title: str, items: Iterable[Sequence[str]]) -> str:
    """A boxed title and a list below it: each item is some lines, with an empty line after it."""
    width = len(title) + 2 * _BOX_MARGIN
    margin = " " * _BOX_MARGIN
    lines = [f"{_TEXT}┌{'─' * width}┐", f"{_TEXT}│{margin}{title}{margin}│", f"{_TEXT}└{'─' * width}┘", ""]
    for item in items:
        lines += [*(_ITEM + line for line in item), ""]
    return "\n".join(lines)


def listing(title: str, items: Sequence[Sequence[str]], empty: str) -> str:
    """A box with its items, or one line that says that there are none."""
    return box(title, items) if items else _marked(_WARNING, [empty])


def block(lines: Iterable[str]) -> str:
    """Lines of plain text in the column of all text."""
    return "\n".join(f"{_TEXT}{line}" if line else "" for line in lines)


def section(title: str, blocks: Sequence[str]) -> str:
    """A ruled title with blocks of lines below it, an empty line after each."""
    return "\n".join([block([title, _RULE]), *(f"{text}\n" for text in blocks)])


def printable(text: str) -> str:
    """Text of a peer without what could steer a terminal; lines and tabs stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)


def _marked(mark: str, lines: Sequence[str]) -> str:
    return "\n".join([colour(mark) + lines[0], *(_TEXT + line for line in lines[1:])])


class Output:
    """Where one command prints, in the form that its user asked for.

    form: "plain" or "json"; None is plain, except that a result with a bare form is bare when stdout is no terminal, so
    that it can be piped on. verbosity: how often -v was given. exit_code: of the process, when nothing is raised.
    """

    def __init__(self) -> None:
        self.form: str | None = None
        self.compact = False
        self.quiet = bool(os.environ.get("QUIET"))
        self.verbosity = 0
        self.color = not os.environ.get("NO_COLOR")
        self.exit_code = EXIT_OK
        _make_unicode(sys.stdout)
        _make_unicode(sys.stderr)

    @property
    def json(self) -> bool:
        """Whether results are printed as JSON."""
        return self.compact or self.form == "json"

    def show(self, text: str | None, data: Any, bare: str | None = None) -> None:
        """Print a result: text for people, if any, data for --output json, bare for the next command of a pipe."""
        if self.json:
            self._write(self._dump(data))
        elif bare is not None and (self.quiet or (self.form is None and not is_terminal(sys.stdout))):
            self._write(bare)
        elif text is not None:
            self._write(text)

    def done(self, lines: Sequence[str], data: Any, bare: str | None = None) -> None:
        """Print a result that says no more than that the command did its work; --quiet leaves it out."""
        silent = self.quiet and bare is None
        self.show(None if silent else tick(*lines), data, bare)

    def reply(self, text: str, data: Any) -> None:
        """Print what a peer sent: as it is into a pipe, without control characters on a terminal."""
        if self.json or is_terminal(sys.stdout):
            self.show(printable(text), data)
        else:
            self._write(text, verbatim=True)

    def note(self, *lines: str) -> None:
        """Say on stderr that something was done or was so already."""
        if not self.quiet:
            self._complain(tick(*lines))

    def hint(self, *lines: str) -> None:
        """Say something useful on stderr."""
        if not self.quiet:
            self._complain(block(lines))

    def warn(self, *lines: str) -> None:
        """Warn on stderr."""
        if not self.quiet:
            self._complain(_marked(_WARNING, lines))

    def progress(self, text: str) -> None:
        """Say with -v what is going on."""
        if self.verbosity:
            self._complain(block([text]))

    def leave_prompt(self) -> None:
        """End the line on which a terminal has just shown ^C."""
        if is_terminal(sys.stderr):
            self._complain("")

    def error(self, *lines: str) -> None:
        """Print an error on stderr, whatever was asked for: the cause, then what to do about it."""
        self._complain(_marked(_ERROR, printable("\n".join(lines)).split("\n")))

    def flush(self) -> None:
        """Make sure that all results arrived. Raises BrokenPipeError, HostError."""
        self._write("", newline=False)

    def _dump(self, data: Any) -> str:
        import json

        return json.dumps(data, ensure_ascii=False, indent=None if self.compact else 2)

    def _write(self, text: str, newline: bool = True, verbatim: bool = False) -> None:
        try:
            click.echo(_fitting(text, sys.stdout), nl=newline, color=verbatim or self._color())
        except BrokenPipeError:
            raise
        except OSError as error:
            raise HostError(f"The result cannot be written: {error.strerror}") from error

    def _complain(self, text: str) -> None:
        click.echo(_fitting(text, sys.stderr), err=True, color=self._color())

    def _color(self) -> bool | None:
        return None if self.color else False


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person is at the other end of the stream; a closed one is None."""
    return stream is not None and stream.isatty()


def _fitting(text: str, stream: IO[str]) -> str:
    """The text within the width of a terminal; a pipe gets it as it is."""
    width = _width(stream) if is_terminal(stream) else 0
    if not width or all(len(line) <= width for line in text.split("\n")):
        return text
    from .folding import fold

    return fold(text, width)


def _width(terminal: IO[str]) -> int:
    """Columns of a terminal; 0 for one that does not tell."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns
    except OSError:
        return 0


def _make_unicode(stream: Any) -> None:
    """Let a stream of a narrow encoding print the marks too; what it is told to replace is at worst a `?`."""
    if stream is not None and hasattr(stream, "reconfigure"):
        piped = not stream.isatty()
        stream.reconfigure(encoding="utf-8" if piped else None, errors="replace")

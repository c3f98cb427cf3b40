"""What the user reads, and the exit code, when a command fails: one table, and never a traceback."""

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from uockam.errors import Error, InvalidAddress

from ..errors import HostError
from .app import PROGRAM
from .output import EXIT_BROKEN_PIPE, EXIT_INTERRUPTED, EXIT_RUN_TIME, EXIT_USAGE, Output

DEBUG = "UOCKAM_DEBUG"
_LOG = "errors.log"
_ERRNO = re.compile(r"\[Errno -?\d+\] ")  # what Python puts before the reason of the operating system
_LOG_LIMIT = 1 << 20  # a log that has grown past it is started anew: it is for the last failure, not for history


def report(error: BaseException, output: Output) -> int:
    """Print what a person needs to know about the error, and return the exit code."""
    handle = next(handler for kind, handler in _HANDLERS if isinstance(error, kind))
    return handle(error, output)


def _interrupted(error: BaseException, output: Output) -> int:
    output.leave_prompt()
    output.error("Interrupted")
    return EXIT_INTERRUPTED


def _broken_pipe(error: BaseException, output: Output) -> int:
    # The reader of stdout went away. Nothing can be told to it, and the interpreter must not try again at its end.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_BROKEN_PIPE


def _no_command(error: BaseException, output: Output) -> int:
    assert isinstance(error, click.UsageError)
    click.echo(error.format_message(), err=True, color=None if output.color else False)
    return EXIT_USAGE


def _usage(error: BaseException, output: Output) -> int:
    assert isinstance(error, click.UsageError)
    usage = [" ".join(error.ctx.get_usage().split())] if error.ctx else []
    command = error.ctx.command_path if error.ctx else PROGRAM
    output.error(error.format_message(), *usage, f"Try `{command} --help`")
    return EXIT_USAGE


def _click(error: BaseException, output: Output) -> int:
    assert isinstance(error, click.ClickException)
    output.error(error.format_message())
    return EXIT_RUN_TIME


def _known(error: BaseException, output: Output) -> int:
    assert isinstance(error, Error)
    text = _ERRNO.sub("", str(error)) or type(error).__name__
    lines = [_capital(text), *_causes(error, output), _capital(error.remedy)]
    output.error(*filter(None, lines))
    if isinstance(error, HostError):
        return error.exit_code
    return EXIT_USAGE if isinstance(error, InvalidAddress) else EXIT_RUN_TIME


def _unexpected(error: BaseException, output: Output) -> int:
    from traceback import format_exception

    detail = "".join(format_exception(error))
    if os.environ.get(DEBUG):
        click.echo(detail, err=True, nl=False)
    output.error(f"Unexpected {type(error).__name__}: {_one_line(error)}", _where(detail))
    return EXIT_RUN_TIME


_HANDLERS: tuple[tuple[type[BaseException], Callable[[BaseException, Output], int]], ...] = (
    (click.Abort, _interrupted),
    (KeyboardInterrupt, _interrupted),
    (BrokenPipeError, _broken_pipe),
    (click.exceptions.NoArgsIsHelpError, _no_command),
    (click.UsageError, _usage),
    (click.ClickException, _click),
    (Error, _known),
    (Exception, _unexpected),
)


def _causes(error: BaseException, output: Output) -> list[str]:
    """With -v the chain of what led to the error, outermost first."""
    chain = []
    while output.verbosity and error.__cause__ is not None:
        error = error.__cause__
        chain.append(f"> {type(error).__name__}: {_one_line(error)}")
    return chain


def _capital(text: str) -> str:
    """With a large first letter, unless it begins with a name: errors of the core begin small, as log lines need."""
    first = text.partition(" ")[0].rstrip(",:;")
    return text[:1].upper() + text[1:] if first.isalpha() and first != PROGRAM else text


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or "no message"


def _where(detail: str) -> str:
    try:
        return f"This is a bug in uockam; its details are in {_write_down(detail)}"
    except (OSError, Error):
        return f"This is a bug in uockam; run the command again with {DEBUG}=1 to see its details"


def _write_down(detail: str) -> Path:
    from time import strftime

    from ..state.home import home, make_private_folder

    path = make_private_folder(home()) / _LOG
    too_long = path.exists() and path.stat().st_size > _LOG_LIMIT
    with path.open("w" if too_long else "a", encoding="utf-8", errors="replace") as log:
        log.write(f"{strftime('%Y-%m-%dT%H:%M:%S%z')}\n{detail}\n")
    return path

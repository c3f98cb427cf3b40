"""How far long work is, on stderr: bytes, rate and time left on a terminal, else one line as each step begins."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .output import Output, is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_UNITS = ("B", "kB", "MB", "GB")


@contextmanager
def progress(output: Output, total_bytes: int, text: str) -> "Iterator[Callable[[int], None]]":
    """Around a step of so many bytes: the function to call with each count of bytes that are done.

    Bytes may be counted as they come, also from another thread. What was shown stays, complete or not.
    """
    if output.quiet:
        yield lambda count: None
    elif not is_terminal(sys.stderr):
        output.hint(f"{text} ({size(total_bytes)})" if total_bytes else text)
        yield lambda count: None
    else:
        with _bar(output) as bar:
            task = bar.add_task(text, total=total_bytes or None)
            yield lambda count: bar.update(task, advance=count)


@contextmanager
def resumable(output: Output, how: str) -> "Iterator[None]":
    """Around all steps of a command: tells after a Ctrl-C how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        output.leave_prompt()
        output.hint(how)
        raise


def size(count: int) -> str:
    """A number of bytes as people read it: `1.6 MB`."""
    number = float(count)
    for unit in _UNITS[:-1]:
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} {_UNITS[-1]}"


def _bar(output: Output) -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    return Progress(
        TextColumn("       {task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, no_color=not output.color, soft_wrap=True),
    )

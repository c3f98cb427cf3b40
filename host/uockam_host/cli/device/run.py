"""`uockam device run`: a program on a board, live."""

from pathlib import Path

import click

from ...device import live, runfile
from ...errors import HostError, InvalidArgument
from ...node.client import NoReply
from ..options import Command
from ..output import EXIT_INTERRUPTED, Output
from .console import write
from .target import board_options

_LOOK_MS = 300  # how often files are looked at with --watch
_LONG_MS = 60_000


@click.command(cls=Command)
@click.argument("file", metavar="FILE.py", type=click.Path(path_type=Path))
@click.option(
    "-w", "--watch", is_flag=True, help="Run it again when the file, or what it imports from its folder, changes."
)
@board_options
@click.pass_obj
def run(output: Output, file: Path, watch: bool, at: str | None, port: str | None) -> None:
    """Run a program on a board, beside its node.

    What it prints is shown.

    The program is an `async def main(node)`, as the setting `main` of a board names it, or a plain script. What it
    imports from its folder goes along. Its workers and tasks end with it. Ctrl-C ends the program, not the node.

    \b
    Examples:
      uockam device run blink.py
      uockam device run sensor.py --watch --at pico1
    """
    source = runfile.read(file)
    with runfile.Program(live.node_of(at, port)) as program:
        try:
            program.start(source)
            ended = _follow(output, program, file, source) if watch else _show(output, program)
        except KeyboardInterrupt:
            program.stop(not source.main)
            output.leave_prompt()
            output.note(f"Stopped {file.name}; the node {program.watching.name} runs on")
            output.exit_code = EXIT_INTERRUPTED
            return
    if ended:
        raise HostError(f"The program {file.name} failed: {ended}", "See its traceback above")


def _show(output: Output, program: runfile.Program) -> str:
    """Until it ends: why it did, "" when it did so by itself."""
    while True:
        try:
            kind, data = program.next(_LONG_MS)
        except NoReply:
            continue
        if kind == runfile.ENDED:
            return data.decode(errors="replace")
        _print(output, kind, data)


def _follow(output: Output, program: runfile.Program, file: Path, source: runfile.Source) -> str:
    """For ever: run it again after each change."""
    changes = runfile.Changes()
    changes.note(source)
    while True:
        try:
            kind, data = program.next(_LOOK_MS)
            if kind == runfile.ENDED:
                output.hint(f"{file.name} ended{_why(data)}; waiting for a change")
            else:
                _print(output, kind, data)
        except NoReply:
            pass
        if changes.any():
            changes.note(source)
            _restart(output, program, file, changes)


def _why(data: bytes) -> str:
    return f": {data.decode(errors='replace')}" if data else ""


def _restart(output: Output, program: runfile.Program, file: Path, changes: runfile.Changes) -> None:
    try:
        source = runfile.read(file)
    except InvalidArgument as error:  # being edited
        output.warn(str(error))
        return
    changes.note(source)
    output.hint(f"Running {file.name} again")
    program.start(source)


def _print(output: Output, kind: bytes, data: bytes) -> None:
    if kind == live.TEXT:
        write(data)
    elif data:
        output.warn(f"The board does not answer: {data.decode(errors='replace')}")

"""The `uockam` program. This file imports next to nothing, so that Ctrl-C is caught from the first moment on."""

import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from .output import Output

PROGRAM = "uockam"
COMPLETE = "_UOCKAM_COMPLETE"  # the shell's completion function sets it (completion.py)
_INTERRUPTED = 130  # output.EXIT_INTERRUPTED, for a Ctrl-C that comes before it can be imported


def main() -> NoReturn:
    """Run the command line of this process and end it with an exit code (docs/commands.md)."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = _INTERRUPTED
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every failure is printed, none is raised."""
    from .failures import report
    from .output import Output

    output = Output()
    try:
        if COMPLETE in os.environ:
            return _complete(os.environ[COMPLETE])
        return _execute(arguments, output)
    except (Exception, KeyboardInterrupt) as error:
        return report(error, output)


def _execute(arguments: list[str], output: "Output") -> int:
    from click.exceptions import Exit

    from .tree import root

    try:
        with root.make_context(PROGRAM, arguments, obj=output) as context:
            root.invoke(context)
    except Exit as end:  # --help, --version, or a question that was answered with no
        output.exit_code = end.exit_code
    output.flush()
    return output.exit_code


def _complete(instruction: str) -> int:
    from click.shell_completion import shell_complete

    from .tree import root

    return shell_complete(root, {}, PROGRAM, COMPLETE, instruction)

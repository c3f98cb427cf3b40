"""The `uockam` program. This file imports next to nothing, so that Ctrl-C is caught from the first moment on."""

import sys
from typing import NoReturn

PROGRAM = "uockam"


def main() -> NoReturn:
    """Run the command line of this process and end it with an exit code (docs/commands.md)."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before or after the part of run() that reports it
        code = 130
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every failure is printed, none is raised."""
    from .failures import report
    from .output import Output
    from .tree import root

    output = Output()
    try:
        root.main(arguments, prog_name=PROGRAM, standalone_mode=False, obj=output)
        output.flush()
    except Exception as error:
        return report(error, output)
    return output.exit_code

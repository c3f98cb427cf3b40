"""Whole commands, from their start to their end, beside `python -c 'import click'` and the real `ockam`."""

import sys
from collections.abc import Callable, Iterator

from commands import Program, programs, timed
from measure import Figures, Table, alternate, figure

IMPORT = "python -c 'import click'"
VERSION = "--version"
SEND = "message send hello --to /node/n1/service/uppercase"
CREATE = "node create made"


def run(seconds: float) -> Iterator[Table]:
    """A table for each of three commands."""
    with programs() as both:
        yield _times(VERSION, _rounds(both, VERSION, seconds / 3), "aim: within 2x of the import")
        for program in both.values():
            program.ok("node create n1")
        yield _times(SEND, _rounds(both, SEND, seconds / 3), "aim: within 3x of the import")
        yield _times(f"{CREATE}, until the node answers", _rounds(both, CREATE, seconds / 3, _deleting))


def _rounds(
    both: dict[str, Program], line: str, seconds: float, how: "Callable[[Program, str], Figures] | None" = None
) -> dict[str, list[Figures]]:
    measure = how or _command
    some = next(iter(both.values()))
    sides = {IMPORT: lambda: timed([sys.executable, "-c", "import click"], some.environment)}
    sides |= {name: lambda program=program: measure(program, line) for name, program in both.items()}
    return alternate(sides, seconds)


def _command(program: Program, line: str) -> Figures:
    return timed([str(program.path), *line.split()], program.environment)


def _deleting(program: Program, line: str) -> Figures:
    """As _command, for one that makes a node: each round makes it anew."""
    figures = _command(program, line)
    program.ok(f"node delete {line.split()[-1]} --yes")
    return figures


def _times(title: str, rounds: dict[str, list[Figures]], note: str = "") -> Table:
    return Table(title, "ms", figure("ms", rounds), IMPORT, note)

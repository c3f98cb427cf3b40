"""`uockam up`: from a board in its box to a node that answers."""

from __future__ import annotations

from functools import partial

import click

from .device.options import port_option, say_yes
from .membership import complete_project
from .options import Command
from .output import Output
from .progress import progress, resumable


@click.command(cls=Command)
@port_option
@click.option("--board", metavar="BOARD", help="MicroPython's name of the board, for one that does not tell.")
@click.option("--name", metavar="NODE", help="Name of the node; picked at random when missing.")
@click.option(
    "--project", metavar="NAME", shell_complete=complete_project, help="By way of which it is reached from everywhere."
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before something of yours on the board is changed.")
@click.pass_obj
def up(output: Output, port: str | None, board: str | None, name: str | None, project: str | None, yes: bool) -> None:
    """Make a board that is new a node that answers.

    It is flashed if it needs that, uockam is installed, the node is created, and a message sent to it. With --project
    it becomes a member of that, too, so that other members reach it from wherever they are.

    What is done already is not done again, so that the same command goes on after a failure or Ctrl-C.

    \b
    Examples:
      uockam up
      uockam up --port /dev/ttyUSB0 --board ESP32_GENERIC --name greenhouse
      uockam up --name pico1 --project default
    """
    from ..device.up import HELLO
    from ..device.up import up as bring_up

    with resumable(output, "Run the same command again: it goes on where it was"):
        done = bring_up(port, board, name, project, partial(say_yes, yes), partial(progress, output), output.note)
    output.done([f"The node {done.node} answered '{HELLO}' with '{done.reply}'"], done.to_dict())
    output.hint(
        "",
        "What next:",
        f"  uockam message send hello --to {done.route or f'/node/{done.node}'}/service/uppercase",
        f"  uockam device info --at {done.node}",
        f"  uockam device run FILE.py --at {done.node}",
        f"  uockam device console --at {done.node}",
    )

"""`uockam device logs`: what a board has told."""

import click

from ...device import live
from ...device import logs as reading
from ...errors import InvalidArgument
from ..options import Command
from ..output import Output, printable
from .target import board_options


@click.command(cls=Command)
@click.option("-f", "--follow", is_flag=True, help="Go on with lines as they come, until Ctrl-C.")
@click.option("--to", metavar="ROUTE", help="Route of the log service, for a board that no node has.")
@board_options
@click.pass_obj
def logs(output: Output, follow: bool, to: str | None, at: str | None, port: str | None) -> None:
    """Print the newest lines that a board printed.

    They are of its log and its programs.

    \b
    Examples:
      uockam device logs --at pico1
      uockam device logs --follow --to /ip4/192.168.1.9/tcp/4000/service/log
    """
    if to and (at or port):
        raise InvalidArgument("--to names the board already", "Leave out --at and --port")
    route = to or f"/node/{live.node_of(at, port)}/service/log"
    if not follow:
        lines = reading.read(route)
        if not lines:
            output.hint("The board has printed nothing")
        output.show("\n".join(printable(line) for line in lines) or None, lines)
        return
    for line in reading.follow(route):
        output.show(printable(line), line)

"""`uockam device remove`: take uockam off a board."""

from __future__ import annotations

import click

from ...device import discover
from ..options import Command
from ..output import Output
from .options import port_option, say_yes, via_option


@click.command(cls=Command)
@port_option
@via_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(output: Output, port: str | None, via: str, yes: bool) -> None:
    """Take uockam and its settings off a board.

    Your own files stay, and a boot.py or main.py that was there before is put back. A node that has the board's port
    is stopped.

    \b
    Example:
      uockam device remove --port /dev/ttyACM0
    """
    from ...device.remove import remove as remove_from

    place = discover.usable(port)
    say_yes(yes, f"uockam and its settings are removed from the board at {place}")
    removed = remove_from(place, via)
    what = "uockam is off the board at" if removed else "There is no uockam on the board at"
    output.done([f"{what} {place}"], {"port": place, "removed": removed})

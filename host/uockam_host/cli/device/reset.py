"""`uockam device reset`: start a board anew."""

import click

from ...device import restart
from ..options import Command
from ..output import Output
from .target import board_options


@click.command(cls=Command)
@click.option("--bootloader", is_flag=True, help="Into its boot loader, which takes firmware.")
@board_options
@click.pass_obj
def reset(output: Output, bootloader: bool, at: str | None, port: str | None) -> None:
    """Restart a board.

    \b
    Examples:
      uockam device reset --at pico1
      uockam device reset --bootloader --port /dev/ttyACM0
    """
    name = restart.restart(at, port, bootloader)
    into = "is in its boot loader" if bootloader else "restarts"
    output.done([f"The board of {name} {into}"], {"board": name, "boot_loader": bootloader})

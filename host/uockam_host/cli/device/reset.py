"""`uockam device reset`: start a board anew."""

import click

from ...device import restart
from ...device.live import Place
from ..options import Command
from ..output import Output
from .target import route_options


@click.command(cls=Command)
@click.option("--bootloader", is_flag=True, help="Into its boot loader, which takes firmware.")
@route_options
@click.pass_obj
def reset(output: Output, bootloader: bool, place: Place) -> None:
    """Restart a board.

    \b
    Examples:
      uockam device reset --at pico1
      uockam device reset --bootloader --port /dev/ttyACM0
    """
    name, where = restart.restart(place, bootloader)
    into = "is in its boot loader" if bootloader else "restarts"
    output.done([f"{where} {into}"], {"board": name, "boot_loader": bootloader})

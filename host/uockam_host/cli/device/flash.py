"""`uockam device flash`: MicroPython onto a board."""

from functools import partial

import click

from ...device.releases import NEWEST
from ..options import Command
from ..output import Output
from ..progress import progress, resumable

_RESUME = "Run the same command again: a download and an ESP32 go on where they stopped"


@click.command(cls=Command)
@click.option("--port", metavar="PORT", help="Serial port of the board, or folder of its boot loader's drive.")
@click.option("--board", metavar="BOARD", help="MicroPython's name of the board, such as RPI_PICO_W.")
@click.option(
    "--firmware",
    metavar="FILE|URL|VERSION",
    help=f"What to flash; the newest MicroPython known, {NEWEST}, when missing.",
)
@click.option("--erase", is_flag=True, help="Erase all that is on the board, its files too.")
@click.pass_obj
def flash(output: Output, port: str | None, board: str | None, firmware: str | None, erase: bool) -> None:
    """Put MicroPython onto a board.

    The chip is found out, and a file for another one is refused before anything is written. What is written is
    verified. Files on the board stay, unless --erase is given. Downloads are kept, with their SHA-256.

    \b
    Examples:
      uockam device flash
      uockam device flash --port /dev/ttyUSB0 --firmware 1.28.0 --erase
      uockam device flash --firmware RPI_PICO-20260824-v1.29.0.uf2
    """
    from ...device.flash import flash as run

    with resumable(output, _RESUME):
        done = run(port, board, firmware, erase=erase, progress=partial(progress, output), note=output.progress)
    lines = [f"{done.firmware} is on the {done.chip}", f"SHA-256 {done.sha256}"]
    output.done([*lines, f"Its port is {done.port}"] if done.port else lines, done.to_dict(), done.port or None)
    if not done.port:
        output.warn("The serial port of the board has not appeared", "Plug it in again; see `uockam device list`")

"""`uockam device install`: make a board a node."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from ...device import discover
from ..options import Command
from ..output import Output
from ..progress import progress, resumable
from .options import port_option, say_yes, via_option, wanted_of, wanted_options


@click.command(cls=Command)
@port_option
@via_option
@wanted_options
@click.option("-y", "--yes", is_flag=True, help="Do not ask before a boot.py or main.py of yours is moved aside.")
@click.pass_obj
def install(
    output: Output,
    port: str | None,
    via: str,
    form: str,
    main: Path | None,
    name: str | None,
    wifi: str | None,
    yes: bool,
) -> None:
    """Put uockam on a board, or bring it up to date.

    What is there already is left alone. The board can be unplugged at any moment: it starts as before, or as a node. A
    boot.py or main.py of yours is kept: `uockam device remove` puts it back.

    \b
    Examples:
      uockam device install
      uockam device install --port /dev/ttyACM0 --main app.py --wifi home
    """
    from ...device.install import install as install_on

    wanted = wanted_of(main, name, wifi)
    place = discover.usable(port)
    with resumable(output, "Run the same command again: it goes on where it was"):
        done = install_on(place, via, form, wanted, partial(say_yes, yes), partial(progress, output))
    if done.why:
        output.warn(f"The runtime is there as source: {done.why}")
    what = f"uockam {done.uockam} is on the board at {place}"
    output.done([what if done.steps else f"{what} already"], done.to_dict())

"""`uockam device image`: one file that makes a board a node when it is flashed."""

import hashlib
from functools import partial
from pathlib import Path

import click

from ...device.releases import NEWEST
from ...errors import HostError, InvalidArgument
from ..options import Command
from ..output import Output
from ..progress import progress, size
from .options import wanted_of, wanted_options

_UNITS = {"KB": 1 << 10, "MB": 1 << 20}


def _flash_bytes(ctx: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    number, factor = text[:-2], _UNITS.get(text[-2:].upper())
    if factor is None or not (number.isascii() and number.isdigit()) or not 0 < int(number) * factor <= 32 << 20:
        raise click.BadParameter(f"'{text}' is no size of a flash; write 4MB, or 512KB.")
    return int(number) * factor


@click.command(cls=Command)
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--board", required=True, metavar="BOARD", help="MicroPython's name of the board, such as RPI_PICO_W.")
@click.option("--firmware", metavar="FILE|URL|VERSION", help=f"MicroPython to start from; {NEWEST} when missing.")
@click.option("--flash-size", callback=_flash_bytes, metavar="SIZE", help="Flash of the board, if unusual: 8MB.")
@wanted_options
@click.pass_obj
def image(
    output: Output,
    file: Path | None,
    board: str,
    firmware: str | None,
    flash_size: int | None,
    form: str,
    main: Path | None,
    name: str | None,
    wifi: str | None,
) -> None:
    """Make one file to flash that makes a board a node.

    It has MicroPython, the runtime, and this node's settings in it, so that a board is ready after one step:
    `uockam device flash --firmware FILE`. FILE gets a name from board and node when it is missing. A Wi-Fi password is
    in it as it is.

    \b
    Examples:
      uockam device image --board RPI_PICO --name pico1
      uockam device image --board ESP32_GENERIC_C3 --wifi home --main app.py fleet.bin
    """
    from ...device import boards, firmware_files
    from ...device.image import make

    wanted = wanted_of(main, name, wifi)
    known = boards.by_name(board)
    source = firmware_files.get(firmware, known, partial(progress, output))
    made = make(known, source, wanted, form=form, flash_bytes=flash_size)
    path = file or Path(f"{known.name}-{name or 'uockam'}{made.suffix}")
    _write(path, made.data, made.suffix)
    if made.why:
        output.warn(f"The runtime is in it as source: {made.why}")
    lines = [
        f"The file {path} makes a {known.title} a node ({size(len(made.data))})",
        f"MicroPython {made.micropython}, {made.files} files. Flash it with `uockam device flash --firmware {path}`",
    ]
    data = {"file": str(path), "board": known.name, "micropython": made.micropython, "form": made.form}
    sums = {"sha256": hashlib.sha256(made.data).hexdigest(), "bytes": len(made.data)}
    output.done(lines, {**data, **sums}, str(path))


def _write(path: Path, data: bytes, suffix: str) -> None:
    if path.suffix != suffix:
        raise InvalidArgument(f"A file for this board ends in {suffix}, not as {path.name}", f"Name it *{suffix}")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise HostError(f"The file {path} cannot be written: {error.strerror}", "Name another file") from error

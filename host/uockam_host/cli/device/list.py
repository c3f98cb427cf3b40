"""`uockam device list`: which boards are plugged in."""

import time

import click

from uockam.log import safe

from ...device import boards
from ...device.discover import Device, devices, either
from ...device.errors import NoDevice
from ...device.watch import Watch
from ..options import Command
from ..output import Output, listing

_LOOK_S = 0.5


@click.command("list", cls=Command)
@click.option("-w", "--watch", is_flag=True, help="Go on, and print what changes, until Ctrl-C.")
@click.option("--probe", is_flag=True, help="Also open ports whose board may be reset by that.")
@click.pass_obj
def list_(output: Output, watch: bool, probe: bool) -> None:
    """List the boards that are plugged in, and what each is doing.

    A port behind a UART bridge (CP210x, CH340) is not opened without --probe: that may reset the board.

    \b
    Examples:
      uockam device list
      uockam device list --watch
    """
    if watch:
        _watch(output, probe)
        return
    output.progress("Looking for boards...")
    found = devices(anyway=probe)
    text = listing("Devices", [device_item(one) for one in found], str(NoDevice()))
    output.show(text, [one.to_dict() for one in found])
    if not found:
        output.hint(NoDevice().remedy)


def device_item(device: Device) -> list[str]:
    """Item of `device list`."""
    return [
        f"{safe(device.place)}: {device.state}",
        *filter(None, map(safe, (_what(device), _runs(device), device.detail))),
    ]


def _what(device: Device) -> str:
    names = [device.board] if device.board else device.candidates
    board = either([boards.by_name(name).title for name in names]) or "Unknown board"
    chip = "" if device.chip == boards.THIS_COMPUTER or device.chip in board else device.chip
    number = f"serial number {device.serial_number}" if device.serial_number else ""
    return ", ".join(filter(None, (board, chip, number, device.usb and f"USB {device.usb}")))


def _runs(device: Device) -> str:
    parts = (
        device.node and f"Node {device.node}",
        device.version and f"uockam {device.version}",
        device.micropython and f"MicroPython {device.micropython}",
    )
    return ", ".join(filter(None, parts))


def _watch(output: Output, probe: bool) -> None:
    output.compact = output.json
    output.hint("Waiting for boards to come and go; Ctrl-C ends it")
    watch = Watch(anyway=probe)
    try:
        while True:
            for change in watch.look():
                first, *more = device_item(change.device)
                lines = [f"{change.kind}: {first}", *(f"  {line}" for line in more)]
                output.show("\n".join(lines), change.to_dict())
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        output.leave_prompt()

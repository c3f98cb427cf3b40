"""`uockam project devices`: the members of a project as devices."""

import time

import click

from ..projects.devices import Device
from ..projects.devices import devices as list_devices
from ..projects.devices import watch as watch_devices
from .membership import project_option
from .options import Command, identity_option
from .output import Output, block, colour, listing, printable
from .times import span, utc


@click.command(cls=Command)
@project_option
@click.option("-w", "--watch", is_flag=True, help="Go on, and print what changes, until Ctrl-C.")
@identity_option("Who asks; the default identity when missing.")
@click.pass_obj
def devices(output: Output, project: str | None, watch: bool, identity: str | None) -> None:
    """Show which members are here, and what waits for them.

    Each with its gateway or when it was last seen, the version of its software, and how many messages wait for it.

    \b
    Examples:
      uockam project devices
      uockam project devices --watch
    """
    output.progress("Asking for the devices...")
    if watch:
        _follow(output, project, identity)
        return
    found = list_devices(project, identity)
    text = listing("Devices", [_lines(one) for one in found], "No devices found in this project.")
    output.show(text, [one.to_dict() for one in found])


def _follow(output: Output, project: str | None, identity: str | None) -> None:
    output.compact = output.json
    try:
        watch_devices(project, identity, _Changes(output).tell)
    except KeyboardInterrupt:
        output.leave_prompt()


class _Changes:
    """Prints a device when it is new, or not as it was."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._shown: dict[str, Device] = {}

    def tell(self, found: list[Device]) -> None:
        """These are the devices now."""
        for one in found:
            if self._shown.get(one.identifier) != one:
                self._output.show(block(_lines(one)), one.to_dict())
        self._output.flush()
        self._shown = {one.identifier: one for one in found}


def _lines(one: Device) -> list[str]:
    state = f"{colour('UP')} at {one.gateway}" if one.online else f"{colour('DOWN')}, {_ago(one.seen_at)}"
    lines = [f"{one.name or one.identifier} is {state}", f"Identifier {one.identifier}"]
    if one.version:
        lines.append(f"Version {printable(one.version)}")
    return [*lines, f"Waiting messages: {one.waiting}"]


def _ago(seen_at: int) -> str:
    if not seen_at:
        return "never seen"
    seconds = max(0, int(time.time()) - seen_at)
    return f"last seen {span(seconds - seconds % 60 if seconds > 60 else seconds)} ago, {utc(seen_at)}"

"""The commands by name. A noun's file is imported only when its command is run or completed."""

from importlib import import_module

import click

from .options import Group

_NOUNS = {
    "node": "node:node",
    "worker": "worker:worker",
    "service": "service:service",
    "message": "message:message",
    "tcp-listener": "tcp_listener:tcp_listener",
    "tcp-connection": "tcp_connection:tcp_connection",
    "status": "status:status",
    "reset": "reset:reset",
    "completion": "completion:completion",
    "version": "version:version",
}


class LazyGroup(Group):
    """The root: knows its commands by name and loads each when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = _NOUNS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(f".{module}", __package__), name)
        return command


@click.group(cls=LazyGroup)
def root() -> None:
    """Ockam nodes and workers on this machine and on microcontrollers.

    \b
    Examples:
      uockam node create n1
      uockam message send hello --to /node/n1/service/uppercase
      uockam node create pico1 --port /dev/ttyACM0
    """

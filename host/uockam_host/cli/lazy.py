"""A group whose commands are imported only when they are run or completed."""

from importlib import import_module
from typing import Any

import click

from .options import Group


class LazyGroup(Group):
    """places: for each command, in the order of the help, "module:function" below `package`."""

    def __init__(self, *arguments: Any, package: str, places: dict[str, str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._package = package
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._places.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(f".{module}", self._package), name)
        return command

"""How the commands for a board in use are told which board."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..options import complete_node

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

_AT = "Node that has the board; the default or only one when missing."
_PORT = "Serial port of the board, in place of its node."


def board_options(function: _Decorated) -> _Decorated:
    """--at NODE and --port PORT."""
    port = click.option("--port", metavar="PORT", help=_PORT)(function)
    return click.option("--at", metavar="NODE", shell_complete=complete_node, help=_AT)(port)

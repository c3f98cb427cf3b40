"""How the commands for a board in use are told which board."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from ...device.live import Place
from ..options import complete_node

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

_AT = "Node that has the board; the default or only one when missing."
_PORT = "Serial port of the board, in place of its node."


_TO = "Route to the board, ending at /secure/api, in place of its node: this computer has to be among its owners."
_AUTHORIZED = "Identifier that the board at the end of --to has to prove."


def board_options(function: _Decorated) -> _Decorated:
    """--at NODE and --port PORT."""
    port = click.option("--port", metavar="PORT", help=_PORT)(function)
    return click.option("--at", metavar="NODE", shell_complete=complete_node, help=_AT)(port)


def route_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--at, --port, --to ROUTE and --authorized IDENTIFIER, which the command gets as one `place`."""

    @wraps(function)
    def placed(*arguments: Any, at: Any, port: Any, to: Any, authorized: Any, **others: Any) -> Any:
        return function(*arguments, place=Place(at, port, to, authorized), **others)

    authorized = click.option("--authorized", metavar="IDENTIFIER", help=_AUTHORIZED)(placed)
    return board_options(click.option("--to", metavar="ROUTE", help=_TO)(authorized))

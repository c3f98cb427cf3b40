"""What the commands share that work on the files of a board at a port."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...device import bundle, copier
from ...errors import InvalidArgument
from ...names import check_name
from ..options import confirm
from ..output import is_terminal

if TYPE_CHECKING:
    from ...device.install import Wanted

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


def port_option(function: _Decorated) -> _Decorated:
    """--port PORT; None is the only board that is plugged in."""
    text = "Serial port of the board; the only board that there is when missing."
    return click.option("--port", metavar="PORT", help=text)(function)


def via_option(function: _Decorated) -> _Decorated:
    """--via: the library that talks to the board."""
    return click.option(
        "--via",
        type=click.Choice([*copier.VIAS, copier.AUTO]),
        default=copier.AUTO,
        show_default=True,
        help="Library that talks to the board: ampy is slower, and needs less of it.",
    )(function)


def form_option(function: _Decorated) -> _Decorated:
    """--source: in which form a board gets the runtime."""
    return click.option(
        "--source",
        "form",
        type=click.Choice(bundle.FORMS),
        default=bundle.AUTO,
        show_default=True,
        help="Form of the runtime: source, compiled for this board, or compiled where that is possible.",
    )(function)


def wanted_options(function: _Decorated) -> _Decorated:
    """--source, --main, --name, --wifi: what a board gets; the last three are for wanted_of."""
    options = (
        form_option,
        click.option("--main", type=click.Path(path_type=Path), metavar="FILE", help="Program that the node runs."),
        click.option("--name", metavar="NODE", help="Name that the board's node has for itself."),
        click.option("--wifi", metavar="SSID", help="Network to join; its password is asked for, or read from stdin."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def wanted_of(main: Path | None, name: str | None, wifi: str | None) -> Wanted:
    """What a board gets beside the runtime; asks for the network's password. Raises InvalidArgument."""
    from ...device.install import Wanted, read_program
    from ...node.owning import owner

    settings: dict[str, Any] = {} if name is None else {"name": check_name(name)}
    if wifi:
        password = hidden(f"Password of the network {wifi}, empty when it has none")
        settings["wifi"] = {"ssid": wifi, **({"password": password} if password else {})}
    return Wanted(settings, read_program(main) if main else None, owner())


def hidden(what: str) -> str:
    """Something secret, typed where nobody sees it, or the first line of stdin. Raises InvalidArgument."""
    if is_terminal(sys.stdin):
        return str(click.prompt(what, hide_input=True, err=True, default="", show_default=False))
    line = sys.stdin.readline() if sys.stdin else ""
    if not line:
        raise InvalidArgument(f"{what} is asked at a terminal, or read from stdin, where nothing is", _PIPE)
    return line.rstrip("\r\n")


def say_yes(yes: bool, what: str) -> None:
    """Ask whether something may happen, unless --yes was given. Raises InvalidArgument without a terminal."""
    if not yes:
        confirm(f"{what}. Go on?", "Add --yes")


_PIPE = "Pipe it in: `... <password.txt`"

"""`uockam device config`: the settings of a board."""

from __future__ import annotations

import json
from typing import Any

import click

from ...device import settings
from ...errors import InvalidArgument
from ..options import Group
from ..output import EXIT_RUN_TIME, Output, block
from .options import board_port, hidden, port_option, via_option


@click.group(cls=Group)
def config() -> None:
    """Read and change the settings of a board.

    They are in the file uockam.json on the board, and count from its next start on: `config set` restarts it.

    \b
    Examples:
      uockam device config show
      uockam device config set services info,gpio
    """


@config.command()
@port_option
@via_option
@click.pass_obj
def show(output: Output, port: str | None, via: str) -> None:
    """Show all settings that are not at their default, secrets as ***.

    \b
    Example:
      uockam device config show --output json
    """
    found = settings.shown(_settings(port, via))
    lines = [f"{key} = {_text(value)}" for key, value in sorted(found.items())]
    output.show(block(lines or ["All settings are at their defaults."]), found)


@config.command()
@click.argument("key")
@port_option
@via_option
@click.pass_obj
def get(output: Output, key: str, port: str | None, via: str) -> None:
    """Print one setting, or *** for a secret.

    One that is not set is an error.

    \b
    Example:
      uockam device config get wifi.ssid
    """
    settings.check_key(key)
    value = settings.value_of(settings.shown(_settings(port, via)), key)
    if value is None:
        output.hint(f"The setting '{key}' is at its default")
        output.exit_code = EXIT_RUN_TIME
    output.show(None if value is None else _text(value), {"key": key, "value": value})


@config.command("set")
@click.argument("key")
@click.argument("value", required=False)
@click.option("--default", "remove", is_flag=True, help="Take the setting out, so that its default counts.")
@port_option
@via_option
@click.pass_obj
def set_(output: Output, key: str, value: str | None, remove: bool, port: str | None, via: str) -> None:
    """Change one setting, and restart the board.

    A secret, such as wifi.password, is asked for, or read from stdin.

    \b
    Examples:
      uockam device config set name greenhouse
      uockam device config set dial 192.168.1.5:4000,192.168.1.6:4000
      uockam device config set wifi.password <password.txt
    """
    from ...device.configure import change

    new = _value(key, value, remove)
    place = board_port(port)
    if change(place, via, {key: new}):
        output.done([f"The setting '{key}' of the board at {place} is changed"], {"key": key, "changed": True})
    else:
        output.done([f"The setting '{key}' of the board at {place} was so already"], {"key": key, "changed": False})


def _value(key: str, text: str | None, remove: bool) -> Any:
    settings.check_key(key)
    if remove:
        if text is not None:
            raise InvalidArgument("--default excludes a value", "Leave one of them out")
        return None
    if settings.secret(key):
        if text is not None:
            raise InvalidArgument(
                f"'{key}' is a secret, and everybody can see what is on a command line",
                f"Run `uockam device config set {key}`, which asks for it",
            )
        text = hidden(key)
    if text is None:
        raise InvalidArgument(f"There is no value for '{key}'", "Write it behind the key, or use --default")
    return settings.parse(key, text)


def _settings(port: str | None, via: str) -> dict[str, Any]:
    from ...device.configure import read

    return read(board_port(port), via)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

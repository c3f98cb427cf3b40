"""`uockam device config`: the settings of a board."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ...device import live, settings
from ...errors import InvalidArgument
from ..options import Group
from ..output import EXIT_RUN_TIME, Output, block
from .options import hidden, via_option
from .target import route_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete_key(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    known = settings.keys()
    return [CompletionItem(key) for key in known if key.startswith(incomplete)]


@click.group(cls=Group)
def config() -> None:
    """Read and change the settings of a board.

    They are in the file uockam.json on the board, and count from its next start on: `config set` restarts it. They are
    reached over the board's node while that runs, else at the prompt.

    \b
    Examples:
      uockam device config show
      uockam device config set services info,gpio
    """


@config.command()
@route_options
@via_option
@click.pass_obj
def show(output: Output, place: live.Place, via: str) -> None:
    """Show all settings that are not at their default, secrets as ***.

    \b
    Example:
      uockam device config show --output json
    """
    found = settings.shown(_settings(place, via))
    lines = [f"{key} = {_text(value)}" for key, value in sorted(found.items())]
    output.show(block(lines or ["All settings are at their defaults."]), found)


@config.command()
@click.argument("key", shell_complete=_complete_key)
@route_options
@via_option
@click.pass_obj
def get(output: Output, key: str, place: live.Place, via: str) -> None:
    """Print one setting, or *** for a secret.

    One that is not set is an error.

    \b
    Example:
      uockam device config get wifi.ssid
    """
    settings.check_key(key)
    value = settings.value_of(settings.shown(_settings(place, via)), key)
    if value is None:
        output.hint(f"The setting '{key}' is at its default")
        output.exit_code = EXIT_RUN_TIME
    output.show(None if value is None else _text(value), {"key": key, "value": value})


@config.command("set")
@click.argument("key", shell_complete=_complete_key)
@click.argument("value", required=False)
@click.option("--default", "remove", is_flag=True, help="Take the setting out, so that its default counts.")
@route_options
@via_option
@click.pass_obj
def set_(output: Output, key: str, value: str | None, remove: bool, place: live.Place, via: str) -> None:
    """Change one setting, and restart the board.

    A secret, such as wifi.password, is asked for, or read from stdin.

    \b
    Examples:
      uockam device config set name greenhouse
      uockam device config set dial 192.168.1.5:4000,192.168.1.6:4000
      uockam device config set wifi.password <password.txt
    """
    from ...device.configure import change

    where, changed = change(place, via, {key: _value(key, value, remove)})
    state = "is changed" if changed else "was so already"
    board = where.removeprefix("The ")
    output.done([f"The setting '{key}' of the {board} {state}"], {"key": key, "changed": changed})


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


def _settings(place: live.Place, via: str) -> dict[str, Any]:
    from ...device.configure import read

    return read(place, via)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

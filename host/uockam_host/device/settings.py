"""The settings of a board, `uockam.json`: read, checked by the board's own table, and shown without secrets."""

import json
import runpy
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from .. import resources
from ..errors import HostError, InvalidArgument

PATH = "/uockam.json"
HIDDEN = "***"


def decode(data: bytes) -> dict[str, Any]:
    """Settings out of the file's content. Raises HostError when it is not a JSON object."""
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise HostError(f"The board's {PATH[1:]} is not a JSON object", f"Remove it: `uockam device files rm {PATH}`")
    return found


def encode(settings: Mapping[str, Any]) -> bytes:
    """The file's content: the same settings give the same bytes."""
    return (json.dumps(settings, sort_keys=True) + "\n").encode()


def keys() -> list[str]:
    """The names of all settings."""
    return list(_table()[0])


def secret(key: str) -> bool:
    """Whether the value of a setting is never shown, nor taken from a command line."""
    return key in _table()[1]


def parse(key: str, text: str) -> Any:
    """The value that a person wrote: text as it is, numbers, `true`, `false`, and lists as JSON or with commas.

    Raises InvalidArgument, which names the keys that are near, or the kind of value.
    """
    kind = _table()[0].get(check_key(key))
    try:
        value = _READ[kind](text) if kind in _READ else json.loads(text)
    except ValueError:
        value = None
    if type(value) is not kind:
        raise InvalidArgument(f"The setting '{key}' is {_KINDS[kind]}, not '{text}'", _SHOW)
    return value


def check_key(key: str) -> str:
    """The key, when there is such a setting. Raises InvalidArgument."""
    if key not in keys():
        near = get_close_matches(key, keys(), 1)
        hint = f"Did you mean `{near[0]}`? " if near else ""
        raise InvalidArgument(f"There is no setting '{key}'", f"{hint}There are {', '.join(keys())}")
    return key


def shown(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings with HIDDEN for secrets."""
    return {key: HIDDEN if secret(key) else value for key, value in settings.items()}


def _items(text: str) -> Any:
    return json.loads(text) if text.startswith("[") else [part.strip() for part in text.split(",") if part.strip()]


_READ: dict[Any, Callable[[str], Any]] = {str: str, list: _items}
_KINDS = {str: "text", int: "a whole number", bool: "true or false", list: "a list such as a,b", dict: "a JSON object"}
_SHOW = "See `uockam device config show --help`"


@cache
def _table() -> tuple[dict[str, type], tuple[str, ...]]:
    """(kind of each setting, those that are secret): firmware/device/config.py runs here as on a board."""
    found = runpy.run_path(str(resources.folder("device") / "config.py"))
    return found["KINDS"], found["SECRETS"]

"""The settings of a board, `uockam.json`: read, checked by the board's own table, and shown without secrets."""

import json
import runpy
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from uockam.errors import InvalidAddress
from uockam.identifier import parse_identifier

from .. import resources
from ..errors import HostError, InvalidArgument
from ..names import check_name

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
    """The names of all settings; a part of one is written `wifi.ssid`."""
    return [f"{key}.{part}" for key in _kinds() for part in _PARTS.get(key, ())] + [
        key for key in _kinds() if key not in _PARTS
    ]


def secret(key: str) -> bool:
    """Whether the value of a setting is never shown, nor taken from a command line."""
    return key in _SECRETS


def parse(key: str, text: str) -> Any:
    """The value that a person wrote: text as it is, numbers, `true`, `false`, and lists as JSON or with commas.

    Raises InvalidArgument, which names the keys that are near, or the kind of value.
    """
    kinds = _kinds_of(check_key(key))
    for kind in kinds:
        try:
            value = _READ.get(kind, json.loads)(text)
        except ValueError:
            continue
        if type(value) is kind:
            return _checked(key, value)
    raise InvalidArgument(f"The setting '{key}' is {' or '.join(_WORDS[kind] for kind in kinds)}, not '{text}'", _SHOW)


def _checked(key: str, value: Any) -> Any:
    if key == "name":
        return check_name(value)
    try:
        for item in value if key == "owners" else ():
            parse_identifier(str(item))
    except InvalidAddress as error:
        raise InvalidArgument(f"An owner is named by an identifier: {error}", error.remedy) from error
    return value


def check_key(key: str) -> str:
    """The key, when there is such a setting. Raises InvalidArgument."""
    if key not in keys():
        near = get_close_matches(key, keys(), 1)
        hint = f"Did you mean `{near[0]}`? " if near else ""
        raise InvalidArgument(f"There is no setting '{key}'", f"{hint}There are {', '.join(keys())}")
    return key


def value_of(settings: Mapping[str, Any], key: str) -> Any:
    """The value of a setting, or of a part of one; None when it is not set."""
    top, _, part = check_key(key).partition(".")
    found = settings.get(top)
    return found.get(part) if part and isinstance(found, dict) else None if part else found


def changed(settings: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The same settings with another value; None takes it out."""
    top, _, part = check_key(key).partition(".")
    if part:
        parts = settings.get(top)
        value = _without_none({**(parts if isinstance(parts, dict) else {}), part: value}) or None
    return _without_none({**settings, top: value})


def shown(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings with HIDDEN for secrets, also for one that stands where it does not belong."""
    return {key: _shown(key, value) for key, value in settings.items()}


def _shown(key: str, value: Any) -> Any:
    if "password" in key:
        return HIDDEN
    return shown(value) if isinstance(value, dict) else value


def _without_none(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}


def _items(text: str) -> Any:
    return (
        json.loads(text) if text.startswith("[") else [_item(part.strip()) for part in text.split(",") if part.strip()]
    )


def _item(text: str) -> Any:
    return int(text) if text.isdecimal() else text


# What a setting consists of that is an object, and which parts nobody shall see.
_PARTS = {"wifi": ("ssid", "password")}
_SECRETS = ("wifi.password",)
_READ: dict[type, Callable[[str], Any]] = {str: str, list: _items}
_WORDS = {str: "text", int: "a whole number", bool: "true or false", list: "a list such as a,b", dict: "a JSON object"}
_SHOW = "See docs/devices.md for all settings"


def _kinds_of(key: str) -> tuple[type, ...]:
    kind = str if "." in key else _kinds()[key]
    return kind if isinstance(kind, tuple) else (kind,)


@cache
def _kinds() -> dict[str, Any]:
    """The type of each setting, or several: firmware/device/config.py runs here as on a board."""
    return dict(runpy.run_path(str(resources.folder("device") / "config.py"))["KINDS"])

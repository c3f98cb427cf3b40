"""Reading and changing the settings of a board at its port."""

from collections.abc import Mapping
from typing import Any

from . import settings
from .copier import Copier
from .hold import released
from .install import restarted


def read(port: str, via: str) -> dict[str, Any]:
    """All settings that are not at their default, with secrets. Raises HostError."""
    with released(port), restarted(port, via) as copier:
        return _read(copier)


def change(port: str, via: str, changes: Mapping[str, Any]) -> bool:
    """Change settings, None to take one out: the board has the former ones or all new ones, whenever it is unplugged.

    Whether anything was different. Raises HostError.
    """
    with released(port), restarted(port, via) as copier:
        before = now = _read(copier)
        for key, value in changes.items():
            now = settings.changed(now, key, value)
        if now != before:
            copier.put(settings.PATH, settings.encode(now))
        return now != before


def _read(copier: Copier) -> dict[str, Any]:
    return settings.decode(copier.get(settings.PATH)) if copier.stat(settings.PATH) else {}

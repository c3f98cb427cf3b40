"""Reading and changing the settings of a board, over its node or at its prompt."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..node import control
from ..node.info import NodeInfo
from . import live, settings
from .copier import Copier
from .discover import usable
from .hold import released
from .install import restarted
from .restart import restart


def read(place: live.Place, via: str) -> dict[str, Any]:
    """All settings that are not at their default, with secrets. Raises HostError."""
    with _files(place, via) as (copier, _):
        return _read(copier)


def change(place: live.Place, via: str, changes: Mapping[str, Any]) -> "tuple[str, bool]":
    """Change settings, None to take one out: the board has the former ones or all new ones, whenever it is unplugged.

    (the board, in a sentence; whether anything was different: it is restarted then). Raises HostError.
    """
    with _files(place, via) as (copier, where):
        before = now = _read(copier)
        for key, value in changes.items():
            now = settings.changed(now, key, value)
        if now != before:
            copier.put(settings.PATH, settings.encode(now))
    if now != before and _over_node(place):
        restart(place, False)
    return where, now != before


def _over_node(place: live.Place) -> bool:
    """Whether the board is asked over its node; at its prompt it is restarted in any case."""
    node = None if place.to else _node(place)
    return place.to is not None or (node is not None and node.up)


def _node(place: live.Place) -> "NodeInfo | None":
    name = live.find_node(place.at, place.port)
    return None if name is None else control.node_info(name)


@contextmanager
def _files(place: live.Place, via: str) -> Iterator[tuple[Copier, str]]:
    """A copier for the board, and which board that is."""
    if _over_node(place):
        with live.open_files(place) as copier:
            yield copier, live.find_board(place).where
        return
    node = _node(place)  # one that does not hear its board, whose settings may be why
    port = usable(node.port if node else place.port)
    with released(port), restarted(port, via) as copier:
        yield copier, f"The board at {port}"


def _read(copier: Copier) -> dict[str, Any]:
    return settings.decode(copier.get(settings.PATH)) if copier.stat(settings.PATH) else {}

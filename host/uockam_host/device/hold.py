"""Taking the port of a board from the node of this computer that has it, and giving it back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..errors import HostError
from ..node import control


@contextmanager
def released(port: str, *, come_back: bool = True) -> "Iterator[str | None]":
    """While this lasts no node of ours has the port; then the one that had it runs again. Gives its name, or None.

    come_back: False for what leaves nothing behind that could be a node; after a failure it runs again all the same.

    Raises HostError when the node cannot be stopped, or does not come back after all else went well.
    """
    name = owner(port)
    if name is None:
        yield None
        return
    control.stop_node(name)
    try:
        yield name
    except BaseException:
        with suppress(HostError):  # what went wrong first says more
            control.start_node(name)
        raise
    if come_back:
        control.start_node(name)


def owner(port: str) -> "str | None":
    """Name of the running node whose board is at this port."""
    real = os.path.realpath(port)
    for node in control.list_nodes():
        if node.pid is not None and node.kind == "serial" and os.path.realpath(node.port or "") == real:
            return node.name
    return None

"""Restarting a board: over its node, or at its prompt when no node has it."""

from uockam import api
from uockam.records import Record

from ..errors import HostError
from . import live

_HOW = Record("a reset", (1, "how", str, True))


def restart(at: "str | None", port: "str | None", boot_loader: bool) -> str:
    """Restart the board into its program, or into its boot loader; its node, or else its port. Raises HostError."""
    name = live.find_node(at, port)
    if name is None:
        return _at_prompt(port, boot_loader)
    with live.connect(name) as client:
        client.request(api.POST, "node/reset", _HOW.pack(how="boot loader" if boot_loader else "hard"))
    return name


def _at_prompt(port: "str | None", boot_loader: bool) -> str:
    from . import boot_loader as loader
    from .copier import open_copier
    from .discover import choose

    found = choose(port).port
    if not boot_loader:
        with open_copier(found) as copier:
            copier.reset()
    elif not loader.ask(found):
        raise HostError(f"The board at {found} has no prompt to start its boot loader from", "Hold its BOOT button")
    return found

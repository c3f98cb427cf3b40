"""Restarting a board: over its node, or at its prompt when no node has it."""

from uockam import api
from uockam.records import Record

from ..errors import HostError
from . import live

_HOW = Record("a reset", (1, "how", str, True))


def restart(place: live.Place, boot_loader: bool) -> tuple[str, str]:
    """Restart the board into its program, or into its boot loader; its name, and it in a sentence. Raises HostError.

    The node of a board at a cable answers again when this returns.
    """
    if place.to is None and live.find_node(place.at, place.port) is None:
        found = _at_prompt(place.port, boot_loader)
        return found, f"The board at {found}"
    board = live.find_board(place)
    if boot_loader or place.to is not None:
        _ask(board, "boot loader" if boot_loader else "hard")
    else:
        with live.Watching(board.name) as watching:
            watching.through_restart(lambda: _ask(board, "hard"))
    return board.name, board.where


def _ask(board: live.Board, how: str) -> None:
    with board.connect() as client:
        client.request(api.POST, "node/reset", _HOW.pack(how=how))


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

"""Another version of uockam for a board in use, over any route to it: tried once, and kept when it answers.

The new version comes beside the one that runs, which changes nothing yet. Then the board is told to restart into it. If
it does not answer, or the board is reset by whatever before we have said that it is well, the former version runs again
(firmware/device/start/boot.py).
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import uockam
from uockam import api
from uockam.records import Record

from ..errors import ApiError, HostError, MessageError
from . import install
from .asking import Service
from .bundle import Bundle, Facts, make
from .copy_node import NodeCopier
from .flasher import Progress
from .live import Board

_STATUS = Record(
    "the versions of a board",
    (1, "machine", str, True),
    (2, "micropython", list, True),
    (3, "mpy", int, True),
    (4, "uockam", str, True),
    (5, "trial", bool, True),
    (6, "life", bytes, True),
)
_BACK_S = 60.0  # for a slow board to compile what it runs, and to come back from a version that crashes at once
_LOOK_S = 0.1
_ANSWER_MS = 2000
_TRIES = install.PACK.encode()  # is in the boot.py that can try a version

Sleep = Callable[[float], None]


class NotKept(HostError):
    """The new version did not do well, and the former one runs."""


@dataclass(frozen=True)
class Updated:
    """What came of it: changed is False when the board had this very version."""

    node: str
    changed: bool
    former: str
    uockam: str
    form: str
    written_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """JSON of `device update`."""
        return asdict(self)


def update(board: Board, form: str, progress: Progress, make_bundle: Callable[[Facts, str], Bundle] = make) -> Updated:
    """Give a board the uockam of this computer. form: one of bundle.FORMS.

    Raises NotKept when the new version does not answer, HostError when it cannot be brought there: nothing has changed
    then.
    """
    with board.connect() as client, NodeCopier(board.connect()) as copier:
        _check_start_file(copier)
        before = _status(Service(client, "update"))
        if before["trial"]:
            raise HostError("The board tries another version at this moment", "Run the same command again in a minute")
        bundle = make_bundle(_facts(before), form)
        pack = bundle.pack()
        steps = _steps(copier, pack)
        if steps is not None:
            install.apply(copier, steps, progress)
            with progress(0, "Trying the new version"):
                _try(board, Service(client, "update"), before["life"])
    written = sum(step.total_bytes for step in steps or ())
    return Updated(board.name, steps is not None, str(before["uockam"]), uockam.__version__, bundle.form, written)


def _steps(copier: NodeCopier, pack: bytes) -> "list[install.Step] | None":
    """What brings the version beside the one that runs; None when it is the one that runs."""
    there, wanted = copier.hashes(install.PACK, install.OTHER), sha256(pack).hexdigest()
    if there.get(install.PACK) == wanted:
        return None
    return [] if there.get(install.OTHER) == wanted else [install.replacing(install.OTHER, pack)]


def _try(board: Board, service: Service, life: bytes) -> None:
    service.ask(api.POST, "trial")
    after = _next_life(board, life)
    if not after["trial"]:
        raise NotKept("The new version did not start: the former one runs again", _SEE.format(board.name))
    with board.connect() as client:
        try:
            Service(client, "update").ask(api.POST, "confirm")
        except (ApiError, MessageError) as error:
            raise NotKept(f"The new version does not answer as it should: {error}", _SEE.format(board.name)) from error


def _next_life(board: Board, life: bytes) -> dict[str, Any]:
    """What the board says once it has restarted. Raises NotKept."""
    deadline = time.monotonic() + _BACK_S
    reason = ""
    while time.monotonic() < deadline:
        try:
            with board.connect() as client:
                found = _status(Service(client, "update", timeout_ms=_ANSWER_MS), _ANSWER_MS)
            if found["life"] != life:
                return found
        except (ApiError, MessageError) as error:  # it is restarting
            reason = str(error)
        time.sleep(_LOOK_S)
    raise NotKept(f"The board did not come back: {reason}", "Reset it: the former version starts then")


def _status(service: Service, timeout_ms: int = 15_000) -> dict[str, Any]:
    return _STATUS.unpack(service.ask(api.GET, "status", timeout_ms=timeout_ms))


def _facts(status: dict[str, Any]) -> Facts:
    return Facts(status["machine"], tuple(int(part) for part in status["micropython"]), status["mpy"])


def _check_start_file(copier: NodeCopier) -> None:
    """The board must be able to go back by itself. Raises HostError."""
    found = b""
    with suppress(HostError):
        found = copier.get("/boot.py")
    if _TRIES not in found:
        raise HostError(
            "The board's boot.py cannot go back to a former version",
            "Run `uockam device install` once: it brings one that can",
        )


_SEE = "See what the board of {0} printed, with `uockam device logs`"

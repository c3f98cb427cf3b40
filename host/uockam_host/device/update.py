"""Another version of uockam for a board in use, over any route to it: tried once, and kept when it answers.

The new version goes into the folder that does not run (install.py), which changes nothing yet. Then the board is told
to restart into it. If it does not answer, or the board is reset by whatever before we have said that it is well, the
former version runs again (firmware/device/start/boot.py).
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
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

_VERSION = Record("a version", (1, "version", str, True))
_STATUS = Record(
    "the versions of a board",
    (1, "machine", str, True),
    (2, "micropython", list, True),
    (3, "mpy", int, True),
    (4, "uockam", str, True),
    (5, "running", str, True),
    (6, "trial", bool, True),
    (7, "life", bytes, True),
)
_BACK_S = 60.0  # for a slow board to compile what it runs, and to come back from a version that crashes at once
_LOOK_S = 0.1
_ANSWER_MS = 2000
_TRIES = b"on_trial"  # is in the boot.py that can try a version

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
        before = _status(Service(client, "update"))
        state = install.read_state(copier)
        bundle = make_bundle(_facts(before), form)
        letter = install.place(state, bundle)
        steps = [] if letter == before["running"] else list(install.new_version(state, bundle, letter))
        if steps:
            _check_start_file(copier)
            install.apply(copier, steps, progress)
            with progress(0, "Trying the new version"):
                _try(board, Service(client, "update"), letter, before)
    size = sum(step.total_bytes for step in steps)
    return Updated(board.name, bool(steps), str(before["uockam"]), uockam.__version__, bundle.form, size)


def _try(board: Board, service: Service, letter: str, before: dict[str, Any]) -> None:
    service.ask(api.POST, "trial", _VERSION.pack(version=letter))
    after = _next_life(board, before["life"])
    if after["running"] != letter:
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

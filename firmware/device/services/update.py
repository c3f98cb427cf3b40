"""Another version of the runtime, tried before it is kept, for the owner (docs/services.md, `update`).

start/boot.py runs a version on trial once: any reset leads back to the former one, until `confirm`.
"""

import asyncio
import os
import sys

import device
import uockam
from uockam import api
from uockam.access import OWNER
from uockam.port import random_bytes
from uockam.records import Record
from uockam.services.requests import Requests

from .. import about, restart
from . import paths

ACCESS = OWNER

_PACK = "/uockam.pack"  # as start/boot.py has it
_OTHER = _PACK + ".other"
_TRIAL_S = 60  # within which somebody has to find a version on trial well
_HANG_MS = 90_000  # after which a timer resets a board whose loop hangs

_STATUS = Record(
    "the versions of a board",
    (1, "machine", str, True),
    (2, "micropython", list, True),  # [1, 29, 0]
    (3, "mpy", int, True),  # sys.implementation._mpy, 0 when it has none
    (4, "uockam", str, True),
    (5, "trial", bool, True),
    (6, "life", bytes, True),  # another one after each restart
)

_life = random_bytes(8)
_timer = None


def make(node: object) -> "Update":
    """The worker."""
    return Update(node)


class Update(Requests):
    """Tells what runs, tries another version, and keeps one that is found well."""

    def __init__(self, node: object) -> None:
        self._node = node
        super().__init__(
            (
                (api.GET, "status", self._status),
                (api.POST, "trial", self._try),
                (api.POST, "confirm", self._confirm),
            )
        )

    async def _status(self, parts: "list[str]", body: object) -> object:
        """What the board is and runs."""
        return _STATUS.pack(
            machine=about.machine(),
            micropython=list(sys.implementation.version[:3]),
            mpy=getattr(sys.implementation, "_mpy", 0),
            uockam=uockam.__version__,
            trial=device.on_trial is not None,
            life=_life,
        )

    async def _try(self, parts: "list[str]", body: object) -> None:
        """Restart into the version that waits beside the one that runs, once."""
        _rename(_OTHER, _PACK + ".trial")
        restart.ask(self._node, restart.SOFT)

    async def _confirm(self, parts: "list[str]", body: object) -> None:
        """Keep the version that is on trial."""
        if device.on_trial is None:
            raise api.Reject(api.CONFLICT, "no version is on trial")
        _rename(_OTHER, _PACK + ".new")
        _rename(_PACK + ".new", _PACK)
        device.on_trial.path = _PACK
        device.on_trial = None
        _disarm()


async def watch(node: object) -> None:
    """End a trial that nobody confirms."""
    _arm()
    await asyncio.sleep(_TRIAL_S)
    if device.on_trial:
        print("uockam: nobody found this version well: back to the former one")
        restart.ask(node, restart.SOFT)


def _rename(path: str, to: str) -> None:
    try:
        os.rename(path, to)
    except OSError as error:
        raise paths.refusal(error, path)


def _arm() -> None:
    """Have a timer reset the board, where there are timers: a version on trial may hang."""
    global _timer
    import machine

    if hasattr(machine, "Timer"):
        try:
            _timer = machine.Timer(-1)
        except ValueError:  # a port whose timers are all hardware
            _timer = machine.Timer(0)
        _timer.init(mode=machine.Timer.ONE_SHOT, period=_HANG_MS, callback=lambda timer: machine.reset())


def _disarm() -> None:
    global _timer
    if _timer is not None:
        _timer.deinit()
        _timer = None

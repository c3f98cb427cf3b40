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

_TOP = "/uockam-runtime"
_TRIAL_S = 60  # within which somebody has to find a version on trial well
_HANG_MS = 90_000  # after which a timer resets a board whose loop hangs

_VERSION = Record("a version", (1, "version", str, True))
_STATUS = Record(
    "the versions of a board",
    (1, "machine", str, True),
    (2, "micropython", list, True),  # [1, 29, 0]
    (3, "mpy", int, True),  # sys.implementation._mpy, 0 when it has none
    (4, "uockam", str, True),
    (5, "running", str, True),  # "a" or "b"; "" for the one at the top or in the firmware
    (6, "trial", bool, True),
    (7, "life", bytes, True),  # another one after each restart
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
            running=running(),
            trial=device.on_trial,
            life=_life,
        )

    async def _try(self, parts: "list[str]", body: object) -> None:
        """Restart into a version, once."""
        version = _VERSION.unpack(body)["version"]
        if version not in ("a", "b") or not _complete(version):
            raise api.Reject(api.NOT_FOUND, "there is no such version on the board")
        try:
            _write("trial", version)
        except OSError as error:
            raise paths.refusal(error, _TOP + "/trial")
        restart.ask(self._node, restart.SOFT)

    async def _confirm(self, parts: "list[str]", body: object) -> None:
        """Keep the version that is on trial."""
        if not device.on_trial:
            raise api.Reject(api.CONFLICT, "no version is on trial")
        try:
            _write("active", running())
        except OSError as error:
            raise paths.refusal(error, _TOP + "/active")
        device.on_trial = False
        _disarm()


async def watch(node: object) -> None:
    """End a trial that nobody confirms."""
    _arm()
    await asyncio.sleep(_TRIAL_S)
    if device.on_trial:
        print("uockam: nobody found this version well: back to the former one")
        restart.ask(node, restart.SOFT)


def running() -> str:
    """The version that runs."""
    for place in sys.path:
        if place.startswith(_TOP + "/"):
            return place[len(_TOP) + 1 :]
    return ""


def _complete(version: str) -> bool:
    try:
        names = os.listdir("%s/%s/device" % (_TOP, version))
    except OSError:
        return False
    return "main.py" in names or "main.mpy" in names


def _write(name: str, text: str) -> None:
    """Put the text there at once, in the way that start/boot.py can complete."""
    place = "%s/%s" % (_TOP, name)
    with open(place + ".part", "w") as file:
        file.write(text)
    os.rename(place + ".part", place + ".new")
    os.rename(place + ".new", place)


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

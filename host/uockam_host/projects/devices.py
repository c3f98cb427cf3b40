"""The members of a project as devices: who is here, and for whom messages wait. Every failure is a HostError."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uockam import api
from uockam.errors import ProtocolError
from uockam.identifier import identifier_text
from uockam.records import Record

from ..node.temporary import Here, run
from .known import find_project
from .mailbox import TIMEOUT_MS, ask, open_project

LOOK_S = 2.0  # between two looks of somebody who watches
_DEVICE = Record(
    "a device",
    (1, "identifier", bytes, True),
    (2, "name", str, True),
    (3, "online", bool, True),
    (4, "gateway", str, True),
    (5, "seen_at", int, True),
    (6, "version", str, True),
    (7, "waiting", int, True),
)


@dataclass(frozen=True)
class Device:
    """One member. gateway: where it is connected, "" while it is not. seen_at: Unix seconds, 0 for never.

    version: of its software, "" when it has not said. waiting: messages in its mailbox.
    """

    identifier: str
    name: str
    online: bool
    gateway: str
    seen_at: int
    version: str
    waiting: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return vars(self).copy()


def devices(project: "str | None" = None, identity: "str | None" = None) -> list[Device]:
    """All of them, for an enroller. Raises ApiError with what the project says against it, MessageError."""
    found: list[Device] = []
    watch(project, identity, found.extend, times=1)
    return found


def watch(
    project: "str | None",
    identity: "str | None",
    tell: Callable[[list[Device]], object],
    times: "int | None" = None,
    look_s: float = LOOK_S,
) -> None:
    """Call tell with all of them, again and again, so many times or until it raises. Raises as `devices`."""

    async def look(here: "Here") -> None:
        way = await open_project(here, find_project(project).name, TIMEOUT_MS)
        left = times
        try:
            while True:
                tell(_read(await ask(here, way, "devices", api.GET, "/", timeout_ms=TIMEOUT_MS)))
                left = None if left is None else left - 1
                if left == 0:
                    return
                await asyncio.sleep(look_s)
        finally:
            way.close()

    run(look, identity)


def _read(body: Any) -> list[Device]:
    if not isinstance(body, list):
        raise ProtocolError("devices that are no list")
    return [_device(item) for item in body]


def _device(item: object) -> Device:
    values: dict[str, Any] = _DEVICE.unpack(item)
    return Device(**{**values, "identifier": identifier_text(values["identifier"])})

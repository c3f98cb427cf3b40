"""What the board says of itself to its owner: `GET node/board` of its management service."""

import gc
import os
import sys

import uockam
from uockam import api
from uockam.records import Record

from . import crash

BOARD = Record(
    "a board",
    (1, "machine", str, True),
    (2, "micropython", str, True),
    (3, "uockam", str, True),
    (4, "free_bytes", int, True),
    (5, "crash", str, False),  # why the node crashed last
)


async def get_board(parts: "list[str]", body: object) -> object:
    """The machine, the versions, free memory, and the reason of the latest crash."""
    gc.collect()
    return BOARD.pack(
        machine=machine(),
        micropython=micropython(),
        uockam=uockam.__version__,
        free_bytes=gc.mem_free(),
        crash=crash.last(),
    )


def machine() -> str:
    """What MicroPython calls the board."""
    return os.uname().machine if hasattr(os, "uname") else sys.implementation._machine


def micropython() -> str:
    """Its version."""
    return ".".join([str(part) for part in sys.implementation.version[:3]])


TABLE = ((api.GET, "node/board", get_board),)

"""Gives a process a clock of its own: so many seconds ahead of the right time as a file says at that moment."""

import mmap
import os
import struct
import time
from collections.abc import Callable


def _jumping(page: mmap.mmap, real: Callable[[], float]) -> Callable[[], float]:
    return lambda: real() + struct.unpack("d", page)[0]


if "UOCKAM_TEST_CLOCK" in os.environ:
    with open(os.environ["UOCKAM_TEST_CLOCK"], "r+b") as _file:
        time.time = _jumping(mmap.mmap(_file.fileno(), 8), time.time)
    time.time_ns = lambda: int(time.time() * 1e9)

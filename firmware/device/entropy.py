"""Random bytes for keys: from a source that is random, or not at all (docs/security.md).

os.urandom is the hardware's source on every port that has it, with two exceptions that are seen to here. That of an
ESP32 is random only while its radio is on (ESP-IDF, Random Number Generation). That of an RP2040 is a ring oscillator,
each bit of which is worth much less than one, so many of them make a key; stopped, it repeats itself, which is noticed.
"""

import os
from hashlib import sha256

from uockam.errors import Error

_DRAWN = 512  # bytes for each key: 16 bits of the source for each bit of the key
_LEAST_DIFFERENT = 128  # values among them: in 512 random bytes there are 221, and 200 at least
_BLOCK = 8  # no two of this size are the same, but once in 10**15 draws

_pool = b""  # what was drawn before is part of every key


class NoEntropy(Error):
    """There is nothing random to make keys of."""

    remedy = "the board works without an identity; for secure channels use another one, or another firmware"


def fresh() -> bytes:
    """32 random bytes. Raises NoEntropy."""
    global _pool
    if not _pool:
        with _Radio():
            _pool = _draw()
    _pool = sha256(_pool + _draw()).digest()
    return sha256(b"key" + _pool).digest()


def _draw() -> bytes:
    if not hasattr(os, "urandom"):
        raise NoEntropy("this MicroPython has no random source")
    data = os.urandom(_DRAWN)
    if _repeats(data) or len(set(data)) < _LEAST_DIFFERENT:
        raise NoEntropy("the random source of this board repeats itself")
    return data


def _repeats(data: bytes) -> bool:
    """Whether a part of it comes again: it is constant, or has a period that is too short."""
    return any([data.find(data[at : at + _BLOCK], at + 1) >= 0 for at in range(0, len(data) - _BLOCK, _BLOCK)])


class _Radio:
    """Has the radio of an ESP32 on; elsewhere it does nothing."""

    def __init__(self) -> None:
        self._station = None

    def __enter__(self) -> None:
        try:
            import esp32  # noqa: F401
            import network
        except ImportError:
            return
        station = network.WLAN(network.STA_IF)
        if not station.active():
            station.active(True)
            self._station = station

    def __exit__(self, *_: object) -> None:
        if self._station is not None:
            self._station.active(False)

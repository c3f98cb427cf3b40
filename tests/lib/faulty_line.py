"""A cable that does harm: carries bytes between a board's port and a port of its own, which tools open instead."""

import os
import random
import tty
from collections.abc import Callable
from pathlib import Path

from uockam_host.device.pump import Pump

Harm = Callable[[random.Random, bytes], bytes]


class FaultyLine:
    """`port` is there while it is plugged in. To be made inside the event loop that carries the bytes.

    harm: called with each piece, both ways; returns what comes out at the other end.
    """

    def __init__(self, board_port: str, port: Path, seed: int, harm: Harm) -> None:
        self.port = str(port)
        self._board_port = board_port
        self._random = random.Random(seed)
        self._harm = harm
        self._fds: list[int] = []
        self._pumps: list[Pump] = []

    def plug(self) -> None:
        """Make the connection; the board has to have power."""
        board = os.open(self._board_port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        near, far = os.openpty()
        for fd in (board, far):
            tty.setraw(fd)
        os.set_blocking(near, False)
        self._fds = [board, near, far]
        self._pumps = [Pump(board, near, self._through), Pump(near, board, self._through)]
        os.symlink(os.ttyname(far), self.port)

    def unplug(self) -> None:
        """End it; what is on the way is lost."""
        for pump in self._pumps:
            pump.close()
        for fd in self._fds:
            os.close(fd)
        if self._fds:
            os.unlink(self.port)
        self._pumps, self._fds = [], []

    def _through(self, data: bytes) -> bytes:
        return self._harm(self._random, data)


def nothing(dice: random.Random, data: bytes) -> bytes:
    """What came is what goes on."""
    return data


def bit_errors(rate: float) -> Harm:
    """Each bit is turned over with this probability."""

    def harm(dice: random.Random, data: bytes) -> bytes:
        damaged = bytearray(data)
        for bit in _chosen(dice, rate, 8 * len(data)):
            damaged[bit >> 3] ^= 1 << (bit & 7)
        return bytes(damaged)

    return harm


def lost_bytes(rate: float) -> Harm:
    """Each byte is lost with this probability."""

    def harm(dice: random.Random, data: bytes) -> bytes:
        lost = set(_chosen(dice, rate, len(data)))
        return bytes(byte for at, byte in enumerate(data) if at not in lost) if lost else data

    return harm


def _chosen(dice: random.Random, rate: float, count: int) -> list[int]:
    return [at for at in range(count) if dice.random() < rate]

"""The time of an emulated board: it is behind ours while the board works, and jumps ahead while it sleeps."""

import re
import time
from types import SimpleNamespace

from rp2040py.clock.clock import IClock
from rp2040py.execute_batch import execute_batch
from rp2040py.peripherals.rtc import RP2040RTC
from rp2040py.rp2040 import RP2040

from uockam.transport.framing import decode, encode
from uockam.transport.segment import SYN, Syn, encode_syn
from uockam.transport.segment import decode as read

_LOOK_NS = 2_000_000  # how often it is looked whether the board sleeps
_RTC_PAGE = 0x4005C
_QUIET_MS = 65_535  # the most that a call can say
_CALL = re.compile(rb"\xf5%c([^\xf5\xf6]*)\xf6" % SYN)
_PART_OF_CALL = re.compile(rb"\xf5(%c[^\xf5\xf6]{,60})?$" % SYN)


class Stretch:
    """What is emulated at a time: some 5 ms of ours, less when the board has nothing to do.

    The emulator skips the time in which a board sleeps; such a board would find that its host takes ages to answer. So
    its clock never runs faster than ours.
    """

    def __init__(self, mcu: RP2040, clock: IClock) -> None:
        self.rp2040, self.clock = mcu, clock
        self.stopped = False  # with the two above all that execute_batch wants of what it takes for a Simulator
        self._looking = clock.create_alarm(self._look)
        self._look()

    def run(self) -> float:
        """Carry it out; how many seconds the board's clock is ahead of ours then."""
        self.stopped = False
        before, began = self.clock.nanos, time.monotonic()
        execute_batch(self, 1)
        return (self.clock.nanos - before) / 1e9 - (time.monotonic() - began)

    def _look(self) -> None:
        self.stopped = self.rp2040.core.waiting
        self._looking.schedule(_LOOK_NS)


class _Ours:
    """The clock of this computer."""

    @property
    def nanos(self) -> int:
        return time.monotonic_ns()


class _Calendar(RP2040RTC):
    """The board's clock with a calendar, which goes on however slow the rest is: keys are valid for a time."""

    def __init__(self, board: RP2040) -> None:
        super().__init__(board, "RTC")
        self.rp2040 = SimpleNamespace(clock=_Ours(), logger=board.logger)


def install_calendar(board: RP2040) -> None:
    """Give the board a calendar that goes with ours."""
    board.peripherals[_RTC_PAGE] = _Calendar(board)


class Calls:
    """Puts what a board says of its own pace into our time, in which it is ten to a hundred times slower.

    That is in the calls of its serial link (docs/serial-link.md, section 3): how long it may be silent at most.
    """

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What the board said, as far as no call in it is still incomplete."""
        data = _CALL.sub(_slower, self._held + data)
        part = _PART_OF_CALL.search(data)
        self._held = part[0] if part else b""
        return data[: len(data) - len(self._held)]


def _slower(call: "re.Match[bytes]") -> bytes:
    body = decode(call[0][1:-1])
    said = read(body) if body else None
    return encode(encode_syn(said._replace(quiet_ms=_QUIET_MS))) if isinstance(said, Syn) else call[0]

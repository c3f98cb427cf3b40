"""The contract of lines: raw byte pipes to one other side, which may lose and change what they carry."""

from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


class Line(Protocol):
    """What a Serial talks over: USB CDC, a UART, a pseudo-terminal. A class with these members need not name this one.

    Whoever makes the line calls serial.start(), then serial.received(data) with what came, serial.room() when full()
    has become False, and serial.lost(reason) when it is gone.
    """

    name: str  # what it is, for people: /dev/ttyACM0

    def write(self, data: bytes) -> None:
        """Queue bytes, and send at once what fits. Does not block for long and does not call the Serial."""

    def full(self) -> bool:
        """Whether more waits to be sent than is good; nothing is written then until `room` is called."""
        raise NotImplementedError

    def close(self) -> None:
        """Release it; what was written is still sent where that does not wait."""

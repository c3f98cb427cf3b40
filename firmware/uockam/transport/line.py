"""The contract of lines: raw byte pipes to one other side, which may lose and change what they carry."""

from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from .serial import Serial


class Line:
    """What a Serial talks over: USB CDC, a UART, a pseudo-terminal.

    Whoever makes the line sets `serial` and calls serial.start(). From then on the line calls serial.received(data)
    with what it read, serial.room() when full() has become False, and serial.lost(reason) when it is gone.
    """

    name = ""  # what it is, for people: /dev/ttyACM0
    serial: "Serial | None" = None

    def write(self, data: bytes) -> None:
        """Queue bytes, and send at once what fits. Does not block for long and does not call `serial`."""
        raise NotImplementedError

    def full(self) -> bool:
        """Whether more waits to be sent than is good; nothing is written then until `serial.room` is called."""
        raise NotImplementedError

    def close(self) -> None:
        """Release it; what was written is still sent where that does not wait."""
        raise NotImplementedError

"""Serial ports on a computer, opened by serialx, as lines for uockam.transport.serial."""

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Protocol

from ..errors import HostError
from . import ports

BAUD = 115200  # of a UART; USB CDC takes no notice

_MOST_WAITING = 16 * 1024  # bytes waiting for the port before the line calls itself full: 1.4 s at 115200 baud


class PortMissing(HostError):
    """Nothing of that name is there: not plugged in, or misspelt."""


class PortNotPermitted(HostError):
    """This user may not open the port."""


class PortBusy(HostError):
    """Another program has the port."""


class PortUnusable(HostError):
    """It is there and is no serial port, or the system says why it does not work."""


class Receiver(Protocol):
    """Who uses a line; a Serial is one."""

    def received(self, data: bytes) -> None:
        """Bytes came."""

    def room(self) -> None:
        """The line takes bytes again after it was full."""

    def lost(self, reason: str) -> None:
        """The port is gone; called at most once, never after close()."""


class SerialLine(asyncio.Protocol):
    """An open port: the line of a Serial. `receiver` gets what comes, and may be replaced at any time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gone = f"the port {name} is gone: the board was unplugged"  # the reason when it has ended by itself
        self.receiver: Receiver | None = None
        self.ended = asyncio.Event()
        self._full = False
        self._transport: asyncio.Transport | None = None

    def write(self, data: bytes) -> None:
        """Queue bytes; forgotten when the port is gone."""
        if self._transport is not None:
            try:
                self._transport.write(data)
            except OSError:
                self.ended.set()  # connection_lost is on its way

    def full(self) -> bool:
        """Whether more waits to be written than is good."""
        return self._full

    def close(self) -> None:
        """Release the port, what is queued written first where that takes no long; `ended` tells when it is free."""
        self.receiver = None
        if self._transport is not None:
            self._transport.close()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is open."""
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=_MOST_WAITING)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came from the port."""
        if self.receiver is not None:
            self.receiver.received(data)

    def pause_writing(self) -> None:
        """The transport has enough to write."""
        self._full = True

    def resume_writing(self) -> None:
        """The transport has written most of it."""
        self._full = False
        if self.receiver is not None:
            self.receiver.room()

    def connection_lost(self, error: "Exception | None") -> None:
        """The port is gone, or closed."""
        self._transport = None
        self.ended.set()
        if self.receiver is not None:
            self.receiver.lost(self.gone)


async def open_port(port: str, baud: int = BAUD) -> SerialLine:
    """Open a port for this process alone: a path, or an address that serialx knows (`rfc2217://..`).

    DTR and RTS are asserted and stay so after close(): many boards take a change of them for a reset.
    Raises PortMissing, PortNotPermitted, PortBusy, PortUnusable.
    """
    import serialx

    line = SerialLine(port)
    try:
        await serialx.create_serial_connection(
            asyncio.get_running_loop(),
            lambda: line,
            port,
            baud,
            dtr_on_close=serialx.PinState.UNDEFINED,
            rts_on_close=serialx.PinState.UNDEFINED,
        )
    except (OSError, serialx.SerialException, ValueError) as error:
        raise open_error(port, error) from error
    return line


def open_error(port: str, error: Exception) -> HostError:
    """What to tell a person when a library cannot open the port: one of the errors of this file."""
    number = next(filter(None, map(_number, (error, error.__context__))), 0)  # pyserial hides termios's in its own
    return _ERRORS.get(number, _unusable)(port, error)


def _number(error: "BaseException | None") -> int:
    """The errno of an OSError or a termios.error; 0 for any other."""
    first = error.args[0] if error is not None and error.args else 0
    return first if isinstance(first, int) else 0


def _missing(port: str, error: Exception) -> HostError:
    return PortMissing(f"There is no serial port {port}", _other_ports())


def _other_ports() -> str:
    found = ports.names()
    return f"Plug the board in; the ports that are there: {', '.join(found)}" if found else "Plug the board in"


def _not_permitted(port: str, error: Exception) -> HostError:
    group = ports.group_of(port)
    remedy = f"Run `sudo usermod -aG {group} $USER` and log in again" if group else "Ask who runs this computer"
    return PortNotPermitted(f"You may not use the serial port {port}", remedy)


def _busy(port: str, error: Exception) -> HostError:
    users = [f"{name} (process {pid})" for pid, name in ports.users_of(port)]
    who = " and ".join(users) or "another program"
    return PortBusy(f"The serial port {port} is in use by {who}", "End that program, then try again")


def _unusable(port: str, error: Exception) -> HostError:
    cause = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return PortUnusable(f"The serial port {port} cannot be used: {cause}", _other_ports())


def _no_port(port: str, error: Exception) -> HostError:
    return PortUnusable(f"{port} is not a serial port", _other_ports())


_Maker = Callable[[str, Exception], HostError]
_ERRORS: "dict[int, _Maker]" = {
    errno.ENOENT: _missing,
    errno.ENODEV: _missing,
    errno.ENXIO: _missing,
    errno.EIO: _missing,
    errno.EACCES: _not_permitted,
    errno.EPERM: _not_permitted,
    errno.EBUSY: _busy,
    errno.EAGAIN: _busy,
    errno.ENOTTY: _no_port,
    errno.EINVAL: _no_port,
    errno.EISDIR: _no_port,
}

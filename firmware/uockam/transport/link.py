"""The contract of links: reliable, ordered byte streams that connections stand on."""

from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection


class Link:
    """The byte stream under one Connection, `connection`, which it calls back.

    A link calls `connection.received(data)` with the peer's bytes, however split, and `connection.lost(reason)` exactly
    once at its end, also when this side closed it.
    """

    kind = ""  # "tcp", "serial", "memory", "unix"
    peer = ""  # who is at the other end, for people: 127.0.0.1:4000, /dev/ttyACM0
    connection: "Connection | None" = None

    def write(self, data: bytes) -> None:
        """Queue bytes; never blocks. After the end they are dropped: `lost` has told."""
        raise NotImplementedError

    def full(self) -> bool:
        """Whether so much is queued that the connection should await `drained` before it writes more."""
        raise NotImplementedError

    async def drained(self) -> None:
        """Returns when there is room again, or the link has ended."""
        raise NotImplementedError

    def pause(self) -> None:
        """Stop calling `received`: what came cannot be delivered yet."""
        raise NotImplementedError

    def resume(self) -> None:
        """Call `received` again."""
        raise NotImplementedError

    def close(self) -> None:
        """End the link; what is queued is still sent where that does not wait."""
        raise NotImplementedError

"""Flows: what a transport that brings messages in may reach (wire.md 3.4, secure.md 6.3).

Ockam registers consumers by hand; here whoever's address goes out as the first hop of a return route may be answered.
"""

from .port import const

_MAX_CONSUMERS = const(256)  # remembered per generation; two generations bound the memory of one connection


class Flow:
    """One producer of foreign messages: a connection, or a secure channel.

    `serves`: its peer may reach the services of this node. `owner`: its peer is whoever holds the board's cable or
    proved to own the node, and may manage it. `dials`: its peer may have this node open TCP connections, because it
    reached us over loopback and could open them itself; or the addresses of those that it may have. `back`: the address
    that leads back to a channel.
    `identifier` and `attributes`: who the peer proved to be, None for a plain transport, and what is attested of it.
    """

    __slots__ = ("serves", "owner", "dials", "identifier", "attributes", "back", "_young", "_old", "_guest")

    def __init__(self, serves: bool = False, owner: bool = False, dials: "bool | set[bytes]" = False) -> None:
        self.serves = serves
        self.owner = owner
        self.dials = dials
        self.identifier: "bytes | None" = None
        self.attributes: "dict[str, str]" = {}
        self.back: "bytes | None" = None
        self._young: "dict[bytes, bool]" = {}
        self._old: "dict[bytes, bool]" = {}
        self._guest: "Flow | None" = None

    def prove(self, identifier: bytes, attributes: "dict[str, str]", owner: bool) -> None:
        """This is who the peer is, from now on."""
        self.identifier = identifier
        self.attributes = attributes
        self.owner = owner
        self._guest = None

    def may_dial(self, value: bytes) -> bool:
        """Whether the peer may have this node connect to this TCP address."""
        return self.dials if isinstance(self.dials, bool) else value in self.dials

    def expect(self, value: bytes) -> None:
        """The peer may send to this local address from now on: a reply to it was asked for."""
        if value not in self._young:
            if len(self._young) >= _MAX_CONSUMERS:
                self._old, self._young = self._young, {}
            self._young[value] = True

    def expects(self, value: bytes) -> bool:
        """Whether a message for this address is an answer."""
        return value in self._young or value in self._old

    def guest(self) -> "Flow":
        """The flow of messages that a worker passes on for this one: the same, but nobody manages a node by way of a
        worker, since a host's node passes strangers' messages on to its board.
        """
        if not self.owner:
            return self
        if self._guest is None:
            self._guest = _Guest(self)
        return self._guest


class _Guest(Flow):
    __slots__ = ("_host",)

    def __init__(self, host: Flow) -> None:
        super().__init__(host.serves, False, host.dials)
        self.identifier = host.identifier
        self.attributes = host.attributes
        self.back = host.back
        self._host = host

    def expect(self, value: bytes) -> None:
        self._host.expect(value)

    def expects(self, value: bytes) -> bool:
        return self._host.expects(value)

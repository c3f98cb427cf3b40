"""The router: which endpoint takes the next hop of a message. Decides only; delivers nothing."""

from .access import allowed
from .address import LOCAL, Address
from .errors import AddressInUse, NoSuchAddress
from .flow import Flow
from .message import Message, name_of

# An endpoint is what an address leads to: a mailbox, a connection or a waiting reply. It has
#   access            the rule of access.py
#   offer(message)    takes the message and says True, or False when it is full
#   room()            a coroutine that ends when offering again makes sense
#   askers            a set of replies to fail when the endpoint dies


class Router:
    """The table of one node's local addresses."""

    def __init__(self) -> None:
        self.endpoints: "dict[bytes, object]" = {}
        self.gateway: "object | None" = None  # takes what is not in the table: the board behind a host's node

    def add(self, value: bytes, endpoint: object) -> None:
        """Raises AddressInUse."""
        if value in self.endpoints:
            raise AddressInUse("there is already a worker at '%s'" % name_of(Address(LOCAL, value)))
        self.endpoints[value] = endpoint

    def remove(self, value: bytes, endpoint: object) -> None:
        """Forget the address, if it still leads to this endpoint."""
        if self.endpoints.get(value) is endpoint:
            del self.endpoints[value]

    def find(self, message: Message) -> "object":
        """The endpoint of the first onward hop.

        Raises NoSuchAddress when there is none, or when the message's origin may not know of it: a stranger cannot
        tell the two apart.
        """
        onward = message.onward_route
        if not onward:
            raise NoSuchAddress("a message with an empty route")
        kind, value = onward[0]
        endpoint = self.endpoints.get(value) if kind == LOCAL else None
        origin = message.origin
        if endpoint is None:
            return self._elsewhere(onward[0], origin)
        if origin is not None and not allowed(endpoint.access, origin, value):  # type: ignore[attr-defined]
            raise NoSuchAddress(_missing(onward[0]))
        return endpoint

    def _elsewhere(self, hop: Address, origin: "Flow | None") -> object:
        if self.gateway is None or hop.type != LOCAL or (origin is not None and hop.value[:1] == b"_"):
            raise NoSuchAddress(_missing(hop))
        return self.gateway


def _missing(hop: Address) -> str:
    return "there is no worker at '%s'" % name_of(hop)

"""The router: which endpoint takes the next hop of a message. Decides only; delivers nothing."""

from .access import LOCAL as LOCAL_ONLY
from .access import OWNER, REPLY, allowed, default_rule
from .address import LOCAL, Address
from .endpoint import Endpoint
from .errors import AddressInUse, NoSuchAddress
from .flow import Flow
from .message import Message, name_of


class Dialer:
    """Who makes the endpoints of one address type, such as TCP."""

    def dial(self, value: bytes) -> Endpoint:
        """The endpoint that leads to this address. Raises InvalidAddress."""
        raise NotImplementedError


class Router:
    """The tables of one node: local addresses, and who dials the addresses of other types."""

    def __init__(self) -> None:
        self.endpoints: "dict[bytes, Endpoint]" = {}
        self.dialers: "dict[int, Dialer]" = {}  # by address type
        self.gateway: "Endpoint | None" = None  # takes what is not in the table: the board behind a host's node

    def add(self, value: bytes, endpoint: Endpoint) -> None:
        """Raises AddressInUse."""
        if value in self.endpoints:
            raise AddressInUse("there is already a worker at '%s'" % name_of(Address(LOCAL, value)))
        self.endpoints[value] = endpoint

    def add_all(self, values: "list[bytes]", endpoint: Endpoint) -> None:
        """All or none of them. Raises AddressInUse."""
        done = []
        try:
            for value in values:
                self.add(value, endpoint)
                done.append(value)
        except AddressInUse:
            for value in done:
                self.remove(value, endpoint)
            raise

    def remove(self, value: bytes, endpoint: Endpoint) -> None:
        """Forget the address, if it still leads to this endpoint."""
        if self.endpoints.get(value) is endpoint:
            del self.endpoints[value]

    def find(self, message: Message) -> Endpoint:
        """The endpoint of the first onward hop.

        Raises NoSuchAddress when there is none, or when the message's origin may not use it: a stranger can tell the
        two apart only for services, which are listed.
        """
        onward = message.onward_route
        if not onward:
            raise NoSuchAddress("a message with an empty route")
        kind, value = onward[0]
        origin = message.origin
        if kind != LOCAL:
            return self._dialed(onward[0], origin)
        endpoint = self.endpoints.get(value)
        if endpoint is None:
            endpoint = self._behind(onward[0], origin)
        access = endpoint.access
        if (origin is not None or not isinstance(access, int)) and not allowed(access, origin, value):
            raise NoSuchAddress(_refused(endpoint, onward[0]))
        return endpoint

    def expect_answer(self, flow: Flow, message: Message) -> None:
        """The peer of `flow`, which gets this message, may answer it.

        Some message may also answer by way of workers of this node: a channel that brought it takes answers from there.
        """
        back = message.return_route
        if not back:
            return
        endpoint = self.endpoints.get(back[0].value)
        if endpoint is None or endpoint.access != REPLY:  # one-shot addresses would push out those that need it
            flow.expect(back[0].value)
        origin = message.origin
        if origin is not None and origin.back is not None and origin.back in [hop.value for hop in back[1:]]:
            flow.expect(origin.back)

    def _behind(self, hop: Address, origin: "Flow | None") -> Endpoint:
        if self.gateway is None or (origin is not None and default_rule(hop.value) == LOCAL_ONLY):
            raise NoSuchAddress(_missing(hop))
        return self.gateway

    def _dialed(self, hop: Address, origin: "Flow | None") -> Endpoint:
        dialer = self.dialers.get(hop.type)
        if dialer is None or not (origin is None or origin.may_dial(hop.value)):
            raise NoSuchAddress("this node opens no connection to '%s' for you" % name_of(hop))
        return dialer.dial(hop.value)


def _refused(endpoint: Endpoint, hop: Address) -> str:
    """A service that is listed is no secret, so a stranger may hear why it does not answer."""
    if getattr(endpoint, "kind", None):
        if endpoint.access == OWNER:
            return "'%s' answers its owner only: over the cable, or a secure channel with its identity" % name_of(hop)
        if not isinstance(endpoint.access, int):
            return "'%s' answers over a secure channel only, and demands %s" % (name_of(hop), endpoint.access)
    return _missing(hop)


def _missing(hop: Address) -> str:
    return "there is no worker at '%s'" % name_of(hop)

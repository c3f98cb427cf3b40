"""Addresses: where one hop of a route leads (wire.md 2.1)."""

from collections import namedtuple

from .errors import InvalidAddress
from .log import safe
from .port import const, random_name

LOCAL = const(0)  # a worker of the node that reads the address
TCP = const(1)  # `host:port`: an instruction to the local node to connect there

MAX_VALUE = const(512)  # longest value that a peer may send: a DNS name, a port and room; Ockam's own are under 100


class Address(namedtuple("Address", ("type", "value"))):
    """A transport type (0 to 255) and the bytes that mean something to it."""

    def __str__(self) -> str:
        return "%d#%s" % (self.type, safe(self.value))


def address(value: "Address | bytes | str") -> Address:
    """The Address for `TYPE#VALUE`, a bare local name, or bytes.

    Raises InvalidAddress for an empty name, more than one `#` or a type that is not 0 to 255.
    """
    if isinstance(value, Address):
        return value
    if isinstance(value, bytes):
        return Address(LOCAL, value)
    kind, mark, name = value.partition("#")
    if not mark:
        kind, name = "0", kind
    if not name or "#" in name or not kind.isdigit() or int(kind) > 255:
        raise InvalidAddress("not an address: '%s'" % safe(value), "write NAME or TYPE#NAME, for example echo or 0#echo")
    return Address(int(kind), name.encode())


def random_address() -> Address:
    """A fresh local address nobody can guess."""
    return Address(LOCAL, random_name())

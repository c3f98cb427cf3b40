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

    Raises InvalidAddress for an empty or overlong name, more than one `#` or a type that is not 0 to 255.
    """
    if isinstance(value, Address):
        return value
    if isinstance(value, bytes):
        return _checked(LOCAL, value, value)
    kind, mark, name = value.partition("#")
    if not mark:
        return _checked(LOCAL, utf8(value), value)
    return _checked(decimal(kind, 255), utf8(name), value)


def _checked(kind: int, raw: bytes, written: "bytes | str") -> Address:
    if kind < 0 or not 0 < len(raw) <= MAX_VALUE or (b"#" in raw and raw is not written):
        raise InvalidAddress("not an address: '%s'" % safe(written), "write NAME or TYPE#NAME, such as echo or 0#echo")
    return Address(kind, raw)


def decimal(text: str, most: int) -> int:
    """The number from 0 to `most` in its one decimal form; -1 for any other text."""
    if not 0 < len(text) <= 5 or not all([char in "0123456789" for char in text]):
        return -1
    number = int(text)
    return number if number <= most and str(number) == text else -1


def utf8(text: str) -> bytes:
    """The UTF-8 of a name; b"" when it holds what no UTF-8 can, as a command line's undecodable bytes do."""
    try:
        return text.encode()
    except UnicodeError:
        return b""


def random_address() -> Address:
    """A fresh local address nobody can guess."""
    return Address(LOCAL, random_name())

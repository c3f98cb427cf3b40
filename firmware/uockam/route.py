"""Routes: the hops a message still has to take, a plain tuple of Address (wire.md 2.1)."""

from .address import Address, address
from .port import TYPE_CHECKING, const

if TYPE_CHECKING:
    Hop = Address | bytes | str
    Hops = Hop | tuple["Hops", ...]

_MAX_KNOWN = const(32)  # texts whose routes are kept: a program sends to few names, and again and again
MAX_HOPS = 32  # longest route that a peer may send: far more than any topology needs, bounded work per message


_known: "dict[str, tuple[Address, ...]]" = {}


def route(*hops: "Hops") -> "tuple[Address, ...]":
    """The route through the given hops: addresses, names, `TYPE#NAME` texts, or routes to splice in.

    Raises InvalidAddress.
    """
    if len(hops) == 1 and isinstance(hops[0], str):
        return _known.get(hops[0]) or _learn(hops[0])
    result: "list[Address]" = []
    for hop in hops:
        if isinstance(hop, tuple) and not isinstance(hop, Address):
            result.extend(route(*hop))
        else:
            result.append(address(hop))
    return tuple(result)


def _learn(name: str) -> "tuple[Address, ...]":
    found = (address(name),)
    if len(_known) >= _MAX_KNOWN:
        _known.clear()
    _known[name] = found
    return found


def parse(text: str) -> "tuple[Address, ...]":
    """The route written as `0#a => 0#b`; "" is the empty route. Raises InvalidAddress."""
    if not text.strip():
        return ()
    return tuple([address(part.strip()) for part in text.split("=>")])


def format(hops: "tuple[object, ...]") -> str:
    """The text form that `parse` reads."""
    return " => ".join([str(hop) for hop in hops])

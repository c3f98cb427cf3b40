"""The part of CBOR (RFC 8949) that Ockam uses, with bounds: ints, byte strings, text, arrays, maps, bool, null."""

from .errors import ProtocolError
from .port import const

UINT = const(0)
NINT = const(1)
BYTES = const(2)
TEXT = const(3)
ARRAY = const(4)
MAP = const(5)
TAG = const(6)
SIMPLE = const(7)

INDEFINITE = -1  # the count that `head` gives for an array or map without one
_MAX_DEPTH = const(16)  # nesting a peer may send: Ockam's own values go six deep
_BREAK = const(0xFF)


class Map:
    """A map that keeps the order of its pairs, which a MicroPython dict does not."""

    def __init__(self, *pairs: "tuple[object, object]") -> None:
        self.pairs = pairs


def encode_head(major: int, value: int) -> bytes:
    """The shortest head of a major type (RFC 8949 section 3)."""
    if value < 24:
        return bytes((major << 5 | value,))
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 1 << (8 * size):
            return bytes((major << 5 | extra,)) + value.to_bytes(size, "big")
    raise ValueError("an int of more than 64 bits")


def encode(value: object) -> bytes:
    """One item. list and tuple become arrays, dict and Map maps. Raises ValueError for any other type."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return encode_head(UINT, value) if value >= 0 else encode_head(NINT, -1 - value)
    if isinstance(value, str):
        raw = value.encode()
        return encode_head(TEXT, len(raw)) + raw
    if isinstance(value, (bytes, bytearray)):
        return encode_head(BYTES, len(value)) + bytes(value)
    if isinstance(value, (list, tuple)):
        return encode_head(ARRAY, len(value)) + b"".join([encode(item) for item in value])
    if isinstance(value, Map):
        return _encode_pairs(value.pairs)
    if isinstance(value, dict):
        return _encode_pairs(tuple(value.items()))
    raise ValueError("no CBOR for %s" % type(value))


def _encode_pairs(pairs: "tuple[tuple[object, object], ...]") -> bytes:
    return encode_head(MAP, len(pairs)) + b"".join([encode(key) + encode(value) for key, value in pairs])


def head(data: bytes, position: int) -> "tuple[int, int, int]":
    """(major type, value or count, position after the head). Raises ProtocolError."""
    if position >= len(data):
        raise ProtocolError("CBOR that is cut short")
    first = data[position]
    major, low = first >> 5, first & 31
    position += 1
    if low < 24:
        return major, low, position
    if low == 31 and (major == ARRAY or major == MAP):
        return major, INDEFINITE, position
    if low > 27:
        raise ProtocolError("a CBOR head of an unknown kind")
    size = 1 << (low - 24)
    raw = data[position : position + size]
    if len(raw) != size:
        raise ProtocolError("CBOR that is cut short")
    return major, int.from_bytes(raw, "big"), position + size


def at_break(data: bytes, position: int) -> bool:
    """Whether an indefinite array or map ends here. Raises ProtocolError when the data ends instead."""
    if position >= len(data):
        raise ProtocolError("CBOR that is cut short")
    return data[position] == _BREAK


def string(data: bytes, position: int, size: int) -> "tuple[bytes, int]":
    """(the `size` bytes at position, position after them). Raises ProtocolError."""
    end = position + size
    if end > len(data):
        raise ProtocolError("a CBOR string that is cut short")
    return data[position:end], end


def decode(data: bytes) -> object:
    """The first item of `data`; what follows it is ignored, as minicbor does (wire.md 0.1).

    Arrays become lists, maps dicts, and arrays of ints that are keys tuples. Raises ProtocolError.
    """
    return decode_item(data, 0)[0]


def decode_item(data: bytes, position: int, depth: int = 0) -> "tuple[object, int]":
    """(the item at position, position after it). Raises ProtocolError."""
    major, value, position = head(data, position)
    if major == UINT:
        return value, position
    if major == NINT:
        return -1 - value, position
    if major == BYTES:
        return string(data, position, value)
    if major == TEXT:
        return _text(data, position, value)
    if major == SIMPLE:
        return _simple(data, position, value)
    if depth >= _MAX_DEPTH:
        raise ProtocolError("CBOR that is nested too deeply")
    if major == ARRAY:
        return _array(data, position, value, depth + 1)
    if major == MAP:
        return _map(data, position, value, depth + 1)
    return decode_item(data, position, depth + 1)  # a tag: Ockam reads what it marks


def _text(data: bytes, position: int, size: int) -> "tuple[str, int]":
    raw, position = string(data, position, size)
    try:
        return raw.decode(), position
    except UnicodeError:
        raise ProtocolError("a CBOR text that is not UTF-8")


_SIMPLE_VALUES = {20: False, 21: True, 22: None, 23: None}


def _simple(data: bytes, position: int, value: int) -> "tuple[object, int]":
    if value not in _SIMPLE_VALUES or data[position - 1] & 31 > 23:
        raise ProtocolError("a CBOR value of a kind that Ockam does not use")
    return _SIMPLE_VALUES[value], position


def _array(data: bytes, position: int, count: int, depth: int) -> "tuple[list[object], int]":
    if count > len(data) - position:
        raise ProtocolError("a CBOR array that is cut short")
    items: "list[object]" = []
    while len(items) != count:
        if count == INDEFINITE and at_break(data, position):
            return items, position + 1
        item, position = decode_item(data, position, depth)
        items.append(item)
    return items, position


def _key(key: object) -> object:
    """Authorities write the names of attributes as arrays of bytes (secure.md 4.4): as keys these become tuples."""
    if isinstance(key, list) and not [item for item in key if not isinstance(item, int)]:
        return tuple(key)
    if isinstance(key, (list, dict)):
        raise ProtocolError("a CBOR map with a key that is not plain")
    return key


def _map(data: bytes, position: int, count: int, depth: int) -> "tuple[dict[object, object], int]":
    if 2 * count > len(data) - position:
        raise ProtocolError("a CBOR map that is cut short")
    result: "dict[object, object]" = {}
    done = 0
    while done != count:
        if count == INDEFINITE and at_break(data, position):
            return result, position + 1
        key, position = decode_item(data, position, depth)
        value, position = decode_item(data, position, depth)
        result[_key(key)] = value
        done += 1
    return result, position

"""BARE: how Ockam encodes the payloads of its services (wire.md 0.2 and 4)."""

from .errors import ProtocolError

_MAX_UINT_BYTES = 10  # a u64 in groups of seven bits


def encode_uint(value: int) -> bytes:
    """Unsigned LEB128, low group first."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode_uint(data: bytes, position: int = 0) -> "tuple[int, int]":
    """(value, position after it). Raises ProtocolError when it is cut short or larger than a u64."""
    value = 0
    for index in range(_MAX_UINT_BYTES):
        if position >= len(data):
            raise ProtocolError("a length that is cut short")
        byte = data[position]
        position += 1
        value |= (byte & 127) << (7 * index)
        if byte < 128:
            if value >> 64:
                break
            return value, position
    raise ProtocolError("a length larger than 64 bits")


def encode_bytes(data: bytes) -> bytes:
    """Length and bytes: Rust's Vec<u8> and String alike."""
    size = len(data)
    if size < 128:
        return bytes((size,)) + data
    return encode_uint(size) + data


def decode_bytes(data: bytes) -> bytes:
    """The byte sequence at the start of `data`; what follows is ignored, as Ockam does. Raises ProtocolError."""
    if data and data[0] < 128:  # the usual short value, without a loop
        size, position = data[0], 1
    else:
        size, position = decode_uint(data)
    if len(data) - position < size:
        raise ProtocolError("a byte sequence that is cut short")
    return data[position : position + size]


def encode_text(text: str) -> bytes:
    """Length and UTF-8."""
    return encode_bytes(text.encode())


def decode_text(data: bytes) -> str:
    """The text at the start of `data`. Raises ProtocolError."""
    try:
        return decode_bytes(data).decode()
    except UnicodeError:
        raise ProtocolError("a text that is not UTF-8")

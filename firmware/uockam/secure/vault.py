"""The file of a vault, so made that a power cut at any byte leaves the old records or the new ones. Sans-IO.

file    = magic, u32 generation, records, u32 CRC-32 of all that is before it; numbers are big-endian
records = CBOR array of [name, value], each of them bytes

To change it: write the whole file with the next generation beside the old one, flush it to the medium, then rename it
over the old one, or remove that one first where renaming cannot replace. What is found later goes through `choose`.
"""

from binascii import crc32

from .. import cbor
from ..errors import Error, LimitError, ProtocolError
from ..port import const

MAX_BYTES = const(65536)  # of a file, all of which is in RAM at times: hundreds of known peers

_MAGIC = b"uockam vault\x01"
_HEAD_BYTES = len(_MAGIC) + 4
_LEAST_BYTES = _HEAD_BYTES + 5
_GENERATION_MASK = const(0xFFFF_FFFF)


class DamagedVault(Error):
    """A file that is not, byte for byte, what was written."""

    remedy = "restore it from a backup, or remove it: the identity in it is then lost"


def pack(generation: int, records: "dict[bytes, bytes]") -> bytes:
    """The bytes of a file. Raises LimitError for more than MAX_BYTES."""
    pairs = [[name, records[name]] for name in sorted(records)]
    body = _MAGIC + (generation & _GENERATION_MASK).to_bytes(4, "big") + cbor.encode(pairs)
    if len(body) + 4 > MAX_BYTES:
        raise LimitError("A vault holds at most %d bytes" % MAX_BYTES, "remove identities that are no longer needed")
    return body + _checksum(body)


def unpack(data: bytes) -> "tuple[int, dict[bytes, bytes]]":
    """(generation, records) of a file. Raises DamagedVault."""
    body = data[:-4]
    if not _LEAST_BYTES <= len(data) <= MAX_BYTES or body[: len(_MAGIC)] != _MAGIC or _checksum(body) != data[-4:]:
        raise DamagedVault("The vault is damaged")
    try:
        records = _records(cbor.decode(body[_HEAD_BYTES:]))
    except ProtocolError:
        raise DamagedVault("The vault is of another version")
    return int.from_bytes(body[len(_MAGIC) : _HEAD_BYTES], "big"), records


def choose(current: "bytes | None", written: "bytes | None") -> "tuple[int, dict[bytes, bytes]]":
    """(generation, records) after a start: of the file, or of the one written beside it if that is whole and newer.

    Each is the bytes of a file, or None where there is none. (0, {}) when there never was a vault. Raises DamagedVault
    when there was one and it cannot be read.
    """
    whole = [unpack(data) for data in (current, written) if data is not None and _is_whole(data)]
    if not whole:
        if current is None:
            return 0, {}
        return unpack(current)  # which raises
    return max(whole, key=lambda each: each[0])


def _is_whole(data: bytes) -> bool:
    try:
        unpack(data)
    except DamagedVault:
        return False
    return True


def _records(item: object) -> "dict[bytes, bytes]":
    if not isinstance(item, list):
        raise ProtocolError("records that are not an array")
    records = {}
    for pair in item:
        if not isinstance(pair, list) or len(pair) != 2 or not all([isinstance(part, bytes) for part in pair]):
            raise ProtocolError("a record that is not a name and a value")
        records[pair[0]] = pair[1]
    return records


def _checksum(body: bytes) -> bytes:
    return (crc32(body) & 0xFFFF_FFFF).to_bytes(4, "big")

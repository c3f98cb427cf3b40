"""What the frames of a serial link say (docs/serial-link.md, section 3). All integers are big-endian.

SYN      'S'   version u8, epoch u32, the other side's epoch or 0 u32, largest payload u16, window u8, quiet ms u16
segment  kind  tag u32, number u16, ack u16, room u8, payload
         DATA 'D' stream bytes   ACK 'A' gap map   PING 'P' nothing   FIN 'F' nothing
"""

import struct
from binascii import crc32
from collections import namedtuple

from ..port import const

SYN = const(0x53)
DATA = const(0x44)
ACK = const(0x41)
PING = const(0x50)
FIN = const(0x46)

VERSION = const(1)
MIN_PAYLOAD = const(16)  # a hostile limit cannot make a stream many times its size
HEAD_BYTES = const(10)

_KINDS = (DATA, ACK, PING, FIN)
_SYN_LAYOUT = ">BBIIHBH"
_HEAD_LAYOUT = ">BIHHB"
_SYN_BYTES = const(15)

Syn = namedtuple("Syn", ("version", "epoch", "to", "payload", "window", "quiet_ms"))
Segment = namedtuple("Segment", ("kind", "tag", "number", "ack", "room", "payload"))


def tag(sender: int, receiver: int) -> int:
    """What marks the segments from one life of a side to one life of the other."""
    return crc32(struct.pack(">II", sender, receiver))


def encode_syn(syn: Syn) -> bytes:
    """The body of a SYN frame."""
    return struct.pack(_SYN_LAYOUT, SYN, *syn)


def encode_segment(head: "tuple[int, int, int, int, int]", payload: bytes) -> bytes:
    """The body of any other frame; `head` is kind, tag, number, ack, room."""
    return struct.pack(_HEAD_LAYOUT, *head) + payload


def decode(body: bytes) -> "Syn | Segment | None":
    """A frame's body; None when it makes no sense. A longer SYN is one of a later version."""
    if body[0] == SYN:
        return _decode_syn(body)
    if len(body) < HEAD_BYTES or body[0] not in _KINDS:
        return None
    return Segment(*(struct.unpack(_HEAD_LAYOUT, body[:HEAD_BYTES]) + (body[HEAD_BYTES:],)))


def _decode_syn(body: bytes) -> "Syn | None":
    if len(body) < _SYN_BYTES:
        return None
    syn = Syn(*struct.unpack(_SYN_LAYOUT, body[:_SYN_BYTES])[1:])
    good = syn.version and syn.epoch and syn.payload >= MIN_PAYLOAD and syn.window and syn.quiet_ms
    return syn if good else None

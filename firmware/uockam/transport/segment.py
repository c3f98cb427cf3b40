"""What the frames of a serial link say (docs/serial-link.md, section 3). All integers are big-endian.

SYN      'S'   version u8, epoch u32, the other side's epoch or 0 u32, largest payload u16, window u8, quiet ms u16
segment  kind  tag u32, number u16, ack u16, room u8, payload
         DATA 'D' stream bytes   ACK 'A' gap map   PING 'P' nothing   FIN 'F' nothing
"""

import struct
from binascii import crc32
from collections import namedtuple

from ..port import MICROPYTHON, const

SYN = const(0x53)
DATA = const(0x44)
ACK = const(0x41)
PING = const(0x50)
FIN = const(0x46)

VERSION = const(1)
MIN_PAYLOAD = const(16)  # a hostile limit cannot make a stream many times its size
MAX_WINDOW = const(64)  # frames; what a gap map of 8 bytes describes
HEAD_BYTES = const(10)

_KINDS = (DATA, ACK, PING, FIN)
_SYN_LAYOUT = ">BBIIHBH"
_HEAD_LAYOUT = ">BIHHB"
_SYN_BYTES = const(15)

Syn = namedtuple("Syn", ("version", "epoch", "to", "payload", "window", "quiet_ms"))
Segment = namedtuple("Segment", ("kind", "tag", "number", "ack", "room", "payload"))


class Limits:
    """What one side of a link can take. The other side is told the first three, and keeps to them.

    payload: stream bytes of a frame; window: frames on their way (at most 64); quiet_ms: something is sent at least
    that often; buffer: stream bytes that wait here before writers should; call_ms: the longest pause between calls.
    """

    # Window x payload is what USB full speed (1 MB/s) carries in a slow round trip of 4 ms, and all that a board has to
    # hold in each direction. A board calls seldom after a while: a person's terminal may have taken the line.
    def __init__(
        self,
        payload: int = 512 if MICROPYTHON else 4096,
        window: int = 8 if MICROPYTHON else 32,
        quiet_ms: int = 2500,
        buffer: int = 4096 if MICROPYTHON else 262_144,
        call_ms: int = 30_000 if MICROPYTHON else 1000,
    ) -> None:
        self.payload = payload
        self.window = min(window, MAX_WINDOW)
        self.quiet_ms = quiet_ms
        self.buffer = buffer
        self.call_ms = call_ms

    def syn(self, epoch: int, to: int) -> Syn:
        """The call that tells them."""
        return Syn(VERSION, epoch, to, self.payload, self.window, self.quiet_ms)


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

"""Frames of the other side of a serial link, and links in each state, for tests of one Arq."""

from lib.lossy_line import CLEAN, START, Random, World
from uockam.transport import segment as wire
from uockam.transport.arq import Arq
from uockam.transport.framing import FRAME, Deframer, encode
from uockam.transport.segment import Limits, Syn

OWN = 0x0A0B0C0D
PEER = 0x01020304
NEXT_PEER = 0x55667788
FORMER_PEER = 0x99AABBCC
LIMITS = Limits(payload=64, window=4, quiet_ms=1000, buffer=200, call_ms=1000)


def syn(epoch=PEER, to=0, payload=64, window=4, quiet_ms=1000):
    return encode(wire.encode_syn(Syn(1, epoch, to, payload, window, quiet_ms)))


def segment(kind, payload=b"", number=0, ack=0, room=4, own=OWN, peer=PEER):
    return encode(wire.encode_segment((kind, wire.tag(peer, own), number, ack, room), payload))


def frames(line):
    return [wire.decode(data) for kind, data in Deframer(5000).feed(line) if kind == FRAME]


def drain(arq, now):
    """All that goes on the line now."""
    parts = []
    while True:
        data = arq.output(now)
        if not data:
            return b"".join(parts)
        parts.append(data)


def kinds(events):
    return [kind for kind, _ in events]


def calling():
    return Arq(OWN, START, LIMITS)


def answering():
    arq = calling()
    arq.feed(syn(), START)
    drain(arq, START)
    return arq


def connected():
    arq = Arq(OWN - 1, START, LIMITS)
    arq.feed(syn(FORMER_PEER, OWN - 1), START)
    arq.feed(syn(PEER), START)  # the other side starts again, so this one takes its next epoch: OWN
    arq.feed(syn(PEER, OWN), START)
    drain(arq, START)
    return arq


def closing():
    arq = connected()
    arq.close(START)
    return arq


def closed():
    arq = closing()
    arq.feed(syn(NEXT_PEER), START)
    return arq


class Pair:
    """Two sides on a clean line with a latency of 1 ms."""

    def __init__(self, limits=LIMITS, other=None):
        self.world = World(Random(1), CLEAN, (limits, other or limits), latency_ms=1, piece=4096)
        self.a, self.b = self.world.sides
        self.world.run_until(self.world.both_up, 1000)

"""A reliable, ordered byte stream between the two sides of a lossy line (docs/serial-link.md). Sans-IO, symmetric.

Each side has an epoch, the name of one life of its half of the link. Both call with SYN frames until each knows the
other's epoch; that is UP. The tag of every later segment is made of both epochs, so a segment of a former life of
either side has another tag and is not looked at. A side that goes DOWN takes its next epoch and calls again.
"""

from ..port import MICROPYTHON, const, ticks_add, ticks_diff
from . import segment as wire
from .framing import TEXT, Deframer, encode
from .segment import HEAD_BYTES, Limits, Segment, Syn
from .window import ReceiveWindow, RoundTrip, SendWindow, StreamQueue

DATA = 2
UP = 3
DOWN = 4

CALLING = "calling"
CONNECTED = "connected"
CLOSING = "closing"
CLOSED = "closed"

RESTARTED = "the other side restarted"
SILENT = "the other side is silent"
ENDED = "the other side closed the link"
FINISHED = "closed"

# What a frame does in which state, by method name; a frame that is not listed does nothing.
_ON_FRAME = {
    (CALLING, Syn): "_meet",
    (CALLING, Segment): "_confirm",
    (CONNECTED, Syn): "_called",
    (CONNECTED, Segment): "_receive",
    (CLOSING, Syn): "_called",
    (CLOSING, Segment): "_receive",
}

_FIRST_CALL_MS = const(50)  # between the first calls; doubled each time
_DEAD_QUIETS = const(4)  # the other side is given up after so many of its quiet times
_ACK_MS = const(10)  # an acknowledgement waits so long for a reply that carries it
_STALE_MS = const(250)  # a frame that does not grow for so long is given up
_LINGER_MS = const(2000)  # closing waits so long without progress
_FORMER = const(4)  # lives of the other side that are remembered, so that their late calls are ignored
_BURST_BYTES = 1024 if MICROPYTHON else 65_536  # about what one output() gives: a heap has to hold it three times over
_EPOCH_MASK = const(0xFFFF_FFFF)

_NOBODY = Syn(wire.VERSION, 0, 0, 0, 0, 0)


class Arq:
    """One side of a link. `epoch` is a random u32, fresh for each start of the program.

    Bytes from the line go into feed(), which also is how time passes; bytes for the line come out of output(). `now` is
    in wrapping ticks (port.ticks_ms). No input makes it raise.
    """

    def __init__(self, epoch: int, now: int, limits: "Limits | None" = None) -> None:
        self.limits = limits or Limits()
        self.state = CALLING
        self._deframer = Deframer(HEAD_BYTES + max(self.limits.payload, wire.MAX_WINDOW // 8))
        self.life = epoch  # the epoch of this side; another one after each DOWN
        self._former: "list[int]" = []
        self._events: "list[tuple[int, bytes | str | int]]" = []
        self._extra = b""  # a frame that goes out whatever becomes of the state
        self._fed_at = now
        self._forget(now)

    def _forget(self, now: int) -> None:
        """Begin a life: nothing is known of the other side, nothing is queued."""
        self.life = self.life & _EPOCH_MASK or 1
        self._peer = _NOBODY
        self._call_at = now
        self._call_pause = _FIRST_CALL_MS
        self._queue = StreamQueue()
        self._start_session(now)

    def _start_session(self, now: int) -> None:
        limits = self.limits
        peer = self._peer
        self._payload = min(limits.payload, peer.payload)
        self._tag_out = wire.tag(self.life, peer.epoch)
        self._tag_in = wire.tag(peer.epoch, self.life)
        self._sent = SendWindow(min(limits.window, peer.window))
        self._received = ReceiveWindow(limits.window)
        self._trip = RoundTrip()
        self._heard_at = now
        self._spoke_at = now
        self._progress_at = now
        self._ack_at: "int | None" = None
        self._unacknowledged = 0
        self._expire_at: "int | None" = None
        self._ping = False
        self._fin_sent = False
        self._paused = False

    # For the application.

    def write(self, data: bytes) -> None:
        """Queue stream bytes; without a link they are forgotten."""
        if self.state == CONNECTED:
            self._queue.put(data)

    def free(self) -> int:
        """Stream bytes that may be written before a writer should wait; 0 or less when it should."""
        return self.limits.buffer - self._queue.bytes - self._sent.bytes

    def pause(self) -> None:
        """Deliver nothing for now; the other side goes on until the window is full."""
        self._paused = True

    def resume(self, now: int) -> None:
        """Deliver again, from the next feed() on."""
        self._paused = False
        self._ack_at = now  # tells the other side that there is room

    def close(self, now: int) -> None:
        """Send what is queued, then say farewell; DOWN follows when the other side has it all, or is gone."""
        if self.state == CONNECTED:
            self.state = CLOSING
            self._progress_at = now
        elif self.state == CALLING:
            self.state = CLOSED

    def open(self, now: int) -> None:
        """Call again, after a close() that has come to its end."""
        if self.state == CLOSED:
            self.state = CALLING
            self.life += 1
            self._forget(now)

    # Bytes and time in.

    def feed(self, data: bytes, now: int) -> "list[tuple[int, bytes | str | int]]":
        """Take bytes of the line, or b"" when time passed.

        Returns events: (TEXT, bytes), (DATA, bytes), (UP, the life it belongs to), (DOWN, reason).
        """
        self._take_in(self._deframer.feed(data), now)
        if data:
            self._fed_at = now
        self._pass_time(now)
        events = self._events
        self._events = []
        return events

    def _take_in(self, pieces: "list[tuple[int, bytes]]", now: int) -> None:
        for kind, data in pieces:
            if kind == TEXT:
                self._events.append((TEXT, data))
                continue
            frame = wire.decode(data)
            action = _ON_FRAME.get((self.state, type(frame)))  # type: ignore[arg-type]
            if action:
                getattr(self, action)(frame, now)

    def _pass_time(self, now: int) -> None:
        if self._deframer.holding and _due(self._stale_at(), now):
            self._take_in(self._deframer.flush(), now)
        if self.state == CALLING or self.state == CLOSED:
            return
        if self._received.ready and not self._paused:
            self._deliver(now)
        elif _due(self._dead_at(), now):
            self._end(SILENT, now)
        elif self.state == CLOSING and _due(self._given_up_at(), now):
            self._end(FINISHED, now)
        elif _due(self._expire_at, now):
            self._expire(now)

    def _stale_at(self) -> int:
        return ticks_add(self._fed_at, _STALE_MS)

    def _dead_at(self) -> int:
        return ticks_add(self._heard_at, _DEAD_QUIETS * self._peer.quiet_ms)

    def _given_up_at(self) -> int:
        return ticks_add(self._progress_at, _LINGER_MS)

    # Calls.

    def _meet(self, syn: Syn, now: int) -> None:
        """A call while calling: up if the other side knows this one already, else an answer."""
        if syn.epoch == self.life:
            return  # an echo of our own
        if self._peer != syn:
            self._peer = syn
            self._start_session(now)
        if syn.to == self.life:
            self._connect(now)
            self._ack_at = now  # confirms it to the other side
        else:
            self._call_at = now
            self._call_pause = _FIRST_CALL_MS

    def _confirm(self, segment: Segment, now: int) -> None:
        """A segment while calling: whoever made its tag knows both epochs."""
        if self._peer.epoch and segment.tag == self._tag_in:
            self._connect(now)
            self._receive(segment, now)

    def _connect(self, now: int) -> None:
        self.state = CONNECTED
        self._heard_at = now
        self._spoke_at = now
        self._events.append((UP, self.life))

    def _called(self, syn: Syn, now: int) -> None:
        """A call within a session: from the same life, which missed our confirmation, or from the next one."""
        if syn.epoch == self.life:
            return
        if syn.epoch == self._peer.epoch:
            if syn.to == self.life:
                self._ack_at = now
            else:
                self._extra = self._syn()  # it has not heard of us, or a call of another life misled it
        elif syn.to == self.life or syn.epoch not in self._former:
            self._end(RESTARTED, now)
            if self.state == CALLING:
                self._meet(syn, now)

    def _end(self, reason: str, now: int) -> None:
        """The session is over; a side that was closing stays closed, any other calls again."""
        closing = self.state == CLOSING
        self._events.append((DOWN, FINISHED if closing else reason))
        self.state = CLOSED if closing else CALLING
        self._former = (self._former + [self._peer.epoch])[-_FORMER:]
        self.life += 1
        self._forget(now)

    # Segments.

    def _receive(self, segment: Segment, now: int) -> None:
        if segment.tag != self._tag_in:
            return
        self._heard_at = now
        gaps = segment.payload if segment.kind == wire.ACK else b""
        room = min(segment.room, self.limits.window)
        if self._sent.acknowledge(segment.ack, room, gaps, now, self._trip) > 0:
            self._trip.news()
            self._progress_at = now
            self._expire_at = None
        self._arm(now)
        if segment.kind == wire.PING:
            self._ack_at = now
        elif segment.kind != wire.ACK:
            self._keep(segment, now)
        if self._fin_sent and not len(self._sent):
            self._end(FINISHED, now)

    def _keep(self, segment: Segment, now: int) -> None:
        received = self._received
        welcome = received.receive(segment.number, segment.kind, segment.payload)
        self._unacknowledged += 1
        if not welcome or received.gap() or 2 * self._unacknowledged >= self.limits.window:
            self._ack_at = now
        elif self._ack_at is None:
            self._ack_at = ticks_add(now, _ACK_MS)
        if not self._paused:
            self._deliver(now)

    def _deliver(self, now: int) -> None:
        ready = self._received.ready
        self._received.ready = []
        for kind, payload in ready:
            if kind == wire.FIN:
                self._extra = self._acknowledgement()
                self._end(ENDED, now)
                return
            if self.state == CONNECTED:
                self._events.append((DATA, payload))

    # Bytes and deadlines out.

    def output(self, now: int) -> bytes:
        """Whole frames for the line; more are due while wait_ms() is 0, or until this gives b""."""
        parts = [self._extra] if self._extra else []
        self._extra = b""
        if self.state == CALLING and _due(self._call_at, now):
            parts.append(self._call(now))
        elif self.state == CONNECTED or self.state == CLOSING:
            self._speak(parts, now)
        return b"".join(parts)

    def _call(self, now: int) -> bytes:
        self._call_at = ticks_add(now, self._call_pause)
        self._call_pause = min(2 * self._call_pause, self.limits.call_ms)
        return self._syn()

    def _syn(self) -> bytes:
        return encode(wire.encode_syn(self.limits.syn(self.life, self._peer.epoch)))

    def _speak(self, parts: "list[bytes]", now: int) -> None:
        if self._received.gap() and _due(self._ack_at, now):
            parts.append(self._acknowledgement())
        self._send_due(parts, now)
        if self._ping:
            self._ping = False
            parts.append(self._frame(wire.PING, self._sent.next, b""))
        elif not parts and (_due(self._ack_at, now) or _due(self._quiet_at(), now)):
            parts.append(self._acknowledgement())
        if parts:
            self._ack_at = None
            self._unacknowledged = 0
            self._spoke_at = now

    def _send_due(self, parts: "list[bytes]", now: int) -> None:
        size = 0
        while size < _BURST_BYTES:
            self._fill()
            taken = self._sent.take(now)
            if taken is None:
                break
            number, kind, payload = taken
            parts.append(self._frame(kind, number, payload))
            size += len(payload)
        self._arm(now)

    def _fill(self) -> None:
        """Put the next new frame into the window, when there is room and nothing older is due."""
        if not self._sent.open() or self._sent.due():
            return
        if self._queue.bytes:
            self._sent.add(wire.DATA, self._queue.take(self._payload))
        elif self.state == CLOSING and not self._fin_sent:
            self._fin_sent = True
            self._sent.add(wire.FIN, b"")

    def _frame(self, kind: int, number: int, payload: bytes) -> bytes:
        received = self._received
        head = (kind, self._tag_out, number, received.expected, received.room)
        return encode(wire.encode_segment(head, payload))

    def _acknowledgement(self) -> bytes:
        return self._frame(wire.ACK, self._sent.next, self._received.gaps())

    def _arm(self, now: int) -> None:
        """Run the clock while something is on its way, or waits for room at the other side."""
        waiting = len(self._sent) or (not self._sent.open() and self._unsent())
        if not waiting:
            self._expire_at = None
        elif self._expire_at is None:
            self._expire_at = ticks_add(now, self._trip.timeout_ms)

    def _unsent(self) -> bool:
        return self._queue.bytes > 0 or (self.state == CLOSING and not self._fin_sent)

    def _expire(self, now: int) -> None:
        self._trip.back_off()
        self._ping = not len(self._sent)
        self._sent.expire()
        self._expire_at = ticks_add(now, self._trip.timeout_ms)

    def _quiet_at(self) -> int:
        return ticks_add(self._spoke_at, self.limits.quiet_ms)

    def wait_ms(self, now: int) -> "int | None":
        """How long until feed(b"") and output() have something to do; 0 for now, None for not before bytes come."""
        waits = [max(ticks_diff(at, now), 0) for at in self._deadlines(now) if at is not None]
        return min(waits) if waits else None

    def _deadlines(self, now: int) -> "list[int | None]":
        deadlines: "list[int | None]" = [self._stale_at() if self._deframer.holding else None]
        if self._extra:
            deadlines.append(now)
        if self.state == CALLING:
            deadlines.append(self._call_at)
        elif self.state != CLOSED:
            deadlines += (self._ack_at, self._expire_at, self._quiet_at(), self._dead_at())
            if self.state == CLOSING:
                deadlines.append(self._given_up_at())
            if self._ping or self._sent.due() or (self._sent.open() and self._unsent()):
                deadlines.append(now)
            if self._received.ready and not self._paused:
                deadlines.append(now)
        return deadlines


def _due(at: "int | None", now: int) -> bool:
    return at is not None and ticks_diff(now, at) >= 0

"""The queue and the two halves of a sliding window over numbered frames (docs/serial-link.md, section 5). Sans-IO.

A line keeps the order of what it carries. So whenever the other side has a frame, every frame that was put on the line
before it and that the other side does not have is lost: no counting of duplicates, no waiting for a timer.
"""

from ..port import const, ticks_diff

SEQUENCE_MASK = const(0xFFFF)

_FIRST_TIMEOUT_MS = const(500)  # before the round trip is known
_MIN_TIMEOUT_MS = const(100)  # a full frame on a UART of 115200 baud, and an acknowledgement that waited
_MAX_TIMEOUT_MS = const(2000)


class RoundTrip:
    """How long to wait for an acknowledgement: smoothed mean and deviation as in RFC 6298, in ms."""

    def __init__(self) -> None:
        self.mean_ms = -1
        self.least_ms = _FIRST_TIMEOUT_MS
        self._deviation_ms = 0
        self.timeout_ms = _FIRST_TIMEOUT_MS

    def sample(self, took_ms: int) -> None:
        """A frame that was sent once took this long to be acknowledged."""
        if self.mean_ms < 0:
            self.mean_ms = self.least_ms = took_ms
            self._deviation_ms = took_ms // 2
        else:
            self._deviation_ms = (3 * self._deviation_ms + abs(took_ms - self.mean_ms)) // 4
            self.mean_ms = (7 * self.mean_ms + took_ms) // 8
            self.least_ms = min(self.least_ms, took_ms)
        self.news()

    def news(self) -> None:
        """The other side has something new: what was waited for longer is no reason to wait longer for the next."""
        if self.mean_ms >= 0:
            self.timeout_ms = min(max(self.mean_ms + 4 * self._deviation_ms, _MIN_TIMEOUT_MS), _MAX_TIMEOUT_MS)

    def back_off(self) -> None:
        """Nothing was acknowledged in time: wait twice as long."""
        self.timeout_ms = min(2 * self.timeout_ms, _MAX_TIMEOUT_MS)


class StreamQueue:
    """Stream bytes that wait to be cut into frames; `bytes` says how many."""

    def __init__(self) -> None:
        self.bytes = 0
        self._chunks: "list[bytes]" = []
        self._offset = 0  # of the first chunk, so that a large one is not copied for each frame

    def put(self, data: bytes) -> None:
        """Add bytes at the end."""
        if data:
            self._chunks.append(data)
            self.bytes += len(data)

    def take(self, limit: int) -> bytes:
        """At most `limit` bytes from the front: what waits goes together."""
        parts = []
        room = limit
        used = 0
        while room and used < len(self._chunks):
            chunk = self._chunks[used]
            part = chunk[self._offset : self._offset + room]
            parts.append(part)
            room -= len(part)
            self._offset += len(part)
            if self._offset == len(chunk):
                self._offset = 0
                used += 1
        del self._chunks[:used]
        self.bytes -= limit - room
        return parts[0] if len(parts) == 1 else b"".join(parts)


class _Sent:
    """A frame that the other side has not acknowledged."""

    def __init__(self, kind: int, payload: bytes) -> None:
        self.kind = kind
        self.payload = payload
        self.order = 0  # when it was last put on the line, counted in frames
        self.at = 0  # and in ticks
        self.times = 0
        self.due = True  # to be put on the line (again)
        self.held = False  # the other side has it, though not all before it


class SendWindow:
    """Numbers frames, keeps them until they are acknowledged, and knows which are to be sent again."""

    def __init__(self, size: int) -> None:
        self.base = 0  # number of the oldest frame that is not acknowledged
        self.bytes = 0  # payload bytes kept
        self._frames: "list[_Sent]" = []
        self._room = size  # frames that the other side takes from `base` on
        self._order = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def next(self) -> int:
        """The number of the next new frame."""
        return (self.base + len(self._frames)) & SEQUENCE_MASK

    def open(self) -> bool:
        """Whether the other side takes another frame."""
        return len(self._frames) < self._room

    def add(self, kind: int, payload: bytes) -> None:
        """A new frame; it is due at once."""
        self._frames.append(_Sent(kind, payload))
        self.bytes += len(payload)

    def due(self) -> bool:
        """Whether a frame is to be put on the line."""
        return any([frame.due for frame in self._frames])

    def take(self, now: int) -> "tuple[int, int, bytes] | None":
        """The next frame to put on the line, as (number, kind, payload)."""
        for index, frame in enumerate(self._frames):
            if frame.due:
                frame.due = False
                frame.at = now
                frame.times += 1
                self._order += 1
                frame.order = self._order
                return (self.base + index) & SEQUENCE_MASK, frame.kind, frame.payload
        return None

    def acknowledge(self, ack: int, room: int, gaps: bytes, now: int, trip: RoundTrip) -> int:
        """The other side has all before `ack`, has room for `room` more, and of those after `ack` what the map says.

        How many frames got acknowledged; -1 for an acknowledgement that is older than what is known, or invented.
        """
        count = (ack - self.base) & SEQUENCE_MASK
        if count > len(self._frames):
            return -1
        news = self._frames[:count]
        self._frames = self._frames[count:]
        for index, frame in enumerate(self._frames):
            if not frame.held and index and _in_map(gaps, index - 1):
                frame.held = True
                frame.due = False
                news.append(frame)
        self._lose_before(_newest(news, now, trip))
        self.base = ack
        self.bytes = sum([len(frame.payload) for frame in self._frames])
        self._room = room
        return count

    def _lose_before(self, order: int) -> None:
        for frame in self._frames:
            if frame.order < order and not frame.held:
                frame.due = True

    def expire(self) -> None:
        """Nothing was acknowledged in time: the oldest frame goes again."""
        if self._frames:
            self._frames[0].due = True


def _newest(news: "list[_Sent]", now: int, trip: RoundTrip) -> int:
    """The order of the newest frame that is known to have come over; its round trip is sampled."""
    newest = 0
    sample = -1
    for frame in news:
        took = ticks_diff(now, frame.at)
        if frame.times > 1 and took < trip.least_ms:
            continue  # too soon: it is the first copy that arrived, and it says nothing about the second
        if frame.order > newest:
            newest = frame.order
            sample = took if frame.times == 1 else -1
    if sample >= 0:
        trip.sample(sample)
    return newest


def _in_map(gaps: bytes, bit: int) -> bool:
    return bit >> 3 < len(gaps) and gaps[bit >> 3] >> (bit & 7) & 1 == 1


class ReceiveWindow:
    """Puts frames back in order, and holds them while the application takes nothing."""

    def __init__(self, size: int) -> None:
        self.expected = 0  # number of the first frame that is missing
        self.ready: "list[tuple[int, bytes]]" = []  # (kind, payload) in order, not taken yet
        self._early: "dict[int, tuple[int, bytes]]" = {}
        self._size = size

    @property
    def room(self) -> int:
        """How many frames from `expected` on are welcome."""
        return max(self._size - len(self.ready), 0)

    def gap(self) -> bool:
        """Whether a frame is missing before one that came."""
        return bool(self._early)

    def receive(self, number: int, kind: int, payload: bytes) -> bool:
        """Keep a frame; False when it is not welcome: a duplicate, or past the room."""
        ahead = (number - self.expected) & SEQUENCE_MASK
        if ahead >= self.room or number in self._early:
            return False
        self._early[number] = (kind, payload)
        while self.expected in self._early:
            self.ready.append(self._early.pop(self.expected))
            self.expected = (self.expected + 1) & SEQUENCE_MASK
        return True

    def gaps(self) -> bytes:
        """Which frames after `expected` are here already: bit i of byte i // 8 is number expected + 1 + i."""
        if not self._early:
            return b""
        bits = [(number - self.expected - 1) & SEQUENCE_MASK for number in self._early]
        size = max(bits) // 8 + 1
        return sum([1 << bit for bit in bits]).to_bytes(size, "little")

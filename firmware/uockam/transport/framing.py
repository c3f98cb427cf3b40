"""Frames among people's text on one line (docs/serial-link.md, section 2). Sans-IO.

    frame = F5 stuffed(body, CRC-32 of body, big-endian) F6

No stuffed byte is a marker, a line end, a control of the MicroPython REPL or XON/XOFF. The markers never occur in
UTF-8, so whatever a board prints cannot begin a frame; and since a frame has no line end, a line end inside one gives
text away that was printed into its middle.
"""

from binascii import crc32

START = b"\xf5"
END = b"\xf6"
ESCAPE = b"\xf7"
FLIP = 0x40
CHECK_BYTES = 4

TEXT = 0
FRAME = 1

_LINE_ENDS = b"\r\n"
_STUFFED = b"\x01\x02\x03\x04\x05\n\r\x11\x13" + START + END + ESCAPE
_CUTS = (END, START, b"\n", b"\r")
_READABLE_CONTROLS = b"\x07\x08\t\x0b\x0c\x1b"  # bell to form feed, and the escape of terminal colours


# Written out, so that it stays in flash when frozen. The escape goes first, so that no replacement touches what an
# earlier one wrote.
_STUFF = (
    (b"\xf7", b"\xf7\xb7"),
    (b"\x01", b"\xf7A"),
    (b"\x02", b"\xf7B"),
    (b"\x03", b"\xf7C"),
    (b"\x04", b"\xf7D"),
    (b"\x05", b"\xf7E"),
    (b"\n", b"\xf7J"),
    (b"\r", b"\xf7M"),
    (b"\x11", b"\xf7Q"),
    (b"\x13", b"\xf7S"),
    (b"\xf5", b"\xf7\xb5"),
    (b"\xf6", b"\xf7\xb6"),
)


def encode(body: bytes) -> bytes:
    """The bytes of one frame on the line."""
    body += crc32(body).to_bytes(CHECK_BYTES, "big")
    for plain, stuffed in _STUFF:
        body = body.replace(plain, stuffed)
    return START + body + END


def decode(stuffed: bytes) -> "bytes | None":
    """The body of what stood between the markers; None when it is damaged."""
    first, *parts = stuffed.split(ESCAPE)
    plain = [first]
    for part in parts:
        byte = bytes((part[0] ^ FLIP,)) if part else None
        if byte is None or byte not in _STUFFED:
            return None
        plain.append(byte)
        plain.append(part[1:])
    data = b"".join(plain)
    body = data[:-CHECK_BYTES]
    good = len(data) > CHECK_BYTES and crc32(body) == int.from_bytes(data[-CHECK_BYTES:], "big")
    return body if good else None


class Deframer:
    """Tells text from frames, however the bytes are split. No input makes it raise.

    `limit` bounds a body in bytes; at most twice that is ever held back. `damaged` counts frames that were dropped.
    """

    def __init__(self, limit: int) -> None:
        self.damaged = 0
        self._limit = limit
        self._parts: "list[bytes]" = []
        self._room = 0  # bytes that the frame in progress may still have
        self._inside = False  # after a start marker
        self._broken = False  # inside, and text was printed into the frame

    @property
    def holding(self) -> bool:
        """Whether bytes are held back until more come, or flush()."""
        return self._inside

    def feed(self, data: bytes) -> "list[tuple[int, bytes]]":
        """What `data` completes: (TEXT, printed bytes) and (FRAME, body), in their order on the line."""
        events: "list[tuple[int, bytes]]" = []
        while data:
            data = self._feed_frame(data, events) if self._inside else self._feed_text(data, events)
        return events

    def flush(self) -> "list[tuple[int, bytes]]":
        """Give up on the frame in progress, which has not grown for too long: what of it reads as text, as an event."""
        events: "list[tuple[int, bytes]]" = []
        if self._inside:
            self._give_up(events)
        return events

    def _feed_text(self, data: bytes, events: "list[tuple[int, bytes]]") -> bytes:
        text, start, rest = data.partition(START)
        if text:
            events.append((TEXT, text))
        if start:
            self._begin()
        return rest

    def _begin(self) -> None:
        self._parts = []
        self._room = 2 * (self._limit + CHECK_BYTES)  # every byte stuffed
        self._inside = True
        self._broken = False

    def _feed_frame(self, data: bytes, events: "list[tuple[int, bytes]]") -> bytes:
        stretch = _before_cut(data)
        if len(stretch) > self._room:
            self._parts.append(data[: self._room])
            data = data[self._room :]
            self._give_up(events)
            return data
        self._room -= len(stretch)
        self._parts.append(stretch)
        cut = data[len(stretch) : len(stretch) + 1]
        if cut:
            self._at_cut(cut, events)
        return data[len(stretch) + 1 :]

    def _at_cut(self, cut: bytes, events: "list[tuple[int, bytes]]") -> None:
        if cut in _LINE_ENDS:
            self._damage()
            events.append((TEXT, self._readable() + cut))
            self._parts = []
            return
        if self._broken:
            if cut == START:
                self._give_up(events)
        else:
            body = decode(b"".join(self._parts)) if cut == END else None
            if body is None or len(body) > self._limit:
                self._damage()
            else:
                events.append((FRAME, body))
        self._inside = False
        self._parts = []
        if cut == START:
            self._begin()

    def _damage(self) -> None:
        if not self._broken:
            self._broken = True
            self.damaged += 1

    def _give_up(self, events: "list[tuple[int, bytes]]") -> None:
        text = self._readable()
        if text:
            events.append((TEXT, text))
        self._damage()
        self._inside = False
        self._parts = []

    def _readable(self) -> bytes:
        held = b"".join(self._parts)
        return held[_readable_from(held) :]


def _before_cut(data: bytes) -> bytes:
    """`data` up to its first marker or line end."""
    for cut in _CUTS:
        at = data.find(cut)
        if at >= 0:
            data = data[:at]
    return data


def _readable_from(data: bytes) -> int:
    """Where the run of printable UTF-8 begins that ends `data`."""
    start = len(data)
    while start:
        before = _character_before(data, start)
        if before == start:
            break
        start = before
    return start


def _character_before(data: bytes, end: int) -> int:
    """Where the printable character that ends at `end` begins; `end` when there is none."""
    start = end - 1
    if data[start] < 0x80:
        printable = 0x20 <= data[start] < 0x7F or data[start] in _READABLE_CONTROLS
        return start if printable else end
    while start and end - start < 4 and data[start] & 0xC0 == 0x80:
        start -= 1
    try:
        data[start:end].decode()
    except UnicodeError:
        return end
    return start

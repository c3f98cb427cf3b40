"""Sealed messages after the handshake: counters, keys that change, what was seen already (secure.md 5.4 to 5.6).

sealed = u64 big-endian counter, ciphertext, tag of 16 bytes
"""

from ..crypto import AesGcm
from ..errors import LimitError, ProtocolError
from ..port import const

INTERVAL = const(32)  # messages under one key
WINDOW = const(32)  # how far ahead of the newest message, and how far back from it, one may come

_COUNTER_BYTES = const(8)
_LAST = (1 << 64) - 1  # the counter that makes keys, and never a message
_WINDOW_MASK = (1 << (WINDOW + 1)) - 1


def nonce(counter: int) -> bytes:
    """The 12 bytes that Ockam makes of a counter: big-endian, unlike Noise's own."""
    return bytes(4) + counter.to_bytes(8, "big")


def next_key(key: bytes) -> bytes:
    """The key after this one."""
    return AesGcm(key).seal(nonce(_LAST), bytes(32))[:32]


class Sealer:
    """One direction of a channel, where messages leave."""

    def __init__(self, key: bytes, counter: int = 0) -> None:
        self.counter = counter  # of the next message
        self._key = key
        self._cipher = AesGcm(key)

    def seal(self, plaintext: bytes) -> bytes:
        """The sealed message. Raises LimitError when the counter has come to its end."""
        counter = self.counter
        if counter == _LAST:
            raise LimitError("This channel has sealed all the messages it can", "create a new one")
        if counter and counter % INTERVAL == 0:
            self._key = next_key(self._key)
            self._cipher = AesGcm(self._key)
        self.counter = counter + 1
        unique = nonce(counter)
        return unique[4:] + self._cipher.seal(unique, plaintext)


class Opener:
    """One direction of a channel, where messages arrive, in about the order in which they were sent.

    What does not open changes nothing. 33 messages lost in a row end the direction for good.
    """

    def __init__(self, key: bytes) -> None:
        self._window = Window()
        self._interval = 0
        self._key = key  # of the interval
        self._cipher = AesGcm(key)
        self._former = self._cipher  # of the interval before; in the first one it is never asked for

    @property
    def highest(self) -> int:
        """The highest counter of all that were opened; 0 before the first."""
        return self._window.highest

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises ProtocolError for a counter seen already or too far off, DecryptionError."""
        if len(sealed) < _COUNTER_BYTES:
            raise ProtocolError("a sealed message of %d bytes" % len(sealed))
        counter = int.from_bytes(sealed[:_COUNTER_BYTES], "big")
        if counter == _LAST or not self._window.open_to(counter):
            raise ProtocolError("a sealed message that was seen already, or is too far from the others")
        ahead = counter // INTERVAL - self._interval
        key = next_key(self._key) if ahead > 0 else self._key
        cipher = self._former if ahead < 0 else AesGcm(key) if ahead > 0 else self._cipher
        plaintext = cipher.open(nonce(counter), sealed[_COUNTER_BYTES:])
        if ahead > 0:
            self._former, self._cipher, self._key = self._cipher, cipher, key
            self._interval += 1
        self._window.mark(counter)
        return plaintext


class Window:
    """Which counters came already: the highest, and a bit for each of the WINDOW before it."""

    def __init__(self) -> None:
        self.highest = 0
        self._seen = 0  # bit d: highest - d came

    def open_to(self, counter: int) -> bool:
        """Whether a message with this counter may still come."""
        back = self.highest - counter
        if back < 0:
            return -back <= WINDOW
        return back <= WINDOW and not self._seen >> back & 1

    def mark(self, counter: int) -> None:
        """Remember a counter that the window was open to."""
        ahead = counter - self.highest
        if ahead > 0:
            self._seen = self._seen << ahead & _WINDOW_MASK
            self.highest = counter
        self._seen |= 1 << (self.highest - counter)

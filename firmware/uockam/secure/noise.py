"""Noise XX under Ockam's name: three messages that prove two static keys and give two session keys (secure.md 5.1).

message 1, initiator:  e, payload in the clear
message 2, responder:  e, s and payload sealed
message 3, initiator:  s and payload sealed
"""

from hashlib import sha256

from ..crypto import AesGcm
from ..crypto.curves import hkdf_sha256, x25519_public_steps, x25519_steps
from ..errors import LimitError, ProtocolError
from ..port import MESSAGE_LIMIT, TYPE_CHECKING, const
from .nonces import nonce
from .peer import KEY_BYTES, KeyPair

if TYPE_CHECKING:
    from collections.abc import Generator

    from ..crypto.steps import Steps

PROTOCOL = b"OCKAM_XX_25519_AES256_GCM_SHA256"
MOST_BYTES = min(65535, MESSAGE_LIMIT)  # of a message: the limit of Noise, or of the transports of a board

_XX = (("e",), ("e", "ee", "s", "es"), ("s", "se"))  # in a pair the first letter names the initiator's key
_LEAST = (32, 96, 64)  # bytes of each message with an empty payload
_SEALED_KEY = const(48)
_NO_SECRET = bytes(KEY_BYTES)


def key_pair_steps(private: bytes) -> "Generator[None, None, KeyPair]":
    """The pair of 32 random bytes."""
    return KeyPair(private, (yield from x25519_public_steps(private)))


class Handshake:
    """One side of a handshake; write and read in turn, then take the keys.

    The ephemeral key is for this handshake alone. A message that fails leaves a Handshake that is of no more use:
    work on a copy() where the right message may still come.
    """

    def __init__(self, initiator: bool, static: KeyPair, ephemeral: KeyPair, protocol: bytes = PROTOCOL) -> None:
        self.initiator = initiator
        self.turn = 0  # the message that is next; 3 when all are through
        self._own = {"s": static, "e": ephemeral}
        self._remote: "dict[str, bytes]" = {}
        self._chaining_key = protocol
        self._key: "AesGcm | None" = None
        self._counter = 0
        self.hash = sha256(protocol).digest()  # of all that was said; both sides have the same

    def copy(self) -> "Handshake":
        """The same state, which goes its own way from here."""
        twin = Handshake(self.initiator, self._own["s"], self._own["e"])
        twin.turn = self.turn
        twin._remote = self._remote.copy()
        twin._chaining_key = self._chaining_key
        twin._key = self._key
        twin._counter = self._counter
        twin.hash = self.hash
        return twin

    @property
    def remote_static(self) -> bytes:
        """The static key that the peer proved to hold, once its message was read."""
        return self._remote["s"]

    def write_steps(self, payload: bytes = b"") -> "Steps":
        """The next message. Raises LimitError for a payload that does not fit, ProtocolError as read_steps does."""
        message = b""
        for token in self._begin(True):
            if len(token) == 1:
                message += self._write_key(token)
            else:
                yield from self._agree_steps(token)
        message += self._seal(payload)
        if len(message) > MOST_BYTES:
            raise LimitError("a handshake message of %d bytes, the limit is %d" % (len(message), MOST_BYTES))
        return message

    def read_steps(self, message: bytes) -> "Steps":
        """The payload of the peer's next message. Raises ProtocolError for anything but that message."""
        tokens = self._begin(False)
        if not _LEAST[self.turn - 1] <= len(message) <= MOST_BYTES:
            raise ProtocolError("a handshake message of %d bytes" % len(message))
        position = 0
        for token in tokens:
            if len(token) == 1:
                position = self._read_key(token, message, position)
            else:
                yield from self._agree_steps(token)
        return self._open(message[position:])

    def keys(self) -> "tuple[bytes, bytes]":
        """(what this side seals with, what it opens with); the reverse of what the Noise paper gives each side."""
        if self.turn < len(_XX):
            raise ProtocolError("a handshake that is not at its end")
        first, second = self._derive(b"")
        return (second, first) if self.initiator else (first, second)

    def _begin(self, writing: bool) -> "tuple[str, ...]":
        turn = self.turn
        if turn == len(_XX) or writing != (self.initiator == (turn % 2 == 0)):
            raise ProtocolError("a handshake message out of turn")
        self.turn = turn + 1
        return _XX[turn]

    def _write_key(self, token: str) -> bytes:
        public = self._own[token].public
        return self._clear(public) if token == "e" else self._seal(public)

    def _read_key(self, token: str, message: bytes, position: int) -> int:
        end = position + (KEY_BYTES if token == "e" else _SEALED_KEY)
        part = message[position:end]
        self._remote[token] = self._clear(part) if token == "e" else self._open(part)
        return end

    def _agree_steps(self, token: str) -> "Generator[None, None, None]":
        mine, theirs = (token[0], token[1]) if self.initiator else (token[1], token[0])
        secret = yield from x25519_steps(self._own[mine].private, self._remote[theirs])
        if secret == _NO_SECRET:
            raise ProtocolError("a public key that agrees on nothing secret")
        self._chaining_key, key = self._derive(secret)
        self._key = AesGcm(key)
        self._counter = 0

    def _derive(self, secret: bytes) -> "tuple[bytes, bytes]":
        both = hkdf_sha256(self._chaining_key, secret, b"", 2 * KEY_BYTES)
        return both[:KEY_BYTES], both[KEY_BYTES:]

    def _clear(self, data: bytes) -> bytes:
        self.hash = sha256(self.hash + data).digest()
        return data

    def _seal(self, plaintext: bytes) -> bytes:
        if self._key is None:
            return self._clear(plaintext)
        return self._clear(self._key.seal(self._next_nonce(), plaintext, self.hash))

    def _open(self, sealed: bytes) -> bytes:
        if self._key is None:
            return self._clear(sealed)
        plaintext = self._key.open(self._next_nonce(), sealed, self.hash)
        self._clear(sealed)
        return plaintext

    def _next_nonce(self) -> bytes:
        self._counter += 1
        return nonce(self._counter - 1)

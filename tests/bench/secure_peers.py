"""What others take for a round of bench_secure.py, on CPython: `secure_peers.py PART COUNT`, as secure_loop.py.

floor: nothing but the operations of `cryptography` that both sides of a channel cannot do without. noiseprotocol: the
same pattern, cipher and sizes of payloads, but no identities: it verifies nothing.
"""

import os
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from noise.connection import Keypair, NoiseConnection

_MESSAGES = 10
_SIZES = {"small": 117, "large": 1078}  # of what secure_loop.py seals: payloads of 64 and 1024 bytes, and their routes
_PROOF = bytes(323)  # what each side shows of itself: a history of one change and an attestation


def told(name: str, count: int, work: Callable[[], object]) -> None:
    """Print how often a second the work can be done."""
    start = time.process_time()
    for _ in range(count):
        work()
    print(f"{name}={count / (time.process_time() - start)}")


def floor(count: int) -> None:
    static, signing = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    public, verifying = static.public_key(), signing.public_key()
    hashed = os.urandom(32)
    signature = signing.sign(hashed)

    def handshake() -> None:
        for _ in range(2):
            X25519PrivateKey.generate().public_key().public_bytes_raw()
            for _ in range(3):
                static.exchange(public)
            for _ in range(2):
                verifying.verify(signature, hashed)

    told("handshakes", count, handshake)
    cipher, nonce = AESGCM(os.urandom(32)), bytes(12)
    for name, size in _SIZES.items():
        text = bytes(size)
        told(name, count * _MESSAGES, lambda: cipher.decrypt(nonce, cipher.encrypt(nonce, text, b""), b""))  # noqa: B023


def _side(initiator: bool, private: bytes) -> NoiseConnection:
    made = NoiseConnection.from_name(b"Noise_XX_25519_AESGCM_SHA256")
    made.set_as_initiator() if initiator else made.set_as_responder()
    made.set_keypair_from_private_bytes(Keypair.STATIC, private)
    made.start_handshake()
    return made


def noiseprotocol(count: int) -> None:
    keys = os.urandom(32), os.urandom(32)

    def handshake() -> tuple[NoiseConnection, NoiseConnection]:
        one, two = _side(True, keys[0]), _side(False, keys[1])
        two.read_message(one.write_message())
        one.read_message(two.write_message(_PROOF))
        two.read_message(one.write_message(_PROOF))
        return one, two

    told("handshakes", count, handshake)
    one, two = handshake()
    for name, size in _SIZES.items():
        text = bytes(size)
        told(name, count * _MESSAGES, lambda: two.decrypt(one.encrypt(text)))  # noqa: B023


{"floor": floor, "noiseprotocol": noiseprotocol}[sys.argv[1]](int(sys.argv[2]))

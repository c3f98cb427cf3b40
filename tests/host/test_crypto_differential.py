"""The readable back end against the `cryptography` package, and native code against both, on what nobody chose."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uockam import crypto
from uockam.crypto import pure, steps
from uockam.errors import DecryptionError
from uockam_host.device.virtual import find_micropython

from ..lib.patience import PATIENCE_S

KEYS = st.binary(min_size=32, max_size=32)
TEXTS = st.binary(max_size=300)
CORE = Path(crypto.__file__).parents[2]
P = 2**255 - 19

some = settings(max_examples=25)
many = settings(max_examples=100)


def made(operation: str, *arguments: bytes) -> Any:
    return steps.last(getattr(pure, f"{operation}_steps")(*arguments))


@some
@given(KEYS, KEYS)
def test_shared_secrets_are_the_same(private: bytes, public: bytes) -> None:
    assert made("x25519", private, public) == crypto.x25519(private, public)
    assert made("x25519_public", private) == crypto.x25519_public(private)


@some
@given(KEYS, TEXTS)
def test_keys_and_signatures_are_the_same(seed: bytes, message: bytes) -> None:
    assert made("ed25519_public", seed) == crypto.ed25519_public(seed)
    assert made("ed25519_sign", seed, message) == crypto.ed25519_sign(seed, message)


@some
@given(KEYS, TEXTS, st.integers(0, 96 * 8 - 1))
def test_signatures_are_judged_alike_when_a_bit_of_them_or_of_the_key_is_changed(
    seed: bytes, message: bytes, bit: int
) -> None:
    both = bytearray(crypto.ed25519_public(seed) + crypto.ed25519_sign(seed, message))
    assert made("ed25519_verify", bytes(both[:32]), message, bytes(both[32:])) is True
    both[bit >> 3] ^= 1 << (bit & 7)
    verdict = crypto.ed25519_verify(bytes(both[:32]), message, bytes(both[32:]))
    assert made("ed25519_verify", bytes(both[:32]), message, bytes(both[32:])) is verdict


@pytest.mark.parametrize("y", [0, 1, 2, P - 1, P, P + 1, P + 18, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_odd_public_keys_are_judged_alike(y: int, sign: int) -> None:
    """Such as have a y that is not reduced, no point, or an x of 0: with the neutral point anything can be signed."""
    public = (y | sign << 255).to_bytes(32, "little")
    for commitment in (public, (1).to_bytes(32, "little")):
        for proof in (bytes(32), (1).to_bytes(32, "little")):
            verdict = crypto.ed25519_verify(public, b"text", commitment + proof)
            assert made("ed25519_verify", public, b"text", commitment + proof) is verdict


@many
@given(TEXTS)
def test_hashes_are_the_same(data: bytes) -> None:
    assert pure.sha512(data) == crypto.sha512(data)


@many
@given(TEXTS, TEXTS, TEXTS, st.integers(1, 300))
def test_derived_keys_are_the_same(salt: bytes, ikm: bytes, info: bytes, length: int) -> None:
    assert pure.hkdf_sha256(salt, ikm, info, length) == crypto.hkdf_sha256(salt, ikm, info, length)


@many
@given(KEYS, st.binary(min_size=12, max_size=12), TEXTS, TEXTS, st.integers(0))
def test_sealed_texts_are_the_same_and_opened_alike(
    key: bytes, nonce: bytes, plain: bytes, aad: bytes, bit: int
) -> None:
    sealed = crypto.AesGcm(key).seal(nonce, plain, aad)
    assert pure.AesGcm(key).seal(nonce, plain, aad) == sealed
    assert pure.AesGcm(key).open(nonce, sealed, aad) == plain
    changed = bytearray(sealed)
    changed[(bit >> 3) % len(sealed)] ^= 1 << (bit & 7)
    for back_end in (pure, crypto):
        with pytest.raises(DecryptionError):
            back_end.AesGcm(key).open(nonce, bytes(changed), aad)


NATIVE = """
import json, sys
from binascii import hexlify, unhexlify
sys.path.insert(0, sys.argv[1])
from uockam import crypto
print(crypto.backend)
for name, *arguments in json.loads(sys.stdin.read()):
    arguments = [unhexlify(each) for each in arguments]
    if name == "seal":
        made = crypto.AesGcm(arguments[0]).seal(*arguments[1:])
    else:
        made = getattr(crypto, name)(*arguments)
    print(made if isinstance(made, bool) else hexlify(made).decode())
"""


def operations(dice: random.Random) -> list[tuple[str, ...]]:
    """Calls of every operation, with arguments as hex digits."""
    key, other, text = (dice.randbytes(size) for size in (32, 32, dice.randrange(300)))
    forged = dice.randbytes(63) + bytes([dice.randrange(16)])
    calls = [
        ("x25519", key, other),
        ("x25519_public", key),
        ("ed25519_public", key),
        ("ed25519_sign", key, text),
        ("ed25519_verify", crypto.ed25519_public(key), text, crypto.ed25519_sign(key, text)),
        ("ed25519_verify", crypto.ed25519_public(key), text, forged),
        ("ed25519_verify", other, text, forged),
        ("sha512", text),
        ("seal", key, other[:12], text, other),
    ]
    return [(name, *(argument.hex() for argument in arguments)) for name, *arguments in calls]


def expected(name: str, *arguments: str) -> str:
    key, *rest = (bytes.fromhex(argument) for argument in arguments)
    made = crypto.AesGcm(key).seal(*rest) if name == "seal" else getattr(crypto, name)(key, *rest)
    return str(made) if isinstance(made, bool) else made.hex()


def test_native_code_computes_the_same() -> None:
    dice = random.Random(25519)
    calls = [call for _ in range(40) for call in operations(dice)]
    command = [find_micropython(), "-c", NATIVE, str(CORE)]
    done = subprocess.run(command, input=json.dumps(calls), capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    backend, *results = done.stdout.split()
    assert backend == "viper"
    assert results == [expected(*call) for call in calls]


FAULTY = """
import sys
sys.path.insert(0, sys.argv[1])
from binascii import hexlify
from uockam import crypto
from uockam.crypto import core_micropython, viper
right = getattr(viper, sys.argv[2])
setattr(viper, sys.argv[2], lambda *arguments: right(arguments[0][1:] + b"x", *arguments[1:]))
crypto.core = core_micropython.Chosen()
print(crypto.backend)
print(hexlify(crypto.ed25519_public(bytes(32))).decode())
print(crypto.backend)
"""


@pytest.mark.parametrize(
    ("name", "title", "first"), [("sha512", "SHA-512", "pure"), ("ed25519_public_steps", "Ed25519 keys", "viper")]
)
def test_native_code_that_gives_a_wrong_answer_is_not_used_and_the_log_says_so(
    name: str, title: str, first: str
) -> None:
    command = [find_micropython(), "-c", FAULTY, str(CORE), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    warning = [line for line in lines if line.startswith("WARNING")]
    assert warning == [f"WARNING crypto: The native code computes {title} wrongly here; the slow back end is used"]
    assert [line for line in lines if line not in warning] == [first, crypto.ed25519_public(bytes(32)).hex(), "pure"]

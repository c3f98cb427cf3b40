"""The vectors of sealed messages, read with `cryptography` and cbor2 alone, as docs/mailbox.md describes them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "oneway.json").read_text())
NAME = b"UOCKAM_N_25519_AES256_GCM_SHA256"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def decrypt(sealed: bytes, private: X25519PrivateKey) -> bytes:
    version, ephemeral, ciphertext = sealed[:1], sealed[1:33], sealed[33:]
    hashed = sha256(NAME + version)
    hashed = sha256(hashed + private.public_key().public_bytes_raw())
    hashed = sha256(hashed + ephemeral)
    secret = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    key = HKDF(SHA256(), 64, salt=NAME, info=b"").derive(secret)[32:]
    return AESGCM(key).decrypt(bytes(12), ciphertext, hashed)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=[case["name"] for case in VECTORS["cases"]])
def test_a_sealed_message_is_what_the_documents_say(case: dict[str, Any]) -> None:
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["receiver_static"]))
    statement, (kind, (signature,)), history, credentials, *rest = cbor2.loads(
        decrypt(bytes.fromhex(case["sealed"]), private)
    )
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTORS["sender_seed"])).public_key()
    key.verify(signature, sha256(statement))
    assert sha256(history[0][0]).hex() == VECTORS["sender_identifier"]
    version, purpose, inner = cbor2.loads(statement)
    assert (kind, version, purpose, credentials, len(rest)) == (0, 1, 117, [], 1 if case["back"] else 0)
    receiver, id, created_at, expires_at, message = cbor2.loads(inner)
    assert receiver.hex() == VECTORS["receiver_identifier"]
    assert (id.hex(), created_at, expires_at) == (case["id"], case["created_at"], case["expires_at"])
    onward, back, payload, tracing = cbor2.loads(message)
    assert [value.decode() for _, value in onward] == case["onward"].split(" => ")
    assert [value.decode() for _, value in back] == ([case["back"]] if case["back"] else [])
    assert (payload.hex(), tracing) == (case["payload"], None)

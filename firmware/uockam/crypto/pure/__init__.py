"""The readable back end, on integers of any size: slow, and the oracle for the others."""

from ...port import at_home

NAME = "pure"

_HOMES = {
    "AesGcm": "crypto.pure.gcm",
    "ed25519_public_steps": "crypto.pure.ed25519",
    "ed25519_sign_steps": "crypto.pure.ed25519",
    "ed25519_verify_steps": "crypto.pure.ed25519",
    "hkdf_sha256": "crypto.hkdf",
    "sha512": "crypto.pure.sha2",
    "x25519_public_steps": "crypto.pure.x25519",
    "x25519_steps": "crypto.pure.x25519",
}


def __getattr__(name: str) -> object:
    return at_home(__name__, _HOMES, name)

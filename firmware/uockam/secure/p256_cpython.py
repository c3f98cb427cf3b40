"""Signatures of P-256 keys, such as Ockam's own controller has: verified on a host."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of a key (an uncompressed point, 65 bytes) signed the message (r and s, 64 bytes)."""
    both = [int.from_bytes(half, "big") for half in (signature[:32], signature[32:])]
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
        key.verify(encode_dss_signature(*both), message, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True

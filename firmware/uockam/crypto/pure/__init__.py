"""The readable back end, on integers of any size: slow, and the oracle for the others."""

from ..hkdf import hkdf_sha256
from .ed25519 import ed25519_public_steps, ed25519_sign_steps, ed25519_verify_steps
from .gcm import AesGcm
from .sha512 import sha512
from .x25519 import x25519_public_steps, x25519_steps

NAME = "pure"

__all__ = (
    "NAME",
    "AesGcm",
    "ed25519_public_steps",
    "ed25519_sign_steps",
    "ed25519_verify_steps",
    "hkdf_sha256",
    "sha512",
    "x25519_public_steps",
    "x25519_steps",
)

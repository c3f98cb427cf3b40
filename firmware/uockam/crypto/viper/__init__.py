"""The fast back end of boards: native code, by the native emitter and, on Cortex-M, the inline assembler."""

# From the bottom up, as each import inside another one takes of a board's small stack.
# isort: off
from . import programs as _programs, points as _points, base as _base  # noqa: F401
from ..hkdf import hkdf_sha256
from .ed25519 import ed25519_public_steps, ed25519_sign_steps, ed25519_verify_steps, x25519_public_steps
from .gcm import AesGcm
from .sha512 import sha512
from .x25519 import x25519_steps
# isort: on

NAME = "viper"

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

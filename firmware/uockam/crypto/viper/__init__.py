"""The fast back end of boards: native code, by the native emitter and, on Cortex-M, the inline assembler.

What it has is loaded when it is asked for, since a board does without most of it between handshakes (secure/lent.py).
"""

from ...port import at_home
from .gcm import AesGcm as AesGcm

NAME = "viper"

_HOMES = {
    "ed25519_public_steps": "crypto.viper.ed25519",
    "ed25519_sign_steps": "crypto.viper.ed25519",
    "ed25519_verify_steps": "crypto.viper.ed25519",
    "hkdf_sha256": "crypto.hkdf",
    "sha512": "crypto.viper.sha2",
    "x25519_public_steps": "crypto.viper.ed25519",
    "x25519_steps": "crypto.viper.x25519",
}


def __getattr__(name: str) -> object:
    return at_home(__name__, _HOMES, name)

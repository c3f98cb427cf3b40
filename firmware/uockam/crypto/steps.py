"""Operations that take long, as generators: they yield None every now and then, and return their result."""

from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, Protocol, TypeVar

    Result = TypeVar("Result")
    Steps = Generator[None, None, bytes]
    Verdict = Generator[None, None, bool]

    class Cipher(Protocol):
        """AES-256-GCM under one key, as in uockam.crypto."""

        def seal(self, nonce: bytes, plaintext: bytes, aad: bytes = b"") -> bytes: ...

        def open(self, nonce: bytes, sealed: bytes, aad: bytes = b"") -> bytes: ...

    class Core(Protocol):
        """What a back end is: a module with these names. It may rely on the sizes that uockam.crypto checks."""

        NAME: str
        AesGcm: Any

        def x25519_steps(self, private: bytes, public: bytes) -> Steps: ...

        def x25519_public_steps(self, private: bytes) -> Steps: ...

        def ed25519_public_steps(self, seed: bytes) -> Steps: ...

        def ed25519_sign_steps(self, seed: bytes, message: bytes) -> Steps: ...

        def ed25519_verify_steps(self, public: bytes, message: bytes, signature: bytes) -> Verdict: ...

        def sha512(self, data: bytes) -> bytes: ...

        def hkdf_sha256(self, salt: bytes, ikm: bytes, info: bytes, length: int) -> bytes: ...


def last(steps: "Generator[None, None, Result]") -> "Result":
    """What the steps return, when they are taken one after another."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]

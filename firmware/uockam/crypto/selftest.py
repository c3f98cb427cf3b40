"""Known answers, by which each operation of a back end is tested before it is used."""

from binascii import unhexlify

from ..errors import DecryptionError
from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from .steps import Core

_SECRET = bytes(range(32))
_OTHER_PUBLIC = unhexlify("87968c1c1642bd0600f6ad869b88f92c9623d0dfc44f01deffe21c9add3dca5f")
_SHARED = unhexlify("dae0079aea6e6d02ca215a60d5d8f6689c3ed6009d41882b9181ff2481d9e27a")
_SHOWN = unhexlify("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f")
_PUBLIC = unhexlify("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
_MESSAGE = b"uockam"
_SIGNATURE = unhexlify(
    "cc2f897507e5db42f1a5295217efbec92186c21343cf8727f998384b736db425"
    "cca2e483c462023ab1150ee29b93efd97f5b0ebac3dbeb473e21c89f8e098908"
)
_HASHED = unhexlify(
    "487cbacdc58e94a75ab3d0e10210d73cc94743a96ecfdb82282e2d7458ed078f"
    "3ba66d5381f2c02954bc60065279aa7bf97c6d99f8636a0f93cccd18554c8681"
)
_SEALED = unhexlify(
    "4703d418c1e0c41c85489d80bde4766293c79527e46e496b207eff9e01741ead747fcd97ceac4c2a03bbcb899d398e43b283719dba4d"
)


# By the name of an operation that takes long: what people call it, what it is given, and what comes of that.
ANSWERS: "dict[str, tuple[str, tuple[bytes, ...], bytes | bool]]" = {
    "x25519_steps": ("X25519", (_SECRET, _OTHER_PUBLIC), _SHARED),
    "x25519_public_steps": ("X25519 keys", (_SECRET,), _SHOWN),
    "ed25519_public_steps": ("Ed25519 keys", (_SECRET,), _PUBLIC),
    "ed25519_sign_steps": ("Ed25519 signing", (_SECRET, _MESSAGE), _SIGNATURE),
    "ed25519_verify_steps": ("Ed25519 verification", (_PUBLIC, _MESSAGE, _SIGNATURE), True),
}


def wrong(core: "Core") -> str:
    """What of the rest the back end computes wrongly, "" for nothing."""
    for title, right in (("SHA-512", _hashes), ("AES-GCM", _seals)):
        try:
            if not right(core):
                return title
        except Exception as error:
            return told(title, error)
    return ""


def told(title: str, error: Exception) -> str:
    """The same, when that was raised: native code that does not fit this chip may raise anything.

    Raises it again when it says nothing of the code, but that there was no room on the heap or the stack.
    """
    if isinstance(error, (MemoryError, RuntimeError)):
        raise error
    return "%s (%r)" % (title, error)


def _hashes(core: "Core") -> bool:
    return core.sha512(_SECRET * 5) == _HASHED  # more than one block


def _seals(core: "Core") -> bool:
    key = core.AesGcm(_SECRET)
    if key.seal(_SECRET[:12], _SECRET + _MESSAGE, b"aad") != _SEALED:
        return False
    try:
        key.open(_SECRET[:12], _SEALED, b"other")
    except DecryptionError:
        return True
    return False

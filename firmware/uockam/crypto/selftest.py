"""Known answers, by which a back end is tested before it is used."""

from binascii import unhexlify

from ..errors import DecryptionError
from ..port import TYPE_CHECKING
from .steps import last

if TYPE_CHECKING:
    from .steps import Core

_SECRET = bytes(range(32))
_OTHER_PUBLIC = unhexlify("87968c1c1642bd0600f6ad869b88f92c9623d0dfc44f01deffe21c9add3dca5f")
_SHARED = unhexlify("dae0079aea6e6d02ca215a60d5d8f6689c3ed6009d41882b9181ff2481d9e27a")
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


def _hashes(core: "Core") -> bool:
    return core.sha512(_SECRET * 5) == _HASHED  # more than one block


def _agrees(core: "Core") -> bool:
    return last(core.x25519_steps(_SECRET, _OTHER_PUBLIC)) == _SHARED


def _signs(core: "Core") -> bool:
    return last(core.ed25519_sign_steps(_SECRET, _MESSAGE)) == _SIGNATURE


def _verifies(core: "Core") -> bool:
    return last(core.ed25519_verify_steps(_PUBLIC, _MESSAGE, _SIGNATURE)) is True


def _seals(core: "Core") -> bool:
    return bool(core.AesGcm(_SECRET).seal(_SECRET[:12], _SECRET + _MESSAGE, b"aad") == _SEALED)


def _refuses(core: "Core") -> bool:
    try:
        core.AesGcm(_SECRET).open(_SECRET[:12], _SEALED, b"other")
    except DecryptionError:
        return True
    return False


_CHECKS = (
    ("SHA-512", _hashes),
    ("X25519", _agrees),
    ("Ed25519 signing", _signs),
    ("Ed25519 verification", _verifies),
    ("AES-GCM sealing", _seals),
    ("AES-GCM opening", _refuses),
)


def wrong(core: "Core") -> str:
    """The name of what the back end gets wrong, "" when that is nothing."""
    for name, right in _CHECKS:
        try:
            if not right(core):
                return name
        except Exception as error:  # native code that does not fit this chip may raise anything
            return "%s (%r)" % (name, error)
    return ""

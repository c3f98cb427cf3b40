"""What every back end of uockam.crypto has to do, as checks of one back end: a module with the names of crypto/pure."""

from uockam.errors import DecryptionError

from .vectors import from_hex, load


def last(steps):
    """What the steps return."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def x25519(core, case):
    """Whether the back end does what the case says."""
    shared = last(core.x25519_steps(from_hex(case["private"]), from_hex(case["public"])))
    return shared == from_hex(case["shared"])


def ed25519(core, case):
    signature = from_hex(case["sig"])
    if len(signature) != 64:
        return case["result"] == "invalid"  # uockam.crypto gives no other size to a back end
    public, message = from_hex(case["publicKey"]), from_hex(case["msg"])
    return last(core.ed25519_verify_steps(public, message, signature)) == (case["result"] == "valid")


def aes_256_gcm(core, case):
    key, nonce = core.AesGcm(from_hex(case["key"])), from_hex(case["iv"])
    plain, aad = from_hex(case["msg"]), from_hex(case["aad"])
    sealed = from_hex(case["ct"]) + from_hex(case["tag"])
    same = key.seal(nonce, plain, aad) == sealed
    try:
        opened = key.open(nonce, sealed, aad)
    except DecryptionError:
        return case["result"] == "invalid" and not same
    return case["result"] == "valid" and same and opened == plain


def hkdf_sha256(core, case):
    if case["result"] == "invalid":
        return case["size"] > 255 * 32  # uockam.crypto gives no larger size to a back end
    derived = core.hkdf_sha256(from_hex(case["salt"]), from_hex(case["ikm"]), from_hex(case["info"]), case["size"])
    return derived == from_hex(case["okm"])


CASES = (("x25519", x25519), ("ed25519", ed25519), ("aes_256_gcm", aes_256_gcm), ("hkdf_sha256", hkdf_sha256))


def failures(core, name, check, every=1):
    """The numbers of the cases of wycheproof/NAME.json, of each `every`-th one, that the back end fails."""
    return [case["tcId"] for case in load("wycheproof/" + name)[::every] if not check(core, case)]

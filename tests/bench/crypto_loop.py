"""A round of bench_crypto.py on whatever runs it: prints lines of name=microseconds and, on a board, bytes.

`crypto_loop.py COUNT BACK_END` times `pure` or, as `fastest`, the back end in use. On a board the text is run after
`import machine`, without arguments.
"""

import gc
import sys
import time

BOARD = "machine" in globals()
COUNT, BACK_END = (1, "fastest") if BOARD else (int(sys.argv[1]), sys.argv[2])
_USB = 1 << 5  # its number among the interrupts of an RP2040: the emulated host makes so many that they would be timed
KEY = bytes(range(32))
OTHER = b"\x09" + bytes(31)
NONCE = bytes(12)
TEXT = bytes(1024)

ticks_us = getattr(time, "ticks_us", None) or (lambda: time.perf_counter_ns() // 1000)
held = getattr(gc, "mem_alloc", int)


def quiet(on):
    if BOARD:
        machine.mem32[0xE000E180 if on else 0xE000E100] = _USB  # noqa: F821


def start():
    """The back end."""
    gc.collect()
    before = held()
    quiet(True)
    began = ticks_us()
    from uockam import crypto

    took = ticks_us() - began
    quiet(False)
    gc.collect()
    print(f"start={took}")
    print(f"held={held() - before}")
    if BACK_END == "pure":
        from uockam.crypto import pure

        return pure
    return crypto.core


def timed(name, work):
    """Print microseconds of one call, and on a board what it allocates."""
    gc.collect()
    before = held()
    quiet(True)
    began = ticks_us()
    for _ in range(COUNT):
        work()
    took = ticks_us() - began
    quiet(False)
    print(f"{name}={took / COUNT:.2f}")
    if BOARD:
        print(f"{name}_bytes={held() - before}")


def longest(steps):
    """Microseconds of the longest stretch without a yield."""
    most = 0
    gc.collect()
    quiet(True)
    while True:
        began = ticks_us()
        try:
            next(steps)
        except StopIteration:
            break
        finally:
            most = max(most, ticks_us() - began)
    quiet(False)
    return most


core = start()
from uockam.crypto.steps import last  # noqa: E402

public = last(core.ed25519_public_steps(KEY))
signature = last(core.ed25519_sign_steps(KEY, KEY))
cipher = core.AesGcm(KEY)
sealed = cipher.seal(NONCE, TEXT)

timed("x25519", lambda: last(core.x25519_steps(KEY, OTHER)))
timed("x25519_public", lambda: last(core.x25519_public_steps(KEY)))
timed("sign", lambda: last(core.ed25519_sign_steps(KEY, KEY)))
timed("verify", lambda: last(core.ed25519_verify_steps(public, KEY, signature)))
timed("seal", lambda: cipher.seal(NONCE, TEXT))
timed("open", lambda: cipher.open(NONCE, sealed))
timed("hkdf", lambda: core.hkdf_sha256(KEY, KEY, b"", 64))
runs = (
    core.x25519_steps(KEY, OTHER),
    core.x25519_public_steps(KEY),
    core.ed25519_sign_steps(KEY, KEY),
    core.ed25519_verify_steps(public, KEY, signature),
)
print(f"stretch={max([longest(steps) for steps in runs])}")

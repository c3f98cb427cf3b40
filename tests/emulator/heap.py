"""Runs on an emulated Pico: prints, as lines of name=bytes, the heap that is free and what parts of it hold."""

import gc
import sys

import machine

gc.threshold(8192)  # as a board's boot.py does (firmware/device/start/boot.py)


def tell(what, value):
    sys.stdout.write(f"{what}={value}\n")


def quiet(on):
    """Mask the USB interrupt, or let it come again: the emulated host makes so many that all takes thrice the time."""
    machine.mem32[0xE000E180 if on else 0xE000E100] = 1 << 5


def held():
    """Bytes of the heap that are in use."""
    gc.collect()
    return gc.mem_alloc()


def grown(what, *names):
    """Print what importing these modules adds."""
    before = held()
    for name in names:
        __import__(name)
    tell(what, held() - before)


grown("board", "device.main")
tell("free", gc.mem_free())
grown(
    "secure",
    *[f"uockam.{name}" for name in ("crypto", "secure.keys", "secure.channel", "secure.workers")],
    *[f"device.{name}" for name in ("channels", "vault", "entropy", "owners", "services.api")],
)
tell("backend_is_native", int(sys.modules["uockam.crypto"].backend == "viper"))


def handshake():
    """The most that either side holds for a handshake, seen at each of its pauses."""
    from uockam.crypto.steps import last
    from uockam.secure.channel import OPEN, RECEIVED, Channel
    from uockam.secure.keys import Keys
    from uockam.secure.noise import key_pair_steps
    from uockam.secure.peer import Rules
    from uockam.secure.store import MemoryStore

    def side(initiator):
        keys = Keys(MemoryStore())
        made = last(keys.create_steps(bytes((initiator + 1,)) * 32, None))
        party = last(keys.party_steps(made.identifier, lambda: bytes((initiator + 3,)) * 32, None))
        return Channel(initiator, party, last(key_pair_steps(bytes((initiator + 5,)) * 32)), Rules(keys.known))

    def fire(channel, event, value=None):
        nonlocal most
        before = held()
        steps = channel.fire_steps(event, value)
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                return stop.value[0]
            most = max(most, held() - before)

    most = 0
    initiator, responder = side(True), side(False)
    answer = fire(responder, RECEIVED, fire(initiator, OPEN).data)
    fire(responder, RECEIVED, fire(initiator, RECEIVED, answer.data).data)
    return most


quiet(True)
most = handshake()
quiet(False)
tell("handshake", most)

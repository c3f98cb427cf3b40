"""Runs on an emulated Pico: prints, as lines of name=bytes, the heap that is free and what parts of it hold."""

import asyncio
import gc
import sys

import machine

gc.threshold(8192)  # as a board's boot.py does (firmware/device/start/boot.py)


def quiet(on):
    """Mask the USB interrupt, or let it come again: the emulated host makes so many that all takes thrice the time."""
    machine.mem32[0xE000E180 if on else 0xE000E100] = 1 << 5


def tell(what, value):
    quiet(False)
    sys.stdout.write(f"{what}={value}\n")
    quiet(True)


def held():
    """Bytes of the heap that are in use."""
    gc.collect()
    return gc.mem_alloc()


async def listening(node):
    """Print what it takes to answer secure channels, and what a handshake has loaded beside that while it lasts."""
    from device import channels

    before = held()
    made = await channels.channels(node)
    sys.modules["uockam.secure.tools"].KEPT_MS = 1
    await made.listen("api")
    while made._spare is None:
        await asyncio.sleep(0)
    with_code = held()
    while "uockam.secure.noise" in sys.modules:
        await asyncio.sleep(0.1)
    tell("secure", held() - before)
    tell("code", with_code - held())
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


async def main():
    from device import identity
    from uockam import Node

    node = Node()
    identity.start(node)
    await identity.settled.wait()
    await listening(node)
    tell("handshake", handshake())
    quiet(False)


before = held()
__import__("device.main")
tell("board", held() - before)
tell("free", gc.mem_free())
asyncio.run(main())

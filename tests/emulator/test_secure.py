"""Secure channels of the firmware that was built here, on an emulated Pico: over its serial line, and in its heap."""

import os
import time

from uockam import api
from uockam.crypto.steps import last
from uockam.errors import DeliveryError
from uockam.secure.keys import Keys
from uockam.secure.policy import Only
from uockam.secure.store import MemoryStore
from uockam.secure.workers import SecureChannels
from uockam.services.manager import NODE_STATUS
from uockam_host.errors import HostError

from .conftest import plugged_in

WAIT_MS = 120_000  # an emulated board takes ten times as long as a real one, and its part is a second and a half


async def test_a_pico_makes_its_identity_and_says_hello_through_a_secure_channel(tmp_path):
    async with plugged_in(tmp_path) as rig:
        await rig.own()
        name = await identity_of(rig)
        mine = secured(rig.node)
        channel = await channel_to(rig, mine, name)
        assert await rig.node.ask((channel.address, "uppercase"), "hello", WAIT_MS) == "HELLO"


async def channel_to(rig, mine, name):
    """A channel to the board. The first tries make it load what it needs, and may be lost as in identity_of."""
    while True:
        try:
            return await mine.create("api", Only(name), timeout_ms=WAIT_MS)
        except DeliveryError:
            await rig.until(up=True)


async def identity_of(rig):
    """The identifier of the board, once it has made its identity.

    While it loads what it needs it is silent for longer, in the time of this computer, than a link bears.
    """
    while True:
        try:
            response = api.decode_response(await rig.board.manage(api.encode_request(1, api.GET, "node"), WAIT_MS))
        except HostError:
            await rig.until(up=True)
            continue
        identifier = NODE_STATUS.unpack(response.body)["identifier"]
        if identifier is not None:
            return identifier


def secured(node):
    """The secure channels of a node that has a new identity."""
    keys = Keys(MemoryStore())
    history = last(keys.create_steps(os.urandom(32), int(time.time())))
    return SecureChannels(node, keys, history.identifier)

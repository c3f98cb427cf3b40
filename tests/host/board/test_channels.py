"""Secure channels to a board: over its cable and over TCP, and what its owner may do through them."""

import asyncio
import os
import time
from contextlib import asynccontextmanager

import pytest

from uockam import Node, Tcp, api
from uockam.address import address
from uockam.crypto.steps import last
from uockam.errors import DeliveryError, Error, RemoteError
from uockam.secure.identity import identifier_text
from uockam.secure.keys import Keys
from uockam.secure.policy import Only
from uockam.secure.store import MemoryStore
from uockam.secure.workers import SecureChannels

from .conftest import cabled, config, free_address
from .test_identity import made


def secured(node):
    """The secure channels of a node that has a new identity."""
    keys = Keys(MemoryStore())
    history = last(keys.create_steps(os.urandom(32), int(time.time())))
    return SecureChannels(node, keys, history.identifier)


async def test_a_channel_over_the_cable_says_hello(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        name = await made(rig)
        mine = secured(rig.node)
        channel = await mine.create("api", Only(name))
        assert channel.peer.identifier == name
        assert await rig.node.ask((channel.address, "uppercase"), "hello") == "HELLO"

"""A secure channel to the firmware that was built here, on an emulated Pico: one handshake over its USB line."""

import asyncio

import pytest

from uockam_host.node import control
from uockam_host.node.info import NodeInfo

from .conftest import patiently, plugged_in, tool

PATIENCE = "300s"  # the board's part of a handshake is emulated, twenty times slower than it is and more


@pytest.fixture
def nodes(home):
    """The library of the commands, on an empty home; every process that a test leaves is ended."""
    yield control
    assert control.reset().failures == []


async def test_a_pico_from_its_box_answers_hello_through_a_secure_channel(nodes, tmp_path):
    """It makes its identity first, loads what channels need, and tests that it computes rightly on this chip."""
    async with plugged_in(tmp_path) as rig:
        made: NodeInfo = await patiently(lambda: asyncio.to_thread(nodes.create_node, "pico1", port=rig.pico.port))
        assert made.up
        to = "/node/pico1/secure/api/service/uppercase"
        assert await tool("uockam", "message", "send", "hello", "--to", to, "--timeout", PATIENCE) == "HELLO\n"

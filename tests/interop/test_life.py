"""Nodes that end and come back while the other kind of node is connected to them."""

import asyncio
from collections.abc import Iterator

import pytest

from uockam import Node, Tcp
from uockam.errors import ConnectionLost
from uockam.transport.reconnect import Reconnecting

from .programs import Program, address

pytestmark = pytest.mark.interop


@pytest.fixture
def r2(ockam: Program) -> Iterator[str]:
    """The route to a real node that the test may stop and start."""
    ockam.ok("node create r2")
    yield ockam.route("r2")
    ockam.ok("node delete r2 --yes")


@pytest.fixture
def n2(uockam: Program) -> Iterator[str]:
    """The same for a node of ours."""
    uockam.ok("node create n2")
    yield uockam.route("n2")
    uockam.ok("node delete n2")


def test_an_ask_ends_when_the_real_node_does(ockam: Program, r2: str) -> None:
    async def scenario() -> None:
        node = Node("asker")
        peer = (await Tcp(node).connect(address(r2))).address
        assert await node.ask((peer, "echo"), "hello") == "hello"
        asked = asyncio.create_task(node.ask_message((peer, "nobody"), "hello", timeout_ms=60_000))
        await asyncio.to_thread(ockam.ok, "node stop r2")
        with pytest.raises(ConnectionLost):
            await asked
        await node.stop()

    asyncio.run(scenario())


def test_a_supervised_connection_finds_a_real_node_again(ockam: Program, r2: str) -> None:
    async def scenario() -> None:
        node = Node("asker")
        connection = Reconnecting(node, Tcp(node), address(r2))
        connection.start()
        await connection.wait_up()
        assert await node.ask((connection.address, "echo"), "before") == "before"
        await asyncio.to_thread(ockam.ok, "node stop r2")
        with pytest.raises(ConnectionLost):
            await node.ask((connection.address, "echo"), "between")
        await asyncio.to_thread(ockam.ok, "node start r2")
        await connection.wait_up()
        assert await node.ask((connection.address, "echo"), "after") == "after"
        await node.stop()

    asyncio.run(scenario())


def test_the_real_command_finds_a_node_of_ours_again_at_the_same_route(
    ockam: Program, uockam: Program, n2: str
) -> None:
    assert ockam.reply("before", f"{n2}/service/echo") == "before"
    uockam.ok("node stop n2")
    assert ockam.send("between", f"{n2}/service/echo").code == 70
    uockam.ok("node start n2")
    assert ockam.reply("after", f"{n2}/service/echo") == "after"

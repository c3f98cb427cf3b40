"""A device at one gateway, its peer at another."""

import pytest

from uockam.services.uppercase import Uppercase
from uockam.secure.workers import SecureChannels

from .gateways import Gateway, Scaled, relay

pytestmark = pytest.mark.multi


async def test_a_message_reaches_a_device_by_another_gateway(three: list[Gateway], database: str) -> None:
    cloud = Scaled(three, database)
    try:
        owner, project = await cloud.begin()
        device = await cloud.member(owner, project, ockam_relay="dev1")
        await device.node.start_worker("uppercase", Uppercase())
        await device.secure.listen("api")
        client, _ = await relay(cloud, device, project, "dev1")
        await client.wait_up()
        peer = await cloud.member(owner, project)
        shown = await project.credential(peer)
        channel = await cloud.channel(peer, project, three[1], shown)
        assert await peer.node.ask((channel.address, "forward_to_dev1", "uppercase"), "hello") == "HELLO"
        inner = await peer.secure.create((channel.address, "forward_to_dev1", "api"), credentials=())
        assert inner.peer.identifier == device.identifier
        assert await peer.node.ask((inner.address, "uppercase"), "hello") == "HELLO"
    finally:
        await cloud.end()

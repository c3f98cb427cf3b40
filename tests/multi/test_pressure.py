"""A device that reads slowly, at another gateway than who sends to it."""

import asyncio

import pytest

from uockam.errors import Error
from uockam_host.cloud.windows import MARK_AFTER, MOST_OUT

from ..host.cloud.test_bridge import FILLING, LARGE_ONES, Slow
from .gateways import Device, Gateway, Peer, Scaled, until

pytestmark = pytest.mark.multi


async def slow(cloud: Scaled) -> tuple[Device, Slow]:
    """A device at the first gateway whose worker `slow` takes nothing before it is let."""
    device, worker = await cloud.device("dev1", first=0), Slow()
    await device.client.node.start_worker("slow", worker)
    await device.relay.wait_up()
    return device, worker


async def send(peer: Peer) -> None:
    """Send more than the sockets on the way take."""
    for number in range(LARGE_ONES):
        way = (peer.channel.address, "forward_to_dev1", "slow")
        await peer.client.node.send(way, number.to_bytes(4, "big") + FILLING)


async def test_who_sends_is_slowed_and_every_message_arrives_in_order(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        _, worker = await slow(cloud)
        peer, other = await cloud.peer(1), await cloud.device("dev2", first=0)
        await other.relay.wait_up()
        sending = asyncio.create_task(send(peer))
        assert await until(lambda: three[0].gauge("waiting")) <= MOST_OUT * MARK_AFTER
        assert await (await cloud.peer(1)).ask("dev2") == "HELLO"
        assert not sending.done()
        worker.go.set()
        await sending
        while len(worker.numbers) < LARGE_ONES:
            await asyncio.sleep(0.02)
        assert worker.numbers == list(range(LARGE_ONES))


async def test_who_is_slowed_goes_on_when_the_gateway_of_the_slow_device_is_killed(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        device, _ = await slow(cloud)
        peer = await cloud.peer(2)
        sending = asyncio.create_task(send(peer))
        await until(lambda: three[0].gauge("waiting"))
        three[0].kill()
        device.relay.close()
        await sending
        with pytest.raises(Error):
            await peer.ask("dev1")
        await device.keep_relay("dev1", first=1)
        await device.relay.wait_up()
        assert await until(lambda: peer.ask("dev1", timeout_ms=1000)) == "HELLO"

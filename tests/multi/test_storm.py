"""Hundreds of devices that lose their gateway in the same moment."""

from pathlib import Path

import psutil
import pytest

from ..lib.swarm import Simulated, Swarm, membership
from .gateways import Gateway, Scaled, until

pytestmark = pytest.mark.multi

DEVICES = 500


async def test_five_hundred_devices_come_back_at_once_by_the_other_gateways(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        project = cloud.default
        member = await membership(database, project.id, [gateway.route(project.route) for gateway in three])
        swarm = Swarm(member)
        try:
            await swarm.grow(DEVICES)
            assert await cloud.gauges("relays") == [DEVICES, 0, 0]
            steady = [psutil.Process(gateway.pid).memory_info().rss for gateway in three[1:]]
            three[0].kill()
            assert await until(lambda: cloud.gauges("relays"), lambda relays: sum(relays) == DEVICES)
            assert all(now <= 2 * before for now, before in zip(map(_most_memory, three[1:]), steady, strict=True))
            peer = Simulated(member, "peer")
            channel = await peer.enter(1)
            for device in swarm.devices[::10]:
                assert await peer.node.ask((channel.address, f"forward_to_{device.name}", "echo"), b"hello") == b"hello"
            await peer.node.stop()
        finally:
            await swarm.stop()


def _most_memory(gateway: Gateway) -> int:
    """Bytes that its process has had at most, as Linux counts them."""
    lines = Path(f"/proc/{gateway.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024

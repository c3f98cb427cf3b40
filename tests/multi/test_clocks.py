"""Gateways whose clocks jump while devices are connected, messages are kept, and members come and go."""

import asyncio
import random

import pytest

from uockam.errors import Error
from uockam.secure.credential import Issued

from .gateways import Client, Gateway, Peer, Scaled, until
from .test_faults import fetch, put

pytestmark = pytest.mark.multi

DAY_S = 86_400
JUMPS = (-2 * DAY_S, -3600, 3600, 2 * DAY_S, 300 * DAY_S)
SEED = 7
SOON_MS = 500  # what never comes is waited for no longer


async def gets_in(cloud: Scaled, member: Client, shown: Issued, gateway: Gateway) -> bool:
    """Whether the project answers who shows this there."""
    try:
        channel = await cloud.channel(member, shown, gateway)
        try:
            return await member.node.ask((channel.address, "echo"), b"hello", SOON_MS) == b"hello"
        finally:
            channel.close()
    except Error:
        return False


async def test_whatever_clocks_do_nobody_who_was_removed_gets_in_and_who_is_a_member_comes_back(
    timed: list[Gateway], database: str
) -> None:
    chance = random.Random(SEED)
    async with Scaled(timed, database) as cloud:
        devices = [await cloud.device(f"dev{number}", first=number) for number in range(3)]
        for device in devices:
            await device.relay.wait_up()
        removed, held = await cloud.join(ockam_relay="*")
        await cloud.remove(removed)
        receiver, shown = await cloud.join()
        acknowledged = []
        for step in range(6):
            jumping, right, _ = chance.sample(timed, 3)
            jump = chance.choice(JUMPS)
            jumping.set_clock(jump)
            assert await gets_in(cloud, receiver, shown, jumping) == (abs(jump) < DAY_S and jump > 0)
            if jump > DAY_S:
                await until(lambda: jumping.gauge("relays"), lambda relays: relays == 0)  # noqa: B023
            assert not await gets_in(cloud, removed, held, chance.choice(timed))
            cloud.by(right)
            sender, own = await cloud.join()
            sealed = step.to_bytes(4, "big")
            await put(Peer(sender, await cloud.channel(sender, own, right)), receiver.identifier, sealed)
            acknowledged.append(sealed)
            peer = Peer(sender, await cloud.channel(sender, own, right))
            for number in range(3):
                assert await until(lambda: peer.ask(f"dev{number}", timeout_ms=1000)) == "HELLO"  # noqa: B023
            jumping.set_clock(0)
        for gateway in timed:
            assert not await gets_in(cloud, removed, held, gateway)
            assert await until(lambda: gets_in(cloud, receiver, shown, gateway))  # noqa: B023
        assert await fetch(Peer(receiver, await cloud.channel(receiver, shown, timed[0]))) == acknowledged


async def test_a_message_that_a_gateway_with_a_wrong_clock_takes_waits_as_long_as_it_says(
    timed: list[Gateway], database: str
) -> None:
    async with Scaled(timed, database) as cloud:
        receiver, shown = await cloud.join()
        sender, own = await cloud.join()
        channels = [await cloud.channel(sender, own, gateway) for gateway in timed]
        timed[0].set_clock(-20 * DAY_S)
        timed[1].set_clock(3600)  # not so far that it takes the sender's credential for one that is over
        for at, channel in enumerate(channels):
            await put(Peer(sender, channel), receiver.identifier, b"%d" % at)
        assert await fetch(Peer(receiver, await cloud.channel(receiver, shown, timed[2]))) == [b"0", b"1", b"2"]


async def test_whose_credential_runs_out_is_cut_off_at_once_and_gets_in_nowhere_before_it_has_another(
    timed: list[Gateway], database: str
) -> None:
    async with Scaled(timed, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        channel = device.way.channel
        assert channel is not None
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        channel.on_lost = ended.set_result
        for gateway in timed:
            gateway.set_clock(DAY_S + 60)
        await ended
        assert not [gateway for gateway in timed if await gets_in(cloud, device.client, device.shown, gateway)]
        assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 0, 0])
        device.shown = await cloud.default.credential(device.client)
        for gateway in timed:
            assert await gets_in(cloud, device.client, device.shown, gateway)
        device.relay.close()
        await device.keep_relay("dev1", first=1)
        await device.relay.wait_up()

"""A device at one gateway, its peer at another."""

import asyncio

import pytest

from uockam import api
from uockam.errors import Error, RemoteError

from .gateways import Device, Gateway, Scaled, until

pytestmark = pytest.mark.multi


async def test_a_message_reaches_a_device_that_another_gateway_has(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        for gateway in range(3):
            assert await (await cloud.peer(gateway)).ask("dev1") == "HELLO"


async def test_a_channel_goes_end_to_end_through_two_gateways(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        peer = await cloud.peer(1)
        inner = await peer.inner("dev1")
        assert inner.peer.identifier == device.client.identifier
        for number in range(20):
            text = f"message {number}"
            assert await peer.client.node.ask((inner.address, "uppercase"), text) == text.upper()


async def test_who_asks_for_a_relay_that_nobody_has_is_told_at_once(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        peer = await cloud.peer(1)
        with pytest.raises(RemoteError, match="no worker at 'forward_to_nobody'"):
            await peer.ask("nobody")


async def test_a_relay_without_credential_leads_nowhere(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        stranger = cloud.client()
        channel = await stranger.channel(three[1].route(cloud.default.route))
        with pytest.raises(Error):
            await stranger.node.ask((channel.address, "forward_to_dev1", "uppercase"), "hello", 2000)


async def test_a_device_that_comes_by_another_gateway_takes_its_relay_along(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        peer = await cloud.peer(2)
        assert await peer.ask("dev1") == "HELLO"
        first = device.relay  # lives on, as far as its gateway knows
        await device.keep_relay("dev1", first=1)
        await device.relay.wait_up()
        first.close()
        assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 1, 0])
        assert await until(lambda: peer.ask("dev1", timeout_ms=1000)) == "HELLO"


async def test_another_identity_cannot_take_a_relay_by_another_gateway(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        rival = await cloud.device("dev1", first=1)
        await rival.relay.tried()
        assert "belongs to another identity" in rival.relay.reason
        rival.relay.close()
        assert await cloud.gauges("relays") == [1, 0, 0]


async def test_a_removed_member_is_cut_off_by_whichever_gateway_has_it(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=2)
        await device.relay.wait_up()
        channel = device.way.channel
        assert channel is not None
        await cloud.remove(device.client)
        assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 0, 0])
        assert not channel.open_now


async def test_what_a_member_has_become_counts_at_once_at_whichever_gateway_it_is(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=2)
        await device.relay.wait_up()
        channel = device.way.channel
        assert channel is not None
        body = {1: device.client.identifier, 2: {"ockam-relay": "dev2"}}
        assert await cloud.owner.ask("direct_authenticator", api.POST, "/", body, at=cloud.default.authority) == (
            200,
            None,
        )
        assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 0, 0])
        assert not channel.open_now
        again = Device(cloud, device.client, device.shown)  # with the credential that says something else
        await again.keep_relay("dev2", first=1)
        await again.relay.wait_up()
        assert await cloud.gauges("relays") == [0, 1, 0]


async def test_a_token_for_one_use_that_two_use_at_once_is_granted_once(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        routes = [gateway.route(cloud.default.authority) for gateway in three]
        for _ in range(10):
            status, code = await cloud.owner.ask("enrollment_token_issuer", api.POST, "/", {1: {}}, at=routes[0])
            assert status == 200, code
            found = await asyncio.gather(
                *(cloud.client().ask("enrollment_token_acceptor", api.POST, "/", code, at=route) for route in routes)
            )
            assert sorted(status for status, _ in found) == [200, 403, 403]

"""One project at two gateways, of one process and with one bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam import Worker, multiaddr
from uockam.address import address
from uockam.errors import Error, ProtocolError, RemoteError
from uockam.flow import Flow
from uockam.message import Message
from uockam.secure.policy import Only
from uockam.secure.session import SecureChannel
from uockam.services.relay_client import Along, RelayClient
from uockam.services.uppercase import Uppercase
from uockam_host.cloud import envelope, orchestrator
from uockam_host.cloud.bus import LocalBus
from uockam_host.cloud.windows import MARK_AFTER, MOST_OUT

from .conftest import Client, Cloud, Project, serving

SOON_MS = 1000  # what never comes is waited for no longer
FILLING = bytes(64 * 1024)
LARGE_ONES = 1000  # more than sockets take in before somebody reads


class Two:
    """Two gateways, a project, and its administrator."""

    def __init__(self, gateways: "tuple[Cloud, Cloud]", owner: Client, project: Project) -> None:
        self.owner = owner
        self.project = project
        self._gateways = gateways

    async def enter(self, gateway: int, **attributes: str) -> "tuple[Client, SecureChannel]":
        """A new member, with a channel to the project by this gateway."""
        member = await self._gateways[0].member(self.owner, self.project, **attributes)
        return member, await self.channel(member, gateway)

    async def channel(self, member: Client, gateway: int) -> SecureChannel:
        """A channel of a member with the project by this gateway."""
        shown = await self.project.credential(member)
        start = self._gateways[gateway].status.route.partition("/service/")[0]
        route = f"{start}/service/{self.project.route.partition('/service/')[2]}"
        hops = multiaddr.to_route(multiaddr.parse(route))
        return await member.secure.create(hops, policy=Only(self.project.identifier), credentials=(shown,))

    async def waiting(self, gateway: int) -> int:
        """How many messages of the other gateway wait at this one."""
        place = f"http://{self._gateways[gateway].status.monitor}/metrics"
        async with httpx2.AsyncClient() as client:
            lines = (await client.get(place)).text.splitlines()
        return int(float(next(line for line in lines if line.startswith("uockam_waiting ")).split()[1]))

    async def relay(self, gateway: int, name: str) -> "tuple[Client, RelayClient]":
        """A new member with a relay by this gateway, after its first try."""
        member, channel = await self.enter(gateway, ockam_relay=name)
        await member.node.start_worker("uppercase", Uppercase())
        await member.secure.listen("api")
        relay = RelayClient(member.node, name, Along(channel.address))
        await relay.start()
        await relay.tried()
        return member, relay


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two gateways, to be entered."""
    first = LocalBus()
    buses = iter((first, LocalBus(first)))

    async def next_bus(url: str) -> LocalBus:
        return next(buses)

    @asynccontextmanager
    async def run() -> AsyncIterator[Two]:
        file = tmp_path / "orchestrator.sqlite3"
        monkeypatch.setattr(orchestrator, "open_bus", next_bus)
        async with serving(file) as one, serving(file) as other:
            owner = await one.person()
            yield Two((one, other), owner, await one.project(owner))

    return run()


async def test_a_message_and_a_channel_reach_a_device_at_the_other_gateway(two):
    async with two as cloud:
        device, _ = await cloud.relay(0, "pico1")
        peer, channel = await cloud.enter(1)
        assert await peer.node.ask((channel.address, "forward_to_pico1", "uppercase"), "hello") == "HELLO"
        inner = await peer.secure.create((channel.address, "forward_to_pico1", "api"), credentials=())
        assert inner.peer.identifier == device.identifier
        assert await peer.node.ask((inner.address, "uppercase"), "hello") == "HELLO"


async def test_a_relay_that_no_gateway_has_is_an_error_at_once(two):
    async with two as cloud:
        peer, channel = await cloud.enter(1)
        for _ in range(2):
            with pytest.raises(RemoteError, match="no worker at 'forward_to_pico1'"):
                await peer.node.ask((channel.address, "forward_to_pico1", "uppercase"), "hello")


async def test_nothing_but_relays_is_reached_by_way_of_another_gateway(two):
    async with two as cloud:
        device, _ = await cloud.relay(0, "pico1")
        await device.node.start_worker("only_here", Uppercase())
        peer, channel = await cloud.enter(1)
        with pytest.raises(RemoteError, match="no worker at 'only_here'"):
            await peer.node.ask((channel.address, "only_here"), "hello")


async def test_who_was_not_asked_cannot_send_to_a_channel_of_the_other_gateway(two):
    async with two as cloud:
        await cloud.relay(0, "pico1")
        peer, channel = await cloud.enter(1)
        await peer.node.ask((channel.address, "forward_to_pico1", "uppercase"), "hello")
        inner = await peer.secure.create((channel.address, "forward_to_pico1", "api"), credentials=())
        stranger, way = await cloud.enter(1)
        known = inner.route[1]  # the device's channel, which the answer went through
        with pytest.raises(Error):
            await stranger.node.ask((way.address, known, "uppercase"), "hello", SOON_MS)
        assert await peer.node.ask((inner.address, "uppercase"), "hello") == "HELLO"


async def test_a_name_leads_to_the_gateway_where_its_identity_came_last(two):
    async with two as cloud:
        first, channel = await cloud.enter(0, ockam_relay="pico1")
        await first.node.start_worker("uppercase", Uppercase())
        relay = RelayClient(first.node, "pico1", Along(channel.address))
        await relay.start()
        await relay.wait_up()
        peer, way = await cloud.enter(0)
        assert await peer.node.ask((way.address, "forward_to_pico1", "uppercase"), "hello") == "HELLO"
        moved = await cloud.channel(first, 1)
        again = RelayClient(first.node, "pico1", Along(moved.address))
        await again.start()
        await again.wait_up()
        relay.close()
        channel.close()
        assert await peer.node.ask((way.address, "forward_to_pico1", "uppercase"), "hello") == "HELLO"


async def test_a_name_that_another_identity_has_at_the_other_gateway_is_refused(two):
    async with two as cloud:
        await cloud.relay(0, "pico1")
        _, rival = await cloud.relay(1, "pico1")
        assert "belongs to another identity" in rival.reason
        rival.close()


class Slow(Worker):
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.numbers: list[int] = []

    async def handle_message(self, context, message: Message) -> None:
        await self.go.wait()
        self.numbers.append(int.from_bytes(message.payload[:4], "big"))


async def test_who_sends_to_a_slow_device_at_the_other_gateway_waits_for_it_and_nothing_is_lost(two):
    async with two as cloud:
        device, _ = await cloud.relay(0, "pico1")
        await cloud.relay(0, "pico2")
        slow = Slow()
        await device.node.start_worker("slow", slow)
        peer, channel = await cloud.enter(1)
        sent = 0

        async def send() -> None:
            nonlocal sent
            for number in range(LARGE_ONES):
                await peer.node.send((channel.address, "forward_to_pico1", "slow"), number.to_bytes(4, "big") + FILLING)
                sent += 1

        sending = asyncio.create_task(send())
        while not await cloud.waiting(0):
            assert not sending.done()
            await asyncio.sleep(0.01)
        other, way = await cloud.enter(1)
        assert await other.node.ask((way.address, "forward_to_pico2", "uppercase"), "hello") == "HELLO"
        assert await cloud.waiting(0) <= MOST_OUT * MARK_AFTER
        assert sent < LARGE_ONES
        slow.go.set()
        await sending
        while len(slow.numbers) < LARGE_ONES:
            await asyncio.sleep(0.01)
        assert slow.numbers == list(range(LARGE_ONES))
        assert await cloud.waiting(0) == 0


async def test_who_waits_for_a_slow_device_is_told_when_that_is_gone(two):
    async with two as cloud:
        device, _ = await cloud.relay(0, "pico1")
        await device.node.start_worker("slow", Slow())
        peer, channel = await cloud.enter(1)

        async def send() -> None:
            for _ in range(LARGE_ONES):
                await peer.node.send((channel.address, "forward_to_pico1", "slow"), FILLING)

        sending = asyncio.create_task(send())
        while not await cloud.waiting(0):
            await asyncio.sleep(0.01)
        await device.node.stop()
        await sending  # nobody waits for ever
        with pytest.raises(RemoteError, match="no worker at 'forward_to_pico1'"):
            await peer.node.ask((channel.address, "forward_to_pico1", "uppercase"), "hello")


def test_a_message_keeps_what_is_proven_of_its_sender():
    flow = Flow(serves=True)
    flow.prove(b"i" * 32, {"role": "member"}, False)
    message = Message((address("a"), address("b")), (address("c"),), b"payload", None, flow)
    found = envelope.decode(envelope.encode(envelope.RELAY, "gateway", message))
    assert (found.kind, found.gateway, found.proven) == (envelope.RELAY, "gateway", (b"i" * 32, {"role": "member"}))
    assert found.message == message._replace(origin=None)


@given(st.binary(max_size=200))
def test_what_is_no_message_of_a_gateway_is_refused(data: bytes) -> None:
    message = Message((address("a"),), (address("c"),), b"payload", None, None)
    sealed = envelope.encode(envelope.CHANNEL, "gateway", message)
    mark = envelope.encode_mark(envelope.MARK, "g", 1, b"a")
    for good in (sealed, envelope.encode_gone("g", b"a"), envelope.encode_ping("g"), mark):
        for bad in (data, good[: len(data) % len(good)], good[: len(data) % len(good)] + data):
            try:
                found = envelope.decode(bad)
            except ProtocolError:
                continue
            without = (envelope.GONE, envelope.PING, envelope.MARK, envelope.BACK)
            assert found.message.onward_route or found.kind in without

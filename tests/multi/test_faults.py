"""What is killed while there is traffic."""

import asyncio
import os
import secrets
import signal
from typing import Any

import pytest

from uockam import api
from uockam.errors import Error
from uockam.services.mailbox import EXCHANGE, MAIL, PUT

from .gateways import Gateway, Peer, Scaled, until
from .servers import Postgres, Server

pytestmark = pytest.mark.multi

SENT_AROUND_A_KILL = (
    60  # messages of a sender, three times; more than go out before the kill, fewer than a mailbox takes
)


async def test_a_device_whose_gateway_is_killed_comes_back_by_another(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        peer = await cloud.peer(2)
        assert await peer.ask("dev1") == "HELLO"
        three[0].kill()
        assert await until(lambda: peer.ask("dev1", timeout_ms=1000)) == "HELLO"
        assert device.way.gateway is three[1]
        assert await cloud.gauges("relays") == [1, 0]


async def test_the_gateway_of_a_peer_is_killed_and_the_device_serves_others(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        doomed, other = await cloud.peer(2), await cloud.peer(1)
        await doomed.inner("dev1")
        inner = await other.inner("dev1")
        three[2].kill()
        assert await other.client.node.ask((inner.address, "uppercase"), "hello") == "HELLO"
        three[2].start()
        assert await (await cloud.peer(2)).ask("dev1") == "HELLO"


async def test_the_relay_of_a_gateway_that_hangs_goes_to_another_one(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        peer = await cloud.peer(2)
        assert await peer.ask("dev1") == "HELLO"
        former = device.relay
        os.kill(three[0].pid, signal.SIGSTOP)
        try:
            await device.keep_relay("dev1", first=1)
            await device.relay.wait_up()
            assert await until(lambda: peer.ask("dev1", timeout_ms=1000)) == "HELLO"
        finally:
            os.kill(three[0].pid, signal.SIGCONT)
        assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 1, 0])
        former.close()
        assert await peer.ask("dev1") == "HELLO"


async def test_while_the_broker_is_gone_each_gateway_serves_its_own(
    three: list[Gateway], database: str, nats: Server
) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        near, far = await cloud.peer(0), await cloud.peer(1)
        inner = await far.inner("dev1")
        assert await far.client.node.ask((inner.address, "uppercase"), "hello") == "HELLO"
        nats.kill()
        try:
            assert await near.ask("dev1") == "HELLO"
            late = await cloud.device("dev2", first=1)
            await late.relay.wait_up()
            assert await far.ask("dev2") == "HELLO"
        finally:
            nats.start()
        assert await until(lambda: far.ask("dev1", timeout_ms=1000)) == "HELLO"
        assert await until(lambda: near.ask("dev2", timeout_ms=1000)) == "HELLO"
        assert await until(lambda: far.client.node.ask((inner.address, "uppercase"), "hi", 1000)) == "HI"


async def test_of_two_relays_that_one_identity_got_without_the_broker_the_newer_stays_and_the_other_hears_of_it(
    three: list[Gateway], database: str, nats: Server
) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        former, channel = device.relay, device.way.channel
        assert channel is not None
        nats.kill()
        try:
            await device.keep_relay("dev1", first=1)
            await device.relay.wait_up()
            assert await cloud.gauges("relays") == [1, 1, 0]
        finally:
            nats.start()
        assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 1, 0])
        assert not channel.open_now
        former.close()


async def test_who_is_removed_while_the_broker_is_gone_is_cut_off_all_the_same(
    three: list[Gateway], database: str, nats: Server
) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=2)
        await device.relay.wait_up()
        nats.kill()
        try:
            path = f"I{device.client.identifier.hex()}"
            assert await cloud.owner.ask("direct_authenticator", api.DELETE, path, at=cloud.default.authority) == (
                200,
                None,
            )
            assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 0, 0])
        finally:
            nats.start()


async def test_messages_go_on_while_the_database_starts_again(
    three: list[Gateway], database: str, postgres: Postgres
) -> None:
    async with Scaled(three, database) as cloud:
        device = await cloud.device("dev1", first=0)
        await device.relay.wait_up()
        peer = await cloud.peer(1)
        postgres.kill()
        try:
            assert await peer.ask("dev1") == "HELLO"
        finally:
            postgres.start()
        assert (await until(lambda: cloud.join()))[1] is not None


async def test_another_process_is_the_controller_when_one_is_killed(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        three[0].kill()
        projects = await cloud.owner.get("projects", "v0", at=three[1].status.route)
        assert [project[1] for project in projects] == [cloud.default.id]
        member = cloud.client()
        body = {1: member.identifier, 2: {}}
        authority = three[2].route(cloud.default.authority)
        assert await cloud.owner.ask("direct_authenticator", api.POST, "/", body, at=authority) == (200, None)
        assert (await member.ask("credential_issuer", api.POST, "/", at=three[1].route(cloud.default.authority)))[
            0
        ] == 200


@pytest.mark.parametrize("killed", ["database", "broker", "gateway"])
async def test_no_acknowledged_message_is_lost(
    three: list[Gateway], database: str, postgres: Postgres, nats: Server, killed: str
) -> None:
    async with Scaled(three, database) as cloud:
        receiver, shown = await cloud.join()
        senders = [await cloud.peer(gateway) for gateway in (0, 0, 1)]
        acknowledged: list[list[bytes]] = [[] for _ in senders]
        allowed = [asyncio.Semaphore(0) for _ in senders]
        sending = [
            asyncio.create_task(_send(sender, receiver.identifier, *each))
            for sender, *each in zip(senders, allowed, acknowledged, strict=True)
        ]
        for _ in range(3):
            await _more(allowed, acknowledged)
            if killed == "gateway":
                three[2].kill()
                await asyncio.to_thread(three[2].start)
            else:
                server = postgres if killed == "database" else nats
                server.kill()
                await asyncio.to_thread(server.start)
        for task in sending:
            task.cancel()
        found = await fetch(Peer(receiver, await cloud.channel(receiver, shown, three[2])))
        for sender, kept in zip(senders, acknowledged, strict=True):
            mine = [sealed for sealed in found if sealed.startswith(sender.client.identifier)]
            assert [sealed for sealed in mine if sealed in kept] == kept  # all of them, in the order of sending


async def _more(allowed: list[asyncio.Semaphore], acknowledged: list[list[bytes]]) -> None:
    """Let each sender go on; returns when it has begun to."""
    for each in allowed:
        for _ in range(SENT_AROUND_A_KILL):
            each.release()
    enough = [len(kept) + 5 for kept in acknowledged]
    while any(len(kept) < least for kept, least in zip(acknowledged, enough, strict=True)):
        await asyncio.sleep(0.02)


async def _send(sender: Peer, receiver: bytes, allowed: asyncio.Semaphore, kept: list[bytes]) -> None:
    """As many messages as are allowed, each until it is acknowledged."""
    while True:
        await allowed.acquire()
        sealed = sender.client.identifier + len(kept).to_bytes(4, "big")
        await put(sender, receiver, sealed)
        kept.append(sealed)


async def put(sender: Peer, receiver: bytes, sealed: bytes) -> None:
    """Have a message kept, however often that has to be tried."""
    body = PUT.pack(receiver=receiver, id=secrets.token_bytes(16), ttl_s=3600, sealed=sealed)
    await until(lambda: _ask(sender, "messages", body))


async def fetch(receiver: Peer) -> list[bytes]:
    """All that waits for a member."""
    found: list[bytes] = []
    after = 0
    while True:
        answer = MAIL.unpack(await _ask(receiver, "exchange", EXCHANGE.pack(after=after, room=1 << 20, digest=b"")))
        if not answer["messages"]:
            return found
        found += [sealed for _, sealed in answer["messages"]]
        after = answer["messages"][-1][0]


async def _ask(peer: Peer, path: str, body: Any) -> Any:
    """The body of an answer of the mailbox; what is refused because of a fault raises Error."""
    request = api.encode_request(1, api.POST, path, body)
    answer = api.decode_response(bytes(await peer.client.node.ask((peer.channel.address, "mailbox"), request, 5000)))
    if answer.status == api.INTERNAL:
        raise Error(str(answer.body))
    assert answer.status == 200, answer.body
    return answer.body

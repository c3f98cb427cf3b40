"""Messages that wait: put at one gateway, fetched at another, in order, whatever is killed."""

import asyncio
from typing import Any

import pytest

from uockam import Message, Worker
from uockam.access import Identities
from uockam_host.cloud.services.membership import ANY_RELAY

from ..host.cloud.conftest import Project
from ..host.cloud.test_mailbox import NAME, Away, devices, keep, number
from .gateways import Gateway, Scaled

pytestmark = pytest.mark.multi


class News(Worker):
    """Notes that mail has come."""

    def __init__(self) -> None:
        self.come = asyncio.Event()

    async def handle_message(self, context: Any, message: Message) -> None:
        self.come.set()


def by(cloud: Scaled, gateway: Gateway) -> Project:
    """The project, by way of this gateway."""
    values = cloud.default.values
    return Project({**values, "access_route": gateway.route(values["access_route"])})


async def away(cloud: Scaled, gateway: Gateway) -> Away:
    """A member that has left its card."""
    member, _ = await cloud.join(ockam_relay=NAME)
    one = Away(by(cloud, gateway), member, NAME)
    await one.start()
    await one.visit()
    return one


async def test_what_one_gateway_took_another_one_gives_in_order(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        pico1 = await away(cloud, three[0])
        sender, _ = await cloud.join()
        for at in range(12):
            assert (await keep(sender, by(cloud, three[at % 3]), NAME, b"%d" % at, number(at)))[0] == 200
        three[0].kill()
        pico1.project = by(cloud, three[2])
        pico1.project.authority = three[2].route(cloud.default.authority)
        assert (await pico1.visit()).delivered == 12
        assert pico1.worker.payloads == [b"%d" % at for at in range(12)]


async def test_a_member_at_another_gateway_is_told_and_is_shown_to_be_there(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        pico1, news = await away(cloud, three[0]), News()
        await pico1.client.node.start_worker("mail", news, access=Identities(cloud.default.identifier))
        channel = await by(cloud, three[1]).channel(pico1.client)
        await keep(cloud.owner, by(cloud, three[2]), NAME, b"on", number(1))
        await news.come.wait()
        found = {one["identifier"]: one for one in await devices(cloud.owner, by(cloud, three[2]))}
        device = found[pico1.client.identifier]
        assert (device["online"], device["gateway"], device["waiting"]) == (True, three[1].status.listen, 1)
        assert found[cloud.owner.identifier]["gateway"] == three[2].status.listen
        channel.close()


async def test_many_put_at_once_by_all_gateways_get_numbers_without_gaps(three: list[Gateway], database: str) -> None:
    async with Scaled(three, database) as cloud:
        pico1 = await away(cloud, three[0])
        members = [(await cloud.join(ockam_relay=ANY_RELAY))[0] for _ in range(3)]

        async def put(at: int) -> int:
            status, body = await keep(members[at % 3], by(cloud, three[at % 3]), NAME, b"%d" % at, number(at))
            assert status == 200, body
            return int(body[1])

        assert sorted(await asyncio.gather(*map(put, range(15)))) == list(range(1, 16))
        assert (await pico1.visit()).delivered == 15

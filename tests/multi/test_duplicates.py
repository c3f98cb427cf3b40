"""Two devices with one identity, as from a copy of a vault: the one that came last has the relay and the mailbox."""

import pytest

from uockam.worker import Context, Worker

from ..host.cloud.test_mailbox_share import exchange
from .gateways import Device, Gateway, Peer, Scaled, until
from .test_faults import put

pytestmark = pytest.mark.multi

MESSAGES = 60


class Counting(Worker):
    """Keeps what comes, and says whose it is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.texts: list[str] = []

    async def handle_message(self, context: Context, message) -> None:
        self.texts.append(message.text)
        await context.reply(message, self.name)


async def counting(device: Device, name: str) -> Counting:
    worker = Counting(name)
    await device.client.node.start_worker("counting", worker)
    return worker


async def ask(peer: Peer, number: int) -> str:
    """Who answers a message."""
    way = (peer.channel.address, "forward_to_dev1", "counting")
    return str(await peer.client.node.ask(way, f"{number}", 2000))


@pytest.mark.parametrize("second", [0, 1], ids=["same gateway", "another gateway"])
async def test_the_newer_one_has_the_relay_and_every_answered_message_went_to_one_of_them(
    three: list[Gateway], database: str, second: int
) -> None:
    async with Scaled(three, database) as cloud:
        first = await cloud.device("dev1", first=0)
        await first.relay.wait_up()
        twin = await first.twin()
        workers = [await counting(first, "first"), await counting(twin, "twin")]
        peer = await cloud.peer(2)
        answers = {}
        for number in range(MESSAGES):
            if number == MESSAGES // 2:
                await twin.keep_relay("dev1", first=second)
                await twin.relay.wait_up()
                assert await until(lambda: ask(peer, -1)) == "twin"
            answers[f"{number}"] = await ask(peer, number)
        assert set(answers.values()) == {"first", "twin"}
        assert [answers[f"{number}"] for number in range(MESSAGES // 2, MESSAGES)] == ["twin"] * (MESSAGES // 2)
        for worker in workers:
            mine = [text for text in worker.texts if text != "-1"]
            assert mine == [number for number, name in answers.items() if name == worker.name]
        assert sum(await cloud.gauges("relays")) == 1
        assert first.relay.reason == ""  # the older connection stays, and nothing comes through it
        twin.relay.close()
        first.relay.close()


async def test_what_both_have_fetched_is_acknowledged_by_the_one_that_fetched_last(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        first = await cloud.device("dev1", first=0)
        twin = await first.twin()
        older = await cloud.channel(first.client, first.shown, three[0])
        newer = await cloud.channel(twin.client, twin.shown, three[1])
        sender = await cloud.peer(2)
        for number in range(3):
            await put(sender, first.client.identifier, b"%d" % number)
        assert await exchange(first.client, older, 0) == (200, [1, 2, 3])
        assert await exchange(twin.client, newer, 0) == (200, [1, 2, 3])
        status, reason = await exchange(first.client, older, 3)
        assert (status, "given to another connection" in reason) == (409, True)
        assert await exchange(twin.client, newer, 3) == (200, [])
        assert await exchange(first.client, older, 0) == (200, [])
        first.relay.close()

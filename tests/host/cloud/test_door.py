"""Doors between nodes of one process."""

import asyncio

import pytest

from uockam.errors import AddressInUse, ConnectionLost, Error, NoSuchAddress, RemoteError
from uockam.flow import Flow
from uockam.message import Message
from uockam.node import Node
from uockam.services.echo import Echo
from uockam.transport.connection import Connection
from uockam.transport.memory import pair
from uockam.worker import Context, Worker
from uockam_host.cloud.door import Door


class House:
    """A stranger with a connection to the outer node, behind whose door is the inner one."""

    def __init__(self) -> None:
        self.stranger, self.outer, self.inner = Node(), Node(), Node()
        mine, theirs = pair(self.stranger, self.outer)
        self.way = Connection(self.stranger, mine, Flow())
        self.incoming = Connection(self.outer, theirs, Flow(serves=True))
        self.way.open()
        self.incoming.open()
        self.door = Door(self.outer, "in", self.inner)
        self.door.open()


class Seen(Worker):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def handle_message(self, context: Context, message: Message) -> None:
        self.messages.append(message)
        await context.reply(message, b"")


async def test_a_message_gets_in_and_its_answer_out_with_the_door_on_its_way_back():
    house = House()
    await house.inner.start_worker("echo", Echo())
    answer = await house.stranger.ask_message((house.way.address, "in", "echo"), b"hello")
    assert answer.payload == b"hello"
    assert [hop.value for hop in answer.return_route[1:]] == [b"in", b"echo"]


async def test_a_door_behind_a_door_leads_on():
    house = House()
    innermost = Node()
    Door(house.inner, "further", innermost).open()
    await innermost.start_worker("echo", Echo())
    answer = await house.stranger.ask_message((house.way.address, "in", "further", "echo"), b"hello")
    assert [hop.value for hop in answer.return_route[1:]] == [b"in", b"further", b"echo"]


async def test_what_was_proven_outside_counts_for_nothing_inside():
    house = House()
    seen = Seen()
    await house.inner.start_worker("seen", seen)
    house.incoming.flow.identifier = bytes(32)
    house.incoming.flow.attributes = {"project": "x"}
    await house.stranger.ask((house.way.address, "in", "seen"), b"")
    (message,) = seen.messages
    assert (message.identifier, message.attributes) == (None, {})


async def test_an_ask_fails_when_the_connection_behind_the_door_is_lost():
    house = House()
    seen = Seen()
    await house.inner.start_worker("seen", seen)
    await house.stranger.ask((house.way.address, "in", "seen"), b"")
    back = seen.messages[0].return_route
    asking = asyncio.ensure_future(house.inner.ask((*back[:1], "nobody"), b"?", 60_000))
    await asyncio.sleep(0)
    house.incoming.close()
    with pytest.raises(ConnectionLost):
        await asking
    with pytest.raises(NoSuchAddress):
        await house.inner.ask(back, b"?")


async def test_a_worker_whose_name_is_no_way_back_is_not_answered_through_the_door():
    house = House()

    class Sender(Worker):
        async def handle_message(self, context: Context, message: Message) -> None:
            await context.send(("in", "echo"), b"hello")

    await house.inner.start_worker("echo", Echo())
    await house.outer.start_worker("sender", Sender())
    with pytest.raises(Error, match="nobody can be answered"):
        await house.stranger.ask((house.way.address, "sender"), b"")


async def test_a_closed_door_lets_nothing_through_and_leaves_nothing_behind():
    house = House()
    await house.inner.start_worker("echo", Echo())
    await house.stranger.ask((house.way.address, "in", "echo"), b"hello")
    house.door.close()
    with pytest.raises(RemoteError, match="no worker at 'in'"):
        await house.stranger.ask((house.way.address, "in", "echo"), b"hello")
    assert [hop.value for hop in house.inner.workers()] == [b"echo"]
    house.door.open()
    assert await house.stranger.ask((house.way.address, "in", "echo"), b"hello") == b"hello"


async def test_a_door_needs_an_address_of_its_own():
    house = House()
    with pytest.raises(AddressInUse):
        Door(house.outer, "in", house.inner).open()


async def test_a_message_for_the_door_itself_is_refused():
    house = House()
    with pytest.raises(NoSuchAddress, match="ends at"):
        await house.outer.ask("in", b"")


async def test_who_is_slow_behind_the_door_holds_up_who_sends_and_loses_nothing():
    house = House()

    class Slow(Worker):
        def __init__(self) -> None:
            self.got: list[bytes] = []
            self.go = asyncio.Event()

        async def handle_message(self, context: Context, message: Message) -> None:
            await self.go.wait()
            self.got.append(message.payload)
            if len(self.got) == 500:
                done.set()

    slow, done = Slow(), asyncio.Event()
    await house.inner.start_worker("slow", slow)
    for number in range(500):
        await house.stranger.send((house.way.address, "in", "slow"), str(number).encode())
    slow.go.set()
    await done.wait()
    assert slow.got == [str(number).encode() for number in range(500)]

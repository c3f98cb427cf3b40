"""Messages of other gateways in front of a worker that is slow."""

import asyncio

from uockam import Message, Worker
from uockam.address import address
from uockam.message import WANTS_ERRORS, error_of
from uockam.node import Node
from uockam.port import MAILBOX_LIMIT
from uockam_host.cloud import queues
from uockam_host.cloud.queues import Mark, Queues


class Slow(Worker):
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.payloads: list[bytes] = []

    async def handle_message(self, context, message: Message) -> None:
        await self.go.wait()
        self.payloads.append(message.payload)


class Told(Worker):
    """Keeps why messages did not arrive."""

    def __init__(self) -> None:
        self.reasons: list[str | None] = []

    async def handle_message(self, context, message: Message) -> None:
        self.reasons.append(error_of(message))


def numbered(number: int, to: str = "slow") -> Message:
    return Message((address(to),), (address("told"),), b"%d" % number, WANTS_ERRORS, None)


async def test_what_waits_is_delivered_in_order_and_marks_return_when_their_time_has_come():
    node, slow, told = Node(), Slow(), Told()
    returned: list[Mark] = []
    these = Queues(node, returned.append)
    await node.start_worker("slow", slow)
    await node.start_worker("told", told)
    most = MAILBOX_LIMIT + 10
    these.mark(Mark("g", 1, b"slow"))
    for number in range(most):
        these.deliver(numbered(number))
    assert (these.waiting(), len(returned)) == (most - MAILBOX_LIMIT - 1, 1)
    these.mark(Mark("g", 2, b"slow"))
    these.mark(Mark("g", 1, b"nobody"))
    assert returned == [Mark("g", 1, b"slow"), Mark("g", 1, b"nobody")]
    slow.go.set()
    while len(slow.payloads) < most or len(returned) < 3:
        await asyncio.sleep(0)
    assert slow.payloads == [b"%d" % number for number in range(most)]
    assert (these.waiting(), told.reasons) == (0, [])
    await node.stop()


async def test_a_message_too_many_is_refused_and_its_sender_told(monkeypatch):
    monkeypatch.setattr(queues, "_MOST", 3)
    node, slow, told = Node(), Slow(), Told()
    these = Queues(node, lambda mark: None)
    await node.start_worker("slow", slow)
    await node.start_worker("told", told)
    for number in range(MAILBOX_LIMIT + 1 + 3 + 2):
        these.deliver(numbered(number))
    while len(told.reasons) < 2:
        await asyncio.sleep(0)
    assert told.reasons == ["too many messages wait there"] * 2
    slow.go.set()
    while len(slow.payloads) < MAILBOX_LIMIT + 1 + 3:
        await asyncio.sleep(0)
    await node.stop()


async def test_who_waits_for_a_worker_that_is_stopped_is_told_each_for_itself():
    node, slow, told = Node(), Slow(), Told()
    returned: list[Mark] = []
    these = Queues(node, returned.append)
    await node.start_worker("slow", slow)
    await node.start_worker("told", told)
    for number in range(MAILBOX_LIMIT + 1 + 3):
        these.deliver(numbered(number))
    these.mark(Mark("g", 1, b"slow"))
    stopping = asyncio.create_task(node.stop_worker("slow"))
    while len(told.reasons) < MAILBOX_LIMIT + 3 or not returned:
        await asyncio.sleep(0)
    assert set(told.reasons) == {"the worker 'slow' was stopped"}
    slow.go.set()
    await stopping
    assert these.waiting() == 0
    await node.stop()

"""Messages for members that are away: kept, delivered in order, once, and unread on the way."""

import time
from contextlib import AbstractAsyncContextManager
from typing import Any

from uockam import Worker, multiaddr
from uockam.crypto.steps import last
from uockam.message import Message, local
from uockam.route import route
from uockam.secure.oneway import card_steps, seal_steps
from uockam.secure.policy import Only
from uockam.services.mailbox import CARD, PUT
from uockam.services.mailbox_client import MailboxClient, Visit
from uockam_host.cloud.identities import fresh

from .conftest import POST, Client, Cloud, Project

Running = AbstractAsyncContextManager[Cloud]


class Recorder(Worker):
    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def handle_message(self, context: Any, message: Message) -> None:
        self.messages.append(message)
        if message.return_route:
            await context.reply(message, message.payload.upper())

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]


class Away:
    """A member that comes now and then."""

    def __init__(self, project: Project, client: Client, name: str = "") -> None:
        self.project = project
        self.client = client
        self.name = name
        self.worker = Recorder()

    async def start(self) -> None:
        await self.client.node.start_worker("led", self.worker)

    async def visit(self) -> Visit:
        shown = await self.project.credential(self.client)
        hops = multiaddr.to_route(multiaddr.parse(self.project.route))
        client = MailboxClient(self.client.node, self.name, "1.0")
        return await client.visit(hops, Only(self.project.identifier), (shown,))


async def sealed_for(sender: Client, card: Any, payload: bytes, id: bytes, back: str = "", ttl_s: int = 600) -> bytes:
    secure, now = sender.secure, int(time.time())
    party = last(secure.keys.party_steps(sender.identifier, fresh, now))
    static = last(card_steps(card["card"], card["identifier"], {}, now))
    message = local(route("led"), route(back) if back else (), payload)
    return last(seal_steps(fresh(), static, card["identifier"], secure.keys, party, id, (now, now + ttl_s), message))


async def test_messages_wait_and_arrive_in_order(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        away = Away(project, await cloud.member(ada, project, ockam_relay="pico1"), "pico1")
        await away.start()
        assert vars(await away.visit()) == {"delivered": 0, "repeated": 0, "useless": 0, "answers": 0}
        shown = await project.credential(ada)
        card = CARD.unpack(await ada.get("mailbox", "cards/pico1", at=project.route, shows=(shown,)))
        for number in range(3):
            sealed = await sealed_for(ada, card, b"%d" % number, bytes(15) + bytes((number,)))
            body = PUT.pack(receiver=away.client.identifier, id=bytes(15) + bytes((number,)), ttl_s=60, sealed=sealed)
            status, answer = await ada.ask("mailbox", POST, "messages", body, at=project.route, shows=(shown,))
            assert status == 200, answer
        assert vars(await away.visit()) == {"delivered": 3, "repeated": 0, "useless": 0, "answers": 0}
        assert away.worker.payloads == [b"0", b"1", b"2"]
        assert vars(await away.visit())["delivered"] == 0

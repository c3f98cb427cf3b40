"""Messages for members that are away: kept, delivered in order, once, and unread on the way."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from uockam import Worker, api, multiaddr
from uockam.access import Identities
from uockam.crypto.steps import last
from uockam.errors import DecryptionError, RemoteError
from uockam.identifier import identifier_text
from uockam.message import Message, error_of, local
from uockam.route import route
from uockam.secure.oneway import MOST_BYTES, card_of, card_steps, open_steps, seal_steps
from uockam.secure.peer import Rules
from uockam.secure.policy import Only
from uockam.services.mailbox import CARD, EXCHANGE, MAIL, PUT, STATUS
from uockam.services.mailbox_client import MailboxClient, Visit
from uockam_host.cloud.identities import fresh
from uockam_host.cloud.presence import DEVICE
from uockam_host.cloud.tables.mailboxes import Quota

from .conftest import GET, POST, Client, Cloud, Project

Running = AbstractAsyncContextManager[Cloud]
NAME = "pico1"
SECRET = b"open the pod bay doors"


class Recorder(Worker):
    """Keeps what comes, and answers in capital letters."""

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
    """A member that comes now and then, with the worker `led`."""

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


async def away(cloud: Cloud, owner: Client, project: Project, name: str = NAME) -> Away:
    """A member that has left its card."""
    one = Away(project, await cloud.member(owner, project, ockam_relay=name), name)
    await one.start()
    await one.visit()
    return one


async def put(sender: Client, project: Project, who: str, sealed: Any, id: bytes, ttl_s: int = 600) -> Any:
    """(status, body) for a sealed message, or what a function makes of the receiver's card."""
    channel = await project.channel(sender)
    try:

        async def ask(method: int, path: str, body: Any = None) -> Any:
            payload = api.encode_request(1, method, path, body)
            response = api.decode_response(bytes(await sender.node.ask((channel.address, "mailbox"), payload)))
            return response.status, response.body

        status, body = await ask(GET, f"cards/{who}")
        if status != 200:
            return status, body
        card: dict[str, Any] = CARD.unpack(body)
        data = sealed(card) if callable(sealed) else sealed
        return await ask(POST, "messages", PUT.pack(receiver=card["identifier"], id=id, ttl_s=ttl_s, sealed=data))
    finally:
        channel.close()


async def keep(
    sender: Client,
    project: Project,
    who: str,
    payload: bytes,
    id: bytes,
    to: str = "led",
    back: str = "",
    ttl_s: int = 600,
) -> Any:
    """(status, body) for a message that is sealed to the receiver."""
    secure, now = sender.secure, int(time.time())

    def seal(card: dict[str, Any]) -> bytes:
        party = last(secure.keys.party_steps(sender.identifier, fresh, now))
        static = last(card_steps(card["card"], card["identifier"], {}, now))
        message = local(route(to), route(back) if back else (), payload)
        name, period = card["identifier"], (now, now + ttl_s)
        return last(seal_steps(fresh(), static, name, secure.keys, party, id, period, message))

    return await put(sender, project, who, seal, id, ttl_s)


def number(value: int) -> bytes:
    """An id."""
    return value.to_bytes(16, "big")


async def test_messages_wait_and_arrive_in_order(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        for at in range(40):
            status, body = await keep(ada, project, NAME, b"%d" % at, number(at))
            assert (status, body[1]) == (200, at + 1)
        assert vars(await pico1.visit()) == {"delivered": 40, "repeated": 0, "useless": 0, "answers": 0}
        assert pico1.worker.payloads == [b"%d" % at for at in range(40)]
        assert pico1.worker.messages[0].identifier == ada.identifier
        assert (await pico1.visit()).delivered == 0


async def test_the_same_message_put_again_is_kept_once_and_delivered_once(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        first = await keep(ada, project, NAME, b"on", number(1))
        assert await keep(ada, project, NAME, b"on", number(1)) == first
        assert (await pico1.visit()).delivered == 1
        await keep(ada, project, NAME, b"on", number(1))  # its sender never heard that it was kept
        done = await pico1.visit()
        assert (done.delivered, done.repeated, pico1.worker.payloads) == (0, 1, [b"on"])


async def test_an_answer_waits_for_who_asked(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"hello", number(1), back="led")
        assert (await pico1.visit()).answers == 1
        me = Away(project, ada)
        await me.start()
        assert (await me.visit()).delivered == 1
        assert (me.worker.payloads, me.worker.messages[0].identifier) == ([b"HELLO"], pico1.client.identifier)


async def test_who_wants_an_answer_hears_why_there_is_none(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"hello", number(1), to="nobody", back="led")
        await pico1.visit()
        me = Away(project, ada)
        await me.start()
        await me.visit()
        assert error_of(me.worker.messages[0]) == "there is no worker at 'nobody'"


async def test_the_project_keeps_nothing_that_it_or_another_member_can_read(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1, other = await away(cloud, ada, project), await away(cloud, ada, project, "other")
        await keep(ada, project, NAME, SECRET, number(1))
        kept = b"".join(file.read_bytes() for file in cloud.file.parent.iterdir() if file.is_file())
        assert pico1.client.identifier in kept
        assert SECRET not in kept
        assert (await other.visit()).delivered == 0
        stolen: list[bytes] = []

        async def read() -> None:
            channel = await project.channel(pico1.client)
            body = EXCHANGE.pack(after=0, room=9999, digest=b"")
            request = api.encode_request(1, POST, "exchange", body)
            answer = api.decode_response(bytes(await pico1.client.node.ask((channel.address, "mailbox"), request)))
            stolen.extend(sealed for _, sealed in MAIL.unpack(answer.body)["messages"])  # type: ignore[attr-defined]
            channel.close()

        await read()
        keys = other.client.secure.keys
        party = last(keys.party_steps(other.client.identifier, fresh, int(time.time())))
        for name in (other.client.identifier, pico1.client.identifier):
            with pytest.raises(DecryptionError, match="changed, or belongs to another key"):
                last(open_steps(stolen[0], party.static, name, Rules({}), None))


async def test_a_full_mailbox_refuses_and_says_so_until_some_were_fetched(running: Running, monkeypatch: Any) -> None:
    monkeypatch.setattr("uockam_host.cloud.project.Quota", lambda: Quota(2, 4000, 600, share=1))
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        for at in range(2):
            assert (await keep(ada, project, NAME, b"x", number(at)))[0] == 200
        status, body = await keep(ada, project, NAME, b"x", number(2))
        reason = "the mailbox is full: 2 messages wait there, which is the most"
        assert (status, api.error_text(body)) == (409, f"{reason}: send again when the receiver has fetched some")
        assert (await keep(ada, project, NAME, b"x", number(1)))[0] == 200  # is there already
        assert (await pico1.visit()).delivered == 2
        status, body = await keep(ada, project, NAME, bytes(3000), number(3))
        assert status == 200
        status, body = await keep(ada, project, NAME, bytes(3000), number(4))
        assert (status, "of at most 4000 bytes" in api.error_text(body)) == (409, True)
        status, body = await keep(ada, project, NAME, b"x", number(5), ttl_s=601)
        assert (status, "for 1 to 600 seconds" in api.error_text(body)) == (400, True)
        shown = await project.credential(pico1.client)
        found = STATUS.unpack(await pico1.client.get("mailbox", "status", at=project.route, shows=(shown,)))
        assert (found["count"], found["most_count"], found["most_bytes"], found["most_age_s"]) == (1, 2, 4000, 600)


async def test_what_was_not_fetched_in_its_time_is_gone(running: Running, monkeypatch: Any) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"soon", number(1), ttl_s=60)
        await keep(ada, project, NAME, b"later", number(2), ttl_s=600)
        start = time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: start() + 61)
            assert (await pico1.visit()).delivered == 1
        assert pico1.worker.payloads == [b"later"]


async def test_a_card_is_found_by_name_and_by_identifier_and_a_stranger_has_none(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        shown = await project.credential(ada)
        party = last(pico1.client.secure.keys.party_steps(pico1.client.identifier, fresh, int(time.time())))
        for who in (NAME, identifier_text(pico1.client.identifier)):
            body = await ada.get("mailbox", f"cards/{who}", at=project.route, shows=(shown,))
            assert CARD.unpack(body) == {"identifier": pico1.client.identifier, "card": card_of(party)}
        for who in ("nobody", identifier_text(bytes(32)), identifier_text(ada.identifier)):
            assert (await ada.ask("mailbox", GET, f"cards/{who}", at=project.route, shows=(shown,)))[0] == 404


async def test_a_name_is_for_whom_the_membership_allows_it_and_for_one_at_a_time(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        await away(cloud, ada, project)
        twin = Away(project, await cloud.member(ada, project, ockam_relay="*"), NAME)
        liar = Away(project, await cloud.member(ada, project, ockam_relay="else"), NAME)
        for one, reason in ((twin, "belongs to another member"), (liar, "is not allowed")):
            with pytest.raises(RemoteError, match=reason):
                await one.visit()
        found = await devices(ada, project)
        assert [one["name"] for one in found if one["name"] == NAME and one["version"]] == [NAME]


async def test_the_name_of_a_device_that_is_no_member_any_more_is_free(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        old = await away(cloud, ada, project)
        path = f"/{identifier_text(old.client.identifier)}"
        assert (await ada.ask("direct_authenticator", 3, path, at=project.authority))[0] == 200
        new = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"on", number(1))
        assert (await new.visit()).delivered == 1
        shown = await project.credential(ada)
        body = PUT.pack(receiver=old.client.identifier, id=number(1), ttl_s=9, sealed=b"x")
        assert (await ada.ask("mailbox", POST, "messages", body, at=project.route, shows=(shown,)))[0] == 404


async def test_what_is_no_message_is_refused(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        await away(cloud, ada, project)
        for sealed, id in ((b"", number(1)), (bytes(MOST_BYTES + 1), number(1)), (b"x", b""), (b"x", bytes(17))):
            assert (await put(ada, project, NAME, sealed, id))[0] == 400


async def test_without_a_credential_nobody_comes_to_it(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        stranger = cloud.client()
        for worker in ("mailbox", "devices"):
            with pytest.raises(RemoteError, match=f"no worker at '{worker}'"):
                await stranger.ask(worker, GET, "status", at=project.route)


async def test_a_member_that_is_here_is_told_that_a_message_waits(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        told = asyncio.Event()

        class News(Worker):
            async def handle_message(self, context: Any, message: Message) -> None:
                if message.identifier == project.identifier:
                    told.set()

        await pico1.client.node.start_worker("mail", News(), access=Identities(project.identifier))
        channel = await project.channel(pico1.client)
        await keep(ada, project, NAME, b"on", number(1))
        await told.wait()
        channel.close()


async def devices(who: Client, project: Project) -> list[dict[str, Any]]:
    shown = await project.credential(who)
    return [DEVICE.unpack(item) for item in await who.get("devices", "/", at=project.route, shows=(shown,))]


async def test_devices_tells_who_is_here_when_others_were_and_what_waits(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"on", number(1))
        found = {one["identifier"]: one for one in await devices(ada, project)}
        device = found[pico1.client.identifier]
        assert (device["name"], device["online"], device["gateway"]) == (NAME, False, "")
        assert (device["version"], device["waiting"]) == ("1.0", 1)
        assert abs(device["seen_at"] - time.time()) < 60
        assert found[ada.identifier]["online"]
        channel = await project.channel(pico1.client)
        found = {one["identifier"]: one for one in await devices(ada, project)}
        assert (found[pico1.client.identifier]["online"], bool(found[pico1.client.identifier]["gateway"])) == (
            True,
            True,
        )
        channel.close()
        shown = await project.credential(pico1.client)
        assert (await pico1.client.ask("devices", GET, "/", at=project.route, shows=(shown,)))[0] == 403

"""Mailboxes that several want: senders who would fill one, connections of one identity, clocks that disagree."""

import time
from contextlib import AbstractAsyncContextManager
from typing import Any

from uockam import api
from uockam.secure.session import SecureChannel
from uockam.services.mailbox import EXCHANGE, MAIL
from uockam_host.cloud.tables.mailboxes import Quota

from .conftest import POST, Client, Cloud
from .test_mailbox import NAME, away, keep, number

Running = AbstractAsyncContextManager[Cloud]


async def exchange(client: Client, channel: SecureChannel, after: int) -> tuple[int, Any]:
    """(status, numbers of the messages that come), or what is said against it."""
    payload = api.encode_request(1, POST, "exchange", EXCHANGE.pack(after=after, room=1 << 20, digest=b""))
    answer = api.decode_response(bytes(await client.node.ask((channel.address, "mailbox"), payload)))
    if answer.status != 200:
        return answer.status, api.error_text(answer.body)
    return answer.status, [at for at, _ in MAIL.unpack(answer.body)["messages"]]  # type: ignore[attr-defined]


async def test_no_sender_fills_a_mailbox_alone_and_a_refusal_says_what_to_do(
    running: Running, monkeypatch: Any
) -> None:
    monkeypatch.setattr("uockam_host.cloud.project.Quota", lambda: Quota(6, 8000, 600))
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1, other = await away(cloud, ada, project), await cloud.member(ada, project)
        for at in range(3):
            assert (await keep(ada, project, NAME, b"x", number(at)))[0] == 200
        status, body = await keep(ada, project, NAME, b"x", number(3))
        assert (status, api.error_text(body)) == (
            409,
            "your share of the mailbox is full: 3 messages of yours wait there: "
            "send again when the receiver has fetched some",
        )
        assert (await keep(ada, project, NAME, b"x", number(2)))[0] == 200  # is there already
        for at in range(3):
            assert (await keep(other, project, NAME, b"x", number(at)))[0] == 200
        status, body = await keep(await cloud.member(ada, project), project, NAME, b"x", number(0))
        assert (status, api.error_text(body).startswith("the mailbox is full: 6 messages")) == (409, True)
        assert (await pico1.visit()).delivered == 6
        status, body = await keep(ada, project, NAME, bytes(4000), number(9))
        assert (status, "of at most 4000 bytes of yours" in api.error_text(body)) == (409, True)
        assert (await keep(ada, project, NAME, b"x", number(4)))[0] == 200


async def test_messages_count_for_the_connection_that_they_were_given_to_last(running: Running) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = (await away(cloud, ada, project)).client
        for at in range(3):
            await keep(ada, project, NAME, b"on", number(at))
        older, newer = await project.channel(pico1), await project.channel(pico1)
        assert await exchange(pico1, older, 0) == (200, [1, 2, 3])
        assert await exchange(pico1, newer, 0) == (200, [1, 2, 3])
        status, reason = await exchange(pico1, older, 3)
        assert (status, reason) == (
            409,
            "the messages were given to another connection of the same identity since: fetch them again",
        )
        assert await exchange(pico1, newer, 2) == (200, [3])
        assert await exchange(pico1, newer, 3) == (200, [])
        assert await exchange(pico1, older, 0) == (200, [])


async def test_a_clock_that_was_ahead_for_some_days_loses_no_message(running: Running, monkeypatch: Any) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"first", number(1))
        start = time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: start() + 3 * 86_400)
            assert (await keep(ada, project, NAME, b"second", number(2), ttl_s=9 * 86_400))[0] == 200
            channel = await project.channel(pico1.client)
            assert await exchange(pico1.client, channel, 0) == (200, [2])  # the first one is over, for all it knows
            channel.close()
        channel = await project.channel(pico1.client)
        assert await exchange(pico1.client, channel, 0) == (200, [1, 2])


async def test_messages_that_are_over_make_room_in_a_full_mailbox(running: Running, monkeypatch: Any) -> None:
    monkeypatch.setattr("uockam_host.cloud.project.Quota", lambda: Quota(2, 8000, 600, share=1))
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"soon", number(1), ttl_s=60)
        await keep(ada, project, NAME, b"later", number(2), ttl_s=600)
        start = time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: start() + 61)
            assert (await keep(ada, project, NAME, b"new", number(3)))[0] == 200
            assert (await keep(ada, project, NAME, b"new", number(4)))[0] == 409
            assert (await pico1.visit()).delivered == 2


async def test_a_message_that_is_over_may_be_sent_again(running: Running, monkeypatch: Any) -> None:
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1 = await away(cloud, ada, project)
        await keep(ada, project, NAME, b"on", number(1), ttl_s=60)
        start = time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: start() + 61)
            status, body = await keep(ada, project, NAME, b"on", number(1), ttl_s=60)
            assert (status, body[1]) == (200, 2)
            assert (await pico1.visit()).delivered == 1

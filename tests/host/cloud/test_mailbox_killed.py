"""SIGKILL of the orchestrator while messages are stored: none that was acknowledged is lost, and their order stays."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from uockam import api
from uockam.crypto.steps import last
from uockam.errors import Error
from uockam.message import local
from uockam.route import route
from uockam.secure.oneway import card_steps, seal_steps
from uockam.services.mailbox import CARD, PUT
from uockam_host.cloud.identities import fresh
from uockam_host.cloud.place import Status

from ..cli.conftest import Cli
from .conftest import GET, POST, Client, Cloud, Project
from .test_mailbox import NAME, Away, away, number

KILLS = 3
AT_LEAST = 25  # acknowledged between two kills
_TRIES = 5


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Cli]:
    """A home whose orchestrator is ended in the end."""
    cli = Cli(tmp_path / "home")
    try:
        yield cli
    finally:
        cli("orchestrator stop")


def started(program: Cli) -> Status:
    """The orchestrator, in a process of its own, at the same port each time."""
    known = (program.home / "orchestrator" / "settings.json").exists()
    shown = json.loads(program.ok("orchestrator start --output json", *([] if known else ["--listen", "127.0.0.1:0"])))
    route, identifier, _ = shown["address"].split(",")
    return Status(shown["listen"], route, identifier, shown["signin_url"], "", shown["monitor"], shown["pid"])


class Sender:
    """Stores numbered messages, one after the other, until the connection ends."""

    def __init__(self, client: Client, project: Project) -> None:
        self.client = client
        self.project = project
        self.acknowledged: list[int] = []
        self.next = 0
        self.enough = asyncio.Event()

    async def run(self) -> None:
        """Store until enough are acknowledged and the orchestrator is killed. What was not acknowledged comes again."""
        goal = len(self.acknowledged) + AT_LEAST
        for _ in range(_TRIES):
            with suppress(Error):  # the first try after a kill may find the connection of before
                await self._store(goal)
            if self.enough.is_set():
                return
        raise AssertionError("the orchestrator does not come back")

    async def _store(self, goal: int) -> None:
        channel = await self.project.channel(self.client)
        try:
            card = CARD.unpack(await self._ask(channel, GET, f"cards/{NAME}"))
            while True:
                await self._ask(channel, POST, "messages", self._sealed(card, self.next))
                self.acknowledged.append(self.next)
                self.next += 1
                if len(self.acknowledged) == goal:
                    self.enough.set()
        finally:
            channel.close()

    async def _ask(self, channel: Any, method: int, path: str, body: Any = None) -> Any:
        payload = api.encode_request(1, method, path, body)
        response = api.decode_response(bytes(await self.client.node.ask((channel.address, "mailbox"), payload)))
        assert response.status == 200, response
        return response.body

    def _sealed(self, card: dict[str, Any], value: int) -> Any:
        secure = self.client.secure
        now = secure.now() or 0
        party = last(secure.keys.party_steps(self.client.identifier, fresh, now))
        static = last(card_steps(card["card"], card["identifier"], {}, now))
        message = local(route("led"), (), str(value).encode())
        name, period = card["identifier"], (now, now + 600)
        sealed = last(seal_steps(fresh(), static, name, secure.keys, party, number(value), period, message))
        return PUT.pack(receiver=name, id=number(value), ttl_s=600, sealed=sealed)


async def test_nothing_acknowledged_is_lost_and_the_order_stays_when_the_orchestrator_is_killed(program: Cli) -> None:
    status = await asyncio.to_thread(started, program)
    cloud = Cloud(status, next((program.home / "orchestrator").glob("*.sqlite3")))
    try:
        ada = await cloud.person()
        project = await cloud.project(ada)
        pico1: Away = await away(cloud, ada, project)
        sender = Sender(ada, project)
        for _ in range(KILLS):
            sender.enough.clear()
            storing = asyncio.create_task(sender.run())
            await sender.enough.wait()
            os.kill(status.pid, signal.SIGKILL)
            await storing
            status = await asyncio.to_thread(started, program)
        await pico1.visit()
    finally:
        for client in cloud.clients:
            await client.node.stop()
    received = [int(payload) for payload in pico1.worker.payloads]
    assert len(sender.acknowledged) >= KILLS * AT_LEAST
    assert received[: len(sender.acknowledged)] == sender.acknowledged
    assert len(received) <= len(sender.acknowledged) + 1  # the last one may be there, its acknowledgement lost

"""The process of an orchestrator is killed while it works."""

import asyncio
import os
import random
import signal

import pytest

from uockam.errors import Error
from uockam_host.cloud import control, place

from .conftest import GET, POST, Client, Cloud


@pytest.fixture
def started(home):
    """An orchestrator in a process of its own, in this home."""
    status, _ = control.start(listen="127.0.0.1:0")
    yield status
    control.stop()


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_was_acknowledged_before_a_kill_is_there_after_it(started, seed):
    cloud = Cloud(started, place.folder() / "orchestrator.sqlite3")
    ada = await cloud.person()
    project = await cloud.project(ada)
    wanted = random.Random(seed).randrange(5, 40)
    acknowledged: list[bytes] = []

    async def add_until_killed(client: Client, first: int) -> None:
        for number in range(first, first + 1000):
            body = {1: number.to_bytes(32, "big"), 2: {}}
            status, _ = await client.ask("direct_authenticator", POST, "/", body, at=project.authority)
            assert status == 200
            acknowledged.append(body[1])
            if len(acknowledged) == wanted:
                os.kill(started.pid, signal.SIGKILL)

    enroller = await cloud.member(ada, project, ockam_role="enroller")
    results = await asyncio.gather(
        add_until_killed(ada, 0), add_until_killed(enroller, 1_000_000), return_exceptions=True
    )
    assert all(isinstance(result, Error) for result in results), results
    status, ran = await asyncio.to_thread(control.start)
    assert (status.identifier, ran) == (started.identifier, False)
    code, members = await ada.ask("direct_authenticator", GET, "/member_ids", at=project.authority)
    assert code == 200
    assert set(acknowledged) <= set(members)
    for client in cloud.clients:
        await client.node.stop()

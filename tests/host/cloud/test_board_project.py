"""A board that is a member of a project: by which way it gets there, what it believes of others, and for how long."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from uockam.errors import Error
from uockam_host.cloud import identities
from uockam_host.cloud.services.issuer import CredentialIssuer

from ..board.conftest import cabled, config
from .conftest import POST, membership, serving

NAME = "pico1"
RELAY = "forward_to_pico1"
HELLO = "hello"
UP = f"{RELAY} leads here"
GUARDED = """
from uockam import Worker
from uockam.access import Credential
class Told(Worker):
    async def handle_message(self, context, message):
        await context.reply(message, message.attributes["site"])
async def main(node):
    await node.start_worker("told", Told(), access=Credential(site="roof"))
"""

HASTY = """
import device.member
device.member._AGAIN_S = 1
async def main(node):
    pass
"""


class Joined:
    """An orchestrator with a project, its enroller, and a board that the authority knows as a member."""

    def __init__(self, cloud, ada, project, rig):
        self.cloud, self.ada, self.project, self.rig = cloud, ada, project, rig

    async def let_in(self, **attributes):
        body = {1: self.rig.identifier, 2: attributes}
        answer = await self.ada.ask("direct_authenticator", POST, "/", body, at=self.project.authority)
        assert answer == (200, None)

    async def reach(self, member, shown=()):
        """A channel of a member with the board, through the project."""
        outer = await self.project.channel(member)
        return await member.secure.create((outer.address, RELAY, "api"), credentials=shown)


@asynccontextmanager
async def joined(tmp_path, **files):
    async with serving(tmp_path / "cloud.sqlite3") as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        wanted = await membership(project, ada, NAME)
        async with cabled(tmp_path / "board", uockam_json=config(project=wanted, main="program"), **files) as rig:
            yield Joined(cloud, ada, project, rig)


@pytest.fixture
def program():
    return {"program_py": "async def main(node):\n    pass\n"}


async def test_a_board_gets_to_its_project_by_its_own_network_when_the_computer_does_not_connect(tmp_path, program):
    async with joined(tmp_path, **program) as here:
        await here.let_in(**{"ockam-relay": NAME})
        await here.rig.watch()
        await here.rig.logged(UP)
        channel = await here.reach(here.ada)
        assert channel.peer.identifier == here.rig.identifier
        assert await here.ada.node.ask((channel.address, "uppercase"), HELLO) == "HELLO"
        assert here.rig.node.connections == {here.rig.board._connection}


async def test_a_board_gets_to_its_project_over_the_cable_when_the_computer_may_connect_for_it(tmp_path, program):
    async with joined(tmp_path, **program) as here:
        from uockam.transport.tcp import Tcp

        tcp = Tcp(here.rig.node)
        await here.let_in(**{"ockam-relay": NAME})
        await here.rig.watch()
        here.rig.board.dials.add(here.project.route.split("/")[2].encode() + b":" + _port(here.project).encode())
        await here.rig.logged(UP)
        assert [connection.link.peer for connection in tcp.connections] == [f"localhost:{_port(here.project)}"]
        channel = await here.reach(here.ada)
        assert await here.ada.node.ask((channel.address, "uppercase"), HELLO) == "HELLO"


def _port(project):
    return project.route.split("/")[4]


async def test_a_board_that_is_no_member_says_so_and_is_let_in_later(tmp_path, program):
    async with joined(tmp_path, **program) as here:
        await here.rig.watch()
        assert "the authority says: you are not a member" in await here.rig.logged("project default: ")
        await here.let_in(site="roof")
        assert "allows no relay" in await here.rig.logged("allows")
        await here.let_in(**{"ockam-relay": "greenhouse"})
        await here.rig.logged("forward_to_greenhouse leads here")


async def test_what_the_authority_attests_of_a_member_counts_on_the_board(tmp_path):
    async with joined(tmp_path, program_py=GUARDED) as here:
        await here.let_in(**{"ockam-relay": NAME})
        member = await here.cloud.member(here.ada, here.project, site="roof")
        await here.rig.watch()
        await here.rig.logged(UP)
        shown = await here.project.credential(member)
        channel = await here.reach(member, (shown,))
        assert await member.node.ask((channel.address, "told"), HELLO) == "roof"
        stranger = await here.reach(member)
        with pytest.raises(Error):
            await member.node.ask((stranger.address, "told"), HELLO, 500)


async def test_a_board_shows_the_next_credential_before_the_last_one_ends(tmp_path, monkeypatch):
    fetched = asyncio.Queue()
    give = CredentialIssuer._give

    async def counting(self, caller, parts, body):
        fetched.put_nowait(caller.identifier)
        return await give(self, caller, parts, body)

    monkeypatch.setattr(CredentialIssuer, "_give", counting)
    async with joined(tmp_path, program_py=HASTY) as here:
        await here.let_in(**{"ockam-relay": NAME})
        monkeypatch.setattr(identities, "CREDENTIAL_LIFETIME_S", 100)  # another one is due 120 s before that
        await here.rig.watch()
        await here.rig.logged(UP)
        fetched_by = [await fetched.get() for _ in range(4)]
        assert fetched_by[1:] == [here.rig.identifier] * 3  # after the enroller
        channel = await here.reach(here.ada)
        assert await here.ada.node.ask((channel.address, "uppercase"), HELLO) == "HELLO"

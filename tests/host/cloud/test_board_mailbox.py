"""A board that was away: it fetches what the project kept, answers, and acknowledges, at its next start."""

from pathlib import Path

from uockam.address import Address

from ..board.conftest import cabled, config
from .conftest import POST, membership, serving
from .test_mailbox import Away, keep, number

NAME = "pico1"


async def test_a_board_gets_what_was_stored_while_it_was_away_and_its_answer_comes_back(tmp_path: Path) -> None:
    async with serving(tmp_path / "cloud.sqlite3") as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        wanted = await membership(project, ada, NAME)
        async with cabled(tmp_path / "board", uockam_json=config(project=wanted, mailbox=True)) as rig:
            body = {1: rig.identifier, 2: {"ockam-relay": NAME}}
            assert await ada.ask("direct_authenticator", POST, "/", body, at=project.authority) == (200, None)
            await rig.up()
            await rig.logged("mailbox: 0 messages")
            await rig.virtual.stop()
            await rig.until(False)
            me = Away(project, ada)
            await me.start()
            await keep(ada, project, NAME, b"\x05hello", number(1), to="uppercase", back="led")
            await rig.virtual.start()
            await rig.logged("mailbox: 1 messages")
            assert (await me.visit()).delivered == 1
            (answer,) = me.worker.messages
            assert (answer.text, answer.identifier) == ("HELLO", rig.identifier)
            assert answer.onward_route == (Address(0, b"led"),)
            await keep(ada, project, NAME, b"\x05again", number(2), to="uppercase", back="led")
            await rig.logged("mailbox: 1 messages")  # it is still here, and is told
            assert (await me.visit()).delivered == 1
            assert me.worker.messages[1].text == "AGAIN"

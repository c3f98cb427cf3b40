"""A backup that is taken while people work, restored elsewhere."""

import asyncio

from uockam_host.cloud.sqlite import check_file, copy_file

from .conftest import GET, POST, serving

_BEFORE = 20  # members that are there when the backup begins


async def test_a_backup_under_load_restored_elsewhere_has_every_acknowledged_member(tmp_path):
    acknowledged: list[bytes] = []
    enough, stop = asyncio.Event(), asyncio.Event()

    async def add_members() -> None:
        while not stop.is_set():
            identifier = len(acknowledged).to_bytes(32, "big")
            body = {1: identifier, 2: {"role": "sensor"}}
            assert await ada.ask("direct_authenticator", POST, "/", body, at=project.authority) == (200, None)
            acknowledged.append(identifier)
            if len(acknowledged) == _BEFORE:
                enough.set()

    async with serving(tmp_path / "here" / "o.sqlite3") as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        adding = asyncio.create_task(add_members())
        await enough.wait()
        before = list(acknowledged)
        await asyncio.to_thread(copy_file, cloud.file, tmp_path / "copy")
        stop.set()
        await adding
        identifier = cloud.status.identifier
        cloud.clients.clear()
    check_file(tmp_path / "copy")
    async with serving(tmp_path / "copy") as elsewhere:
        elsewhere.clients.append(ada)
        ada.status = elsewhere.status
        assert elsewhere.status.identifier == identifier
        (listed,) = await ada.get("projects", "/v0")
        status, members = await ada.ask("direct_authenticator", GET, "/member_ids", at=listed[9])
        assert status == 200
        assert set(before) <= set(members)
        assert set(members) <= {*acknowledged, ada.identifier}

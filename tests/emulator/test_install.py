"""`device install` on an emulated Pico: onto its real file system, through its real prompt."""

import asyncio

import pytest

from uockam_host.device import copier, install
from uockam_host.device.bundle import COMPILED, Bundle
from uockam_host.device.flasher import silent

from .conftest import plugged_in

# None of them is one of the firmware's own modules: those are what the node runs.
FILES = {f"more{number}.py": b"NUMBER = %d\n" % number for number in range(6)}
PROGRAM = b"""
import more5
from uockam import Worker

class Telling(Worker):
    async def handle_message(self, context, message):
        await context.reply(message, str(more5.NUMBER))

async def main(node):
    await node.start_worker("telling", Telling())
"""


async def test_what_is_installed_is_read_back_and_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "make", lambda facts, form: Bundle(COMPILED, FILES))
    wanted = install.Wanted(program=("app", PROGRAM))
    async with plugged_in(tmp_path) as rig:
        done = await asyncio.to_thread(
            install.install, rig.pico.port, copier.AUTO, COMPILED, wanted, pytest.fail, silent
        )
        assert (done.machine, done.form) == ("Raspberry Pi Pico with RP2040", COMPILED)
        await rig.own()
        assert await rig.node.ask("telling", "", timeout_ms=60_000) == "5"

"""The firmware of a board, run by real MicroPython on the virtual board."""

import json

import pytest

from uockam import Node, Tcp
from uockam.errors import RemoteError

from .conftest import cabled, config, free_address, mpremote, prompt

CRASHER = """
async def main(node):
    raise ValueError("no sensor")
"""

# What a board with a watchdog has, as far as the firmware uses it; `fed` counts who fed it.
MACHINE = """
from umachine import soft_reset
class WDT:
    fed = 0
    def __init__(self, timeout):
        WDT.timeout = timeout
    def feed(self):
        WDT.fed += 1
class Timer:
    running = None
    def __init__(self, number):
        pass
    def init(self, period, callback):
        Timer.running = callback
        Timer.period = period
    def deinit(self):
        Timer.running = None
"""


async def test_ctrl_c_ends_the_node_and_gives_the_prompt(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        await rig.release()
        async with prompt(rig) as repl:
            assert await repl.run("print('here')") == b"here\n"
        rig.own()
        assert await rig.until(True) == ""
        assert await rig.uppercase() == "HELLO"


async def test_a_program_of_the_user_runs_beside_the_services(tmp_path):
    program = "async def main(node):\n    print('services', sorted(kind for _, kind in node.services()))\n"
    async with cabled(tmp_path, uockam_json=config(main="app"), app_py=program) as rig:
        await rig.watch()
        await rig.logged("services ['echo', 'info', 'log', 'uppercase']")


async def test_after_a_crash_the_board_restarts_and_the_reason_is_kept(tmp_path):
    async with cabled(tmp_path, uockam_json=config(main="app"), app_py=CRASHER) as rig:
        rig.own()
        await rig.logged("ValueError: no sensor")
        (rig.flash / "app.py").write_text("async def main(node):\n    print('well again')\n")
        await rig.logged("well again")
        await rig.until(True)
        assert rig.board.details["crash"] == "ValueError: no sensor"
        assert json.loads((rig.flash / "uockam-crash.json").read_text())["row"] >= 1


async def test_a_node_that_crashes_again_and_again_is_left_at_the_prompt(tmp_path):
    row = json.dumps({"reason": "before", "row": 3})
    async with cabled(tmp_path, uockam_json=config(main="app"), app_py=CRASHER, **{"uockam-crash_json": row}) as rig:
        rig.own()
        await rig.logged("the node crashed: ValueError: no sensor")
        await rig.logged("the node crashed too often: ValueError: no sensor")
        await rig.logged("is at its prompt")
        kept = {"reason": "ValueError: no sensor", "row": 6}
        assert json.loads((rig.flash / "uockam-crash.json").read_text()) == kept


async def test_a_crash_file_that_is_broken_counts_as_none(tmp_path):
    for text in ("", "[]", '{"row": "x", "reason": 5}'):
        async with cabled(tmp_path / str(len(text)), **{"uockam-crash_json": text}) as rig:
            await rig.up()
            assert rig.board.details["crash"] is None


async def test_settings_that_make_no_sense_are_named_and_left_out(tmp_path):
    async with cabled(tmp_path, uockam_json='{"name": 5, "colour": "red", "main": "app", "dial": [5]}') as rig:
        (rig.flash / "app.py").write_text("async def main(node):\n    print('name', node.name)\n")
        await rig.watch()
        await rig.logged("'name' is left out")
        await rig.logged("'colour' is left out")
        await rig.logged("'dial' is left out")
        await rig.logged("name board")
    async with cabled(tmp_path / "2", uockam_json="{") as rig:
        await rig.watch()
        await rig.logged("uockam.json is not JSON")
        assert await rig.until(True) == ""


async def test_a_board_with_a_network_listens_and_dials_as_its_settings_say(tmp_path):
    host = Node("host")
    tcp = Tcp(host)
    listener = await tcp.listen()
    settings = config(listen=free_address(), dial=[listener.address])
    async with cabled(tmp_path, uockam_json=settings) as rig:
        await rig.watch()
        address = (await rig.logged("listening at")).rpartition(" ")[2]
        connection = await tcp.connect(address)
        assert await host.ask((connection.address, "uppercase"), "hello") == "HELLO"
        await rig.until(True)
        while len(tcp.connections) < 2:
            await rig.uppercase()
    await host.stop()


async def test_strangers_on_the_network_do_not_manage_the_board(tmp_path):
    async with cabled(tmp_path, uockam_json=config(listen=free_address())) as rig:
        await rig.watch()
        address = (await rig.logged("listening at")).rpartition(" ")[2]
        host = Node("stranger")
        connection = await Tcp(host).connect(address)
        with pytest.raises(RemoteError, match=r"there is no worker at '_internal\.nodemanager'"):
            await host.ask((connection.address, "_internal.nodemanager"), b"")
        await host.stop()


async def test_the_watchdog_is_fed_by_the_node_while_it_runs_and_by_a_timer_at_the_prompt(tmp_path):
    program = (
        "import asyncio, machine\n"
        "async def main(node):\n"
        "    while machine.WDT.fed < 2: await asyncio.sleep(0.1)\n"
        "    print('fed by the node', machine.WDT.timeout, machine.Timer.running)\n"
    )
    settings = config(main="app", watchdog_ms=8000)
    async with cabled(tmp_path, uockam_json=settings, machine_py=MACHINE, app_py=program) as rig:
        await rig.up()
        await rig.logged("fed by the node 8000 None")
        await rig.board.stop_node()
        await rig.release()
        seen = "from machine import WDT, Timer; f = WDT.fed; Timer.running(None); print(WDT.fed - f, Timer.period)"
        assert await mpremote(rig.virtual.port, "resume", "exec", seen) == "1 2000\n"
        assert await mpremote(rig.virtual.port, "exec", seen) == "1 2000\n"  # a soft reset ran boot.py, no main.py

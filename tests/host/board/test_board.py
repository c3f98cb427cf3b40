"""A board behind a node: brought up, used, unplugged, reset, stopped; and what is no board."""

import asyncio
import os
import shutil
from contextlib import asynccontextmanager

import pytest

from uockam import Worker
from uockam.errors import ConnectionLost, LimitError, NoSuchAddress, RemoteError
from uockam_host.errors import HostError
from uockam_host.link.serial import PortBusy, open_port
from uockam_host.node.board import Board

from .conftest import ampy, cabled, mpremote, prompt

IDLE = "print('idle')\n"


class Collector(Worker):
    """Keeps what comes."""

    def __init__(self):
        self.payloads = asyncio.Queue()

    async def handle_message(self, context, message):
        await self.payloads.put(message.payload)


async def test_the_boards_services_answer_by_name_and_details_tell_what_it_is(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        assert await rig.uppercase() == "HELLO"
        assert await rig.node.ask("echo", b"\x00\x03\x04\xf5\xf6" * 50) == b"\x00\x03\x04\xf5\xf6" * 50
        assert rig.board.details["micropython"].startswith("1.")
        assert rig.board.details["free_bytes"] > 100_000
        assert rig.board.reason == ""


async def test_a_worker_that_the_board_does_not_have_is_named_at_once(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        with pytest.raises(RemoteError, match="there is no worker at 'nope'"):
            await rig.node.ask("nope", b"")


async def test_a_message_too_large_for_a_board_is_refused_here(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        assert await rig.node.ask("echo", b"x" * 7000) == b"x" * 7000
        with pytest.raises(LimitError, match="8192"):
            await rig.node.ask("echo", b"x" * 9000)
        assert await rig.uppercase() == "HELLO"


async def test_a_board_at_its_prompt_is_told_to_start_its_node(tmp_path):
    async with cabled(tmp_path) as rig:
        async with prompt(rig):
            pass
        await rig.up()
        assert await rig.uppercase() == "HELLO"
        assert not [line for line in rig.lines if "SyntaxError" in line]  # nothing was typed there


async def test_a_board_that_runs_another_program_is_interrupted_for_it(tmp_path):
    async with cabled(tmp_path) as rig:
        async with prompt(rig) as repl:
            repl.type("exec('while True: pass')\r")
            assert await repl.until(b"pass')\r\n", 60) is not None
        await rig.up()
        assert await rig.uppercase() == "HELLO"


async def test_a_board_at_its_raw_prompt_is_told_to_start_its_node_too(tmp_path):
    async with cabled(tmp_path) as rig:
        async with prompt(rig) as repl:
            repl.type("\x01")
            assert await repl.until(b"raw REPL; CTRL-B to exit\r\n>", 60) is not None
        await rig.up()


async def test_a_board_without_uockam_is_an_error_that_says_how_to_install_it(tmp_path):
    async with cabled(tmp_path, boot_py="", main_py=IDLE) as rig:
        shutil.rmtree(rig.flash / "device")
        rig.own()
        with pytest.raises(HostError, match="There is no uockam on the board") as caught:
            await rig.board.wait_up(60_000)
        assert "`uockam device install --port" in caught.value.remedy
        await rig.release()
        assert await mpremote(rig.virtual.port, "exec", "print(1)") == "1\n"


async def test_a_board_whose_start_file_starts_no_node_is_an_error(tmp_path):
    async with cabled(tmp_path, main_py=IDLE) as rig:
        rig.own()
        with pytest.raises(HostError, match="does not start"):
            await rig.board.wait_up(60_000)


@asynccontextmanager
async def peer(answer):
    """The path of a port at whose other end is something that says answer(data) to what it gets."""
    near, far = os.openpty()
    loop = asyncio.get_running_loop()
    loop.add_reader(near, lambda: os.write(near, answer(os.read(near, 4096))))
    yield os.ttyname(far)
    loop.remove_reader(near)
    os.close(near)
    os.close(far)


@pytest.mark.parametrize("answer", [b"", b"what?\r\n", b"\xf5\x00\xff\xf6>>>", b">>> "], ids=repr)
async def test_what_answers_nonsense_is_no_board(tmp_path, answer):
    async with cabled(tmp_path, plugged_in=False) as rig, peer(lambda data: answer) as port:
        board = Board(rig.node, port, log=rig._log)
        task = asyncio.create_task(board.run())
        with pytest.raises(HostError, match="does not answer as a MicroPython board does"):
            await board.wait_up(60_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_unplugged_it_is_down_with_the_reason_and_plugged_in_again_it_comes_back(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        await rig.virtual.stop()
        assert "was unplugged" in await rig.until(False)
        with pytest.raises(ConnectionLost, match=r"the board cannot be reached: .* was unplugged"):
            await rig.uppercase()
        await rig.virtual.start()
        assert await rig.until(True) == ""
        assert await rig.uppercase() == "HELLO"


async def test_an_ask_that_waits_for_the_board_ends_when_it_is_unplugged(tmp_path):
    program = (
        "from uockam import Worker\n"
        "class Silent(Worker):\n"
        "    async def handle_message(self, context, message): print('got it')\n"
        "async def main(node): await node.start_worker('silent', Silent())\n"
    )
    async with cabled(tmp_path, uockam_json='{"main": "app"}', app_py=program) as rig:
        await rig.up()
        asking = asyncio.create_task(rig.node.ask("silent", b"", 600_000))
        await rig.logged("got it")
        await rig.virtual.stop()
        with pytest.raises(ConnectionLost):
            await asking


async def test_reset_it_comes_back(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        for _ in range(3):
            await rig.virtual.reset()
            assert "the board restarted" in await rig.until(False)
            await rig.until(True)
            assert await rig.uppercase() == "HELLO"


async def test_after_its_node_was_stopped_the_port_belongs_to_other_tools(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        with pytest.raises(PortBusy):
            await open_port(rig.virtual.port)
        await rig.board.stop_node()
        assert not rig.board.up
        await rig.release()
        assert await mpremote(rig.virtual.port, "resume", "exec", "print(1)") == "1\n"
        assert "/main.py" in (await ampy(rig.virtual.port, "ls")).split()
        await rig.up()
        assert await rig.uppercase() == "HELLO"


async def test_stopping_a_board_that_is_away_is_no_error(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        await rig.virtual.stop()
        await rig.until(False)
        await rig.board.stop_node()


async def test_a_board_that_noise_has_interrupted_is_started_again(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        rig.board.cable._line.write(b"\x03")  # as the line may make of another byte
        assert "is at its prompt" in await rig.until_reason("is at its prompt")
        await rig.until(True)
        assert await rig.uppercase() == "HELLO"


async def test_a_prompt_that_a_person_led_to_is_his(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        rig.board.cable.type(b"\x03")
        await rig.until_reason("is at its prompt")
        assert not rig.board.cable._abandoned()


async def test_a_program_that_stops_the_node_is_not_started_again(tmp_path):
    program = (
        "import asyncio, os\n"
        "async def main(node):\n"
        "    while 'enough' not in os.listdir('/'): await asyncio.sleep(0.02)\n"
        "    await node.stop()\n"
    )
    async with cabled(tmp_path, uockam_json='{"main": "app"}', app_py=program) as rig:
        await rig.up()
        (rig.flash / "enough").touch()
        await rig.until_reason("is at its prompt")
        assert rig.board.cable._rescue._deliberate()


async def test_what_the_board_prints_is_in_the_log_line_by_line_and_nothing_is_lost(tmp_path):
    program = (
        "import asyncio\n"
        "async def main(node):\n"
        "    print()\n"
        "    for n in range(30): print('line', n, 'of a log')\n"
        "    print('\\x1b[31mred', 'x' * 500)\n"
        "    print('no end', end='')\n"
    )
    async with cabled(tmp_path, uockam_json='{"main": "app"}', app_py=program) as rig:
        await rig.watch()
        for number in range(30):
            await rig.logged(f"board: line {number} of a log")
        assert "board: ?[31mred x" in await rig.logged("red")
        await rig.logged("board: no end")


async def test_a_worker_on_the_board_sends_to_a_worker_of_this_program(tmp_path):
    program = (
        "import asyncio\n"
        "from uockam.errors import DeliveryError\n"
        "async def main(node):\n"
        "    for n in range(3):\n"
        "        while True:\n"
        "            try:\n"
        "                await node.send(('host', 'collector'), b'%d' % n)\n"
        "                break\n"
        "            except DeliveryError: await asyncio.sleep(0.05)\n"
        "    print(await node.ask(('host', 'collector2'), b'x'))\n"
    )
    async with cabled(tmp_path, uockam_json='{"main": "app"}', app_py=program) as rig:
        collector = Collector()
        await rig.node.start_worker("collector", collector)
        await rig.up()
        assert [await collector.payloads.get() for _ in range(3)] == [b"0", b"1", b"2"]
        await rig.logged("there is no worker at 'collector2'")


async def test_the_board_does_not_reach_what_belongs_to_this_computer_only(tmp_path):
    program = (
        "import asyncio\n"
        "from uockam.errors import Error\n"
        "async def main(node):\n"
        "    while True:\n"
        "        try: print(await node.ask(('host', '_secret'), b'x'))\n"
        "        except Error as error: print('refused:', error)\n"
        "        await asyncio.sleep(0.1)\n"
    )
    async with cabled(tmp_path, uockam_json='{"main": "app"}', app_py=program) as rig:
        collector = Collector()
        await rig.node.start_worker("_secret", collector)
        await rig.up()
        await rig.logged("refused: there is no worker at '_secret'")
        assert collector.payloads.empty()


async def test_a_port_that_is_not_there_is_named_and_used_once_it_is(tmp_path):
    async with cabled(tmp_path, plugged_in=False) as rig:
        rig.own()
        with pytest.raises(HostError, match="There is no serial port"):
            await rig.board.wait_up(60_000)
        await rig.virtual.start()
        assert await rig.until(True) == ""


async def test_before_anything_is_known_messages_are_refused(tmp_path):
    async with cabled(tmp_path, plugged_in=False) as rig:
        rig.own()
        with pytest.raises(ConnectionLost, match="not connected yet"):
            await rig.uppercase()
        with pytest.raises(NoSuchAddress):
            await rig.node.stop_worker("uppercase")
        with pytest.raises(HostError, match="cannot be reached"):
            await rig.board.manage(b"")

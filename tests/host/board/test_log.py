"""The log of a board, followed over a route; and printing beside traffic."""

import asyncio
import json
import os

from uockam.errors import RemoteError

from .conftest import cabled, config, free_address
from .test_services import listen, stranger

# Prints a line for each message: the level of a test, not of a clock.
PRINTER = """
import uockam.log
from uockam import Worker
class Printer(Worker):
    async def handle_message(self, context, message):
        exec(message.text, {"log": uockam.log})
        await context.reply(message, "done")
async def main(node):
    await node.start_worker("printer", Printer())
"""


def printer(folder, **more):
    return cabled(folder, uockam_json=config(main="app", **more), app_py=PRINTER)


async def test_what_a_program_prints_and_what_the_runtime_logs_can_be_read(tmp_path):
    async with printer(tmp_path) as rig:
        await rig.up()
        await rig.node.ask("printer", "print('a', 5, sep='-'); print('b', end=''); print('c\\nd\\x1b')")
        await rig.node.ask("printer", "log.log(log.WARNING, 'mine', 'careful'); log.log(log.INFO, 'mine', 'no')")
        assert (await rig.node.ask("log", "read")).splitlines()[-4:] == ["a-5", "bc", "d?", "WARNING mine: careful"]
        await rig.logged("board: a-5")  # and it is on the console as ever
        await rig.logged("board: WARNING mine: careful")


async def test_the_level_of_the_runtimes_log_is_a_setting(tmp_path):
    async with printer(tmp_path, log_level="info") as rig:
        await rig.up()
        await rig.node.ask("printer", "log.log(log.INFO, 'mine', 'told')")
        assert "INFO mine: told" in await rig.node.ask("log", "read")


async def test_whoever_follows_gets_what_is_there_and_what_comes_in_numbered_batches(tmp_path):
    async with printer(tmp_path) as rig:
        await rig.up()
        await rig.node.ask("printer", "print('before')")
        heard = await listen(rig, "log", "follow")
        assert await heard.get() == "following for 300 s"
        first, *lines = (await heard.get()).splitlines()
        assert (first, lines[-1]) == ("0 0", "before")
        number = len(lines)
        for text in ("one", "two"):
            await rig.node.ask("printer", f"print({text!r})")
            assert await heard.get() == f"{number} 0\n{text}"
            number += 1


async def test_lines_that_nobody_could_take_in_time_are_counted(tmp_path):
    async with printer(tmp_path) as rig:
        await rig.up()
        heard = await listen(rig, "log", "follow")
        assert await heard.get() == "following for 300 s"
        await rig.node.ask("printer", "for n in range(1000): print('line', n)")
        numbers = {}
        lost = 0
        while len(numbers) + lost < 1000 or max(numbers) < 999:
            head, *lines = (await heard.get()).splitlines()
            first, missed = map(int, head.split())
            lost += missed
            for offset, line in enumerate(lines):
                if line.startswith("line "):
                    numbers[int(line[5:])] = first + offset
        assert max(numbers) == 999
        assert lost >= 1000 - 24 - len(numbers)
        assert len({number - line for line, number in numbers.items()}) == 1  # the numbers of lines tell the gap


async def test_the_memory_of_the_log_is_bounded(tmp_path):
    async with printer(tmp_path) as rig:
        await rig.up()
        await rig.node.ask("printer", "for n in range(50): print('x' * 5000)")
        await rig.node.ask("printer", "print('y' * 50000, end='')")
        await rig.node.ask("printer", "print()")
        lines = (await rig.node.ask("log", "read")).splitlines()
        assert (len(lines), max(map(len, lines))) == (24, 120)


async def test_printing_is_left_alone_after_the_node_and_without_the_service(tmp_path):
    async with printer(tmp_path, services=["info"]) as rig:
        await rig.up()
        await rig.node.ask("printer", "import builtins; print(builtins.print)")
        await rig.logged("board: <function>")


async def test_strangers_do_not_read_the_log_unless_it_is_open(tmp_path):
    for opened in ([], ["log"]):
        address = free_address()
        async with printer(tmp_path / str(len(opened)), listen=address, open=opened) as rig:
            await rig.watch()
            await rig.logged("listening at")
            async with stranger(address) as ask:
                try:
                    answer = await ask("log", "read")
                except RemoteError as error:
                    answer = str(error)
                assert ("'log' answers its owner only" in answer) is not bool(opened)
                assert ("listening at" in answer) is bool(opened)


async def test_a_program_that_prints_without_pause_does_not_break_the_link(tmp_path):
    program = (
        "import asyncio\n"
        "async def main(node):\n"
        "    number = 0\n"
        "    while True:\n"
        "        for _ in range(4):\n"
        "            print('\\u00fc' * 30, number, '\\t|' * 20)\n"
        "            number += 1\n"
        "        await asyncio.sleep(0)\n"
    )
    async with cabled(tmp_path, uockam_json=config(main="app"), app_py=program) as rig:
        await rig.up()
        payloads = [os.urandom(700) for _ in range(60)]
        answers = await asyncio.gather(*[rig.node.ask("echo", payload, 60_000) for payload in payloads])
        assert answers == payloads
        assert rig.board.up
        printed = [line for line in rig.lines if "board: ü" in line]
        assert len(printed) > 10
        assert json.loads(await rig.node.ask("info", "", 60_000))["uockam"]

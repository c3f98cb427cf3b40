"""A virtual board, a node with a Board on it, and real tools, for tests that are coroutines."""

import asyncio
import json
import os
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

from uockam import Node
from uockam.crypto.steps import last
from uockam.secure import vault
from uockam.secure.keys import Keys
from uockam.secure.store import MemoryStore
from uockam_host.device.repl import Repl
from uockam_host.device.virtual import VirtualBoard
from uockam_host.link.serial import open_port
from uockam_host.node.board import Board

from ...lib.patience import PATIENCE_MS, PATIENCE_S

HELLO = "hello"
VAULT = "uockam-vault"


def free_address():
    """MicroPython cannot tell which port it got, so one has to be chosen for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def config(**values):
    """The text of a board's uockam.json."""
    return json.dumps(values)


async def tool(name, *arguments):
    """What one of the tools beside this interpreter prints, with its exit code: ('out', 0)."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name(name),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return output.decode().replace("\r\n", "\n"), process.returncode


async def mpremote(port, *arguments):
    """The output of an mpremote command that must work."""
    output, code = await tool("mpremote", "connect", port, *arguments)
    assert code == 0, output
    return output


async def ampy(port, *arguments):
    """The output of an ampy command that must work."""
    output, code = await tool("ampy", "-p", port, *arguments)
    assert code == 0, output
    return output


def give_identity(flash):
    """Put the vault of a board that has been started before there; the identifier that it has since then."""
    kept = MemoryStore()
    made = last(Keys(kept).create_steps(os.urandom(32), None))
    records = {name: kept.get(name) for name in kept.names()}
    (flash / VAULT).write_bytes(vault.pack(1, records))
    return made.identifier


class Cabled:
    """A board that is plugged in, not for the first time, and a node of this computer behind which it is."""

    def __init__(self, folder):
        self.virtual = VirtualBoard(folder)
        self.flash = self.virtual.flash
        self.flash.mkdir(parents=True)
        self.identifier = give_identity(self.flash)
        self.lines = []  # of the log
        self.node = Node("host")
        self.board = None
        self._more = asyncio.Event()
        self._task = None

    def own(self):
        """Let a new Board have the port."""
        self.board = Board(self.node, self.virtual.port, log=self._log)
        self._task = asyncio.create_task(self.board.run())

    def _log(self, level, text):
        self.lines.append(text)
        self._more.set()

    async def up(self):
        """Own the port, and wait until the board's node answers."""
        self.own()
        await self.board.wait_up(PATIENCE_MS)

    async def watch(self):
        """As up(), with the board reset, so that all that it prints from its start on is in the log."""
        await self.up()
        self.lines.clear()
        await self.virtual.reset()

    async def release(self):
        """Let go of the port."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, up):
        """Wait for the board to be up, or down; the reason."""
        while self.board.up is not up:
            await self.board.changed()
        return self.board.reason

    async def until_reason(self, part):
        """Wait for the board to be away for a reason with this in it; the reason."""
        while part not in self.board.reason:
            await self.board.changed()
        return self.board.reason

    async def logged(self, part):
        """Wait for a line of the log with this in it, and take the log up to it."""
        while True:
            self._more.clear()
            for number, line in enumerate(self.lines):
                if part in line:
                    del self.lines[: number + 1]
                    return line
            await self._more.wait()

    async def uppercase(self):
        """Ask the board's uppercase service, through the gateway."""
        return await self.node.ask("uppercase", HELLO)

    async def close(self):
        if self._task is not None:
            await self.release()
        await self.virtual.stop()
        await self.node.stop()


@asynccontextmanager
async def cabled(folder, plugged_in=True, **files):
    """A Cabled whose board has these files beside the firmware: `main_py` is main.py; nobody has the port yet."""
    rig = Cabled(folder / "board")
    for name, text in files.items():
        (rig.flash / name.replace("_", ".")).write_text(text)
    try:
        if plugged_in:
            await rig.virtual.start()
        yield rig
    finally:
        await rig.close()


@asynccontextmanager
async def prompt(rig):
    """The board's prompt, as a person with a terminal has it."""
    line = await open_port(rig.virtual.port)
    repl = Repl(line, lambda data: None, patience=PATIENCE_S)
    try:
        assert await repl.interrupt()
        yield repl
    finally:
        line.close()
        await line.ended.wait()

"""An emulated Pico, the host's node behind which it is, and a program that runs on it."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from uockam import Node, Worker
from uockam_host.errors import HostError
from uockam_host.node.board import Board

from .emulated import EmulatedPico

_WAIT_MS = 60_000
_LATE_S = 20
_TRIES = 4


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the emulator."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.emulator)


async def tool(name: str, *words: str) -> str:
    """What one of the tools beside this interpreter prints; it must work."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name(name),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    text = output.decode().replace("\r\n", "\n")
    assert process.returncode == 0, text
    return text


async def patiently(action: Callable[[], Awaitable[object]]) -> object:
    """What the action gives, tried again a few times: the host's patience is made for boards that are not emulated."""
    for _ in range(_TRIES - 1):
        with suppress(HostError, asyncio.TimeoutError):
            return await action()
    return await action()


class Counter(Worker):
    """Remembers the numbers that it gets, and acknowledges each."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.more = asyncio.Event()

    async def handle_message(self, context, message):
        self.numbers.append(int(message.payload))
        self.more.set()
        await context.reply(message, message.payload)

    async def next_number(self) -> int:
        """The first number that comes from now on."""
        self.more.clear()
        await self.more.wait()
        return self.numbers[-1]


class Rig:
    """The emulated board, and a node of this computer with the board behind it and a Counter at "counter"."""

    def __init__(self, pico: EmulatedPico) -> None:
        self.pico = pico
        self.node = Node("host")
        self.counter = Counter()
        self.answered = 0  # asks that the board answered
        self.board: Board | None = None
        self._task: asyncio.Task[None] | None = None

    async def own(self) -> None:
        """Take the port, and wait until the board's node answers."""
        await patiently(self._own)

    async def _own(self) -> None:
        await self.release()
        self.board = Board(self.node, self.pico.port, log=logging.getLogger("board").log)
        self._task = asyncio.create_task(self.board.run())
        try:
            await self.board.wait_up(_WAIT_MS)
        except HostError:  # it may yet come up, unless it was interrupted while it began
            await asyncio.wait_for(self.until(up=True), _LATE_S)

    async def release(self) -> None:
        """Let go of the port; the board's node runs on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, up: bool) -> None:
        """Wait for the board to be up, or down."""
        while self.board.up is not up:
            await self.board.changed()

    async def configure(self, folder: Path, files: dict[str, str], **settings: object) -> None:
        """Put files and settings on the board whose node has been stopped, with mpremote."""
        names = {**files, "uockam.json": json.dumps(settings)}
        for name, text in names.items():
            (folder / name).write_text(text)
        await tool("mpremote", "connect", self.pico.port, "cp", *[str(folder / name) for name in names], ":")


@asynccontextmanager
async def plugged_in(folder: Path) -> AsyncIterator[Rig]:
    """A Rig whose board is new and runs; nobody has its port yet."""
    rig = Rig(EmulatedPico(folder))
    await rig.node.start_worker("counter", rig.counter)
    try:
        await rig.pico.start()
        yield rig
    finally:
        await rig.release()
        await rig.node.stop()
        await rig.pico.stop()

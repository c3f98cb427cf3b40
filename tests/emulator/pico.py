"""An emulated Pico behind a pseudo-terminal, as a board on a USB cable: `pico.py FIRMWARE.uf2 FOLDER`.

Its port is FOLDER/tty. It prints "ready" when it is plugged in, takes the commands of _COMMANDS on standard input, a
line each, and prints "ready" after each. It ends when standard input does. Its flash lives as long as this process.
"""

import asyncio
import contextlib
import os
import sys
import tty
from pathlib import Path

import oscillator
from pace import Calls, Stretch, install_calendar
from packets import Packets
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import BaseDevice, ResetCause
from rp2040py.device.repl_runner import InteractiveRepl

CHUNK_BYTES = 512  # what the emulated host holds for the board


class Pico(BaseDevice):
    """The board. plug, unplug and reset are what a hand does to it."""

    def __init__(self, image: Path, port: Path) -> None:
        super().__init__(board=resolve_firmware(BOARDS["pico"], "micropython", str(image)))
        oscillator.install(self.mcu)
        install_calendar(self.mcu)
        self.simulator.execute = self._execute
        self._stretch = Stretch(self.mcu, self.simulator.clock)
        self._port = port
        self._repl = InteractiveRepl(self.cdc, on_data=self._from_board)
        self._packets = Packets(self.cdc, self._taken)
        self._calls = Calls()
        self._out = b""
        self._near = self._far = -1

    async def _execute(self) -> None:
        """In place of the simulator's own."""
        self.simulator.stopped = False
        while not self.simulator.stopped:
            await asyncio.sleep(max(self._stretch.run(), 0))

    async def plug(self) -> None:
        """Power, boot, and the port appears when the board has enumerated."""
        self._open_port()
        await self._repl.start()
        if self._started:
            self.simulator.start_execution()
            await self.ahard_reset(None, cause=ResetCause.POWER_ON)
        else:
            await self.astart(None)
        self._port.symlink_to(os.ttyname(self._far))

    async def unplug(self) -> None:
        """No power, no port; what is in the flash stays."""
        self.stop()
        self._port.unlink()
        asyncio.get_running_loop().remove_reader(self._near)
        asyncio.get_running_loop().remove_writer(self._near)
        os.close(self._near)
        os.close(self._far)
        self._near = self._far = -1
        self._out = b""
        self._calls = Calls()
        await self._repl.stop()
        self._repl = InteractiveRepl(self.cdc, on_data=self._from_board)

    async def press_reset(self) -> None:
        """The RUN pin; as this is one computer's end of a pseudo-terminal, the port stays."""
        await self.ahard_reset(None, cause=ResetCause.RUN_PIN)

    def _open_port(self) -> None:
        self._near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self._near, False)
        asyncio.get_running_loop().add_reader(self._near, self._to_board)

    def _to_board(self) -> None:
        """A chunk goes in whole before the next one is read: what does not fit waits at the sender."""
        if not self._repl.send(os.read(self._near, CHUNK_BYTES)):
            asyncio.get_running_loop().remove_reader(self._near)
        self._packets.send()

    def _taken(self) -> None:
        if self._repl.pump() and self._near >= 0:
            asyncio.get_running_loop().add_reader(self._near, self._to_board)

    def _from_board(self, data: "bytes | bytearray") -> None:
        self._out += self._calls.feed(bytes(data))
        self._flush()

    def _flush(self) -> None:
        if self._near < 0:
            return
        with contextlib.suppress(BlockingIOError):
            self._out = self._out[os.write(self._near, self._out) :]
        loop = asyncio.get_running_loop()
        if self._out:
            loop.add_writer(self._near, self._flush)
        else:
            loop.remove_writer(self._near)


_COMMANDS = {"plug": Pico.plug, "unplug": Pico.unplug, "reset": Pico.press_reset}


async def main(image: Path, folder: Path) -> None:
    """Obey standard input until it ends."""
    pico = Pico(image, folder / "tty")
    await pico.plug()
    while True:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            break
        await _COMMANDS[line.strip()](pico)
    pico.stop()


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))

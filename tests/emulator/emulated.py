"""The process of an emulated Pico, and what a hand does to the board."""

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "build" / "firmware" / "RPI_PICO.uf2"
PLAIN = FIRMWARE.with_name("RPI_PICO-plain.uf2")  # MicroPython alone
PROGRAM = Path(__file__).with_name("pico.py")
FLASH_BYTES = 640 * 1024  # for the firmware; the file system has the rest of the 2 MB


class EmulatedPico:
    """A board in its box until start(). Its port is `port` while it is plugged in, its flash lives until stop()."""

    def __init__(self, folder: Path, firmware: Path = FIRMWARE) -> None:
        self.port = str(folder / "tty")
        self._firmware = firmware
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Plug it in for the first time."""
        assert self._firmware.is_file(), f"There is no {self._firmware}: `make firmware` builds it"
        command = [sys.executable, str(PROGRAM), str(self._firmware), str(self._folder)]
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        await self._ready()

    async def do(self, command: str) -> None:
        """reset, unplug or plug; returns when it is done."""
        self._process.stdin.write(f"{command}\n".encode())
        await self._ready()

    async def stop(self) -> None:
        """The end of the board."""
        self._process.stdin.close()
        await self._process.wait()

    async def _ready(self) -> None:
        line = await self._process.stdout.readline()
        assert line == b"ready\n", "the emulator ended"

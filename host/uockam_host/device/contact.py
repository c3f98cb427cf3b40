"""Coming to the prompt of a board by a library's serial port, and what goes wrong on the way, told apart."""

import asyncio
from typing import Any

from ..errors import HostError
from ..link.serial import open_port
from .copier import BoardError
from .errors import BootLoader, FirmwareMissing, ProgramRunning

ANSWER_S = 10.0  # between two bytes of a board that is busy with its flash
WORK_S = 60.0  # for one piece of work, such as writing some files: a slow board, a worn flash, an emulator
RESTART = b"\x04"  # Ctrl-D
_GREETING_S = 1.5
_BOOT_S = 30.0  # a boot.py that joins a network
_TRIES = 3  # a program may catch one interrupt and go on
_INTERRUPT = b"\x03\x03\x01"  # Ctrl-C twice, Ctrl-A for the raw prompt
_REBOOT = b"soft reboot\r\n"
_BANNER = b"raw REPL; CTRL-B to exit\r\n"
_RAW_PROMPT = _BANNER + b">"
_BOOT_LOADER = b"waiting for download"  # what the ROM of an ESP32 prints


class PasteFailed(HostError):
    """The board came to its prompt, and its raw-paste mode does not work."""

    def __init__(self, port: str) -> None:
        super().__init__(f"The raw-paste mode of the board at {port} does not work", "Add `--via ampy`")


def come_to_prompt(serial: Any, port: str) -> None:
    """Have a board at its raw prompt, freshly reset; its boot.py has run. serial: a port of pyserial.

    Only the `>` is left to be read, which both libraries wait for. Raises FirmwareMissing, BootLoader, ProgramRunning.
    """
    _interrupt(serial, port)
    serial.timeout = _BOOT_S
    serial.write(RESTART)
    for sign in (_REBOOT, _BANNER):
        if not serial.read_until(sign).endswith(sign):
            raise lost(port, TimeoutError("it did not come back from a soft reset"))
    serial.timeout = ANSWER_S


def _interrupt(serial: Any, port: str) -> None:
    serial.timeout = _GREETING_S
    seen = b""
    for _ in range(_TRIES):
        serial.write(_INTERRUPT)
        seen += serial.read_until(_RAW_PROMPT)
        if seen.endswith(_RAW_PROMPT):
            return
    raise _no_prompt(port, seen)


def check(port: str) -> None:
    """Open the port as a node does, and let go of it. Raises the errors of link.serial, which say what is wrong."""
    asyncio.run(_open_and_close(port))


def not_opened(port: str) -> HostError:
    """Why a library could not open the port: not all of them tell."""
    try:
        check(port)
    except HostError as error:
        return error
    return HostError(f"The serial port {port} could not be opened", "Try again")


def lost(port: str, cause: BaseException) -> HostError:
    """The board was at its prompt, and does not answer any more."""
    why = " ".join(str(cause).split()) or type(cause).__name__
    return HostError(
        f"The board at {port} stopped answering: {why}",
        "Look at its cable, press its reset button, and run the command again: it goes on where it was",
    )


def failed(traceback: str) -> BoardError:
    """What a program on the board ended with."""
    lines = traceback.strip().splitlines() or ["it said nothing"]
    return BoardError(f"The board could not do it: {lines[-1].strip()}", "Run the command again with `--verbose`")


async def _open_and_close(port: str) -> None:
    line = await open_port(port)
    line.close()
    await line.ended.wait()


def _no_prompt(port: str, seen: bytes) -> HostError:
    if not seen:
        return FirmwareMissing(port)
    return BootLoader(port) if _BOOT_LOADER in seen else ProgramRunning(port)

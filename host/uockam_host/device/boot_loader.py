"""Bringing a board that runs MicroPython, or an Arduino program, into its boot loader over its serial port."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from serial import Serial, SerialException, serial_for_url

from ..link.serial import open_error

Found = TypeVar("Found")

PATIENCE_S = 15.0  # for a drive, or a port, that a board brings up: Windows takes some seconds

_POLL_S = 0.05
_TOUCH_BAUD = 1200  # boards with USB take an opening at this speed for a wish to go into the boot loader
_RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
_GO = b"import machine\nmachine.bootloader()\n\x04"
_INTERRUPT = b"\x03\x03\x02"  # and to the usual prompt, from the raw one
_PROMPT = b">>> "
_RAW = b"\x01"
_REPLY_S = 1.0
_TRIES = 3  # a program may catch one interrupt and go on


def open_port(port: str, baud: int = 115200) -> Serial:
    """A port for this process alone, opened so that it resets no board. Raises the errors of link/serial.py."""
    try:
        line = serial_for_url(port, baudrate=baud, exclusive=True, do_not_open=True, write_timeout=_REPLY_S)
        if os.name == "nt":
            line.rts = line.dtr = False  # there, opening sets them otherwise
        line.open()
    except (SerialException, ValueError) as error:
        raise open_error(port, error) from error
    return line


def ask(port: str) -> bool:
    """Run machine.bootloader() at MicroPython's prompt, ending what runs; whether there was such a prompt."""
    with open_port(port) as line, suppress(OSError):
        for _ in range(_TRIES):
            line.write(_INTERRUPT)
            if not _comes(line, _PROMPT):
                continue
            line.write(_RAW)
            if _comes(line, _RAW_PROMPT):
                line.write(_GO)
                line.flush()
                return True
    return False


def touch(port: str) -> None:
    """Open the port at 1200 baud, and close it."""
    with open_port(port, _TOUCH_BAUD) as line, suppress(OSError):
        line.dtr = False


def wait(look: Callable[[], Found], seconds: float) -> Found:
    """What `look` finds, as soon as it finds something; what it found last otherwise."""
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(_POLL_S)
    return found


def _comes(line: Serial, marker: bytes) -> bool:
    line.timeout = _REPLY_S
    end = time.monotonic() + _REPLY_S
    seen = b""
    while marker not in seen and time.monotonic() < end:
        seen += line.read(line.in_waiting or 1)
    return marker in seen

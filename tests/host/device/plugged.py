"""Boards that are plugged in: virtual ones in processes of their own, bare terminals, and what a system would tell."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from serialx import SerialPortInfo

from uockam_host.device import probe
from uockam_host.device.sources import Sources
from uockam_host.link import ports

PICO = "2e8a:0005"
PICO_BOOT = "2e8a:0003"
CP2102 = "10c4:ea60"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody will answer, so that there is nothing to wait for."""
    monkeypatch.setattr(probe, "_SHOW_S", 0.01)
    monkeypatch.setattr(probe, "_ANSWER_S", 0.01)


@contextmanager
def board(folder: Path, *, blank: bool = False, main: str = "") -> Iterator[str]:
    """The port of a virtual board; main: its main.py, in place of the one that starts a node."""
    if main:
        (folder / "flash").mkdir(parents=True)
        (folder / "flash" / "main.py").write_text(main)
    command = [sys.executable, "-m", "uockam_host.device.virtual", str(folder), *(["--blank"] if blank else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


class Terminal:
    """A port at which nobody answers: what is written to it can be seen."""

    def __init__(self) -> None:
        self._near, self._far = os.openpty()
        os.set_blocking(self._near, False)
        self.port = os.ttyname(self._far)

    def written(self) -> bytes:
        """What somebody has written since the last time."""
        try:
            return os.read(self._near, 65536)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self._near)
        os.close(self._far)


def usb_port(
    port: str, usb: str, serial_number: str = "E6614103E7", product: str = "Board in FS mode"
) -> SerialPortInfo:
    """What the system tells of a serial port on USB."""
    vendor, product_id = (int(part, 16) for part in usb.split(":"))
    return SerialPortInfo(
        device=f"/dev/serial/by-id/usb-{serial_number}",
        resolved_device=port,
        vid=vendor,
        pid=product_id,
        serial_number=serial_number,
        manufacturer="MicroPython",
        product=product,
        bcd_device=0x100,
        interface_description=None,
        interface_num=0,
    )


def seen(*found: SerialPortInfo, drives=(), usb=(), owners=(), users=ports.users_of, details=None) -> Sources:
    """A system that tells this."""
    return Sources(lambda: found, lambda: drives, lambda: usb, lambda: owners, users, details or {}.__getitem__)


def uf2_drive(folder: Path, board_id: str) -> Path:
    """The drive of a UF2 boot loader."""
    folder.mkdir(parents=True)
    (folder / "INFO_UF2.TXT").write_text(f"UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: {board_id}\r\n")
    return folder

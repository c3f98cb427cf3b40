"""The situations in which a board cannot be used, told apart by every device command: each has a cause and a remedy.

No device, wrong port, boot-loader mode, program running, firmware missing; and, of link/serial.py, not permitted, busy.
"""

from collections.abc import Sequence

from ..errors import HostError
from ..link.serial import PortBusy, PortMissing, PortNotPermitted, PortUnusable

__all__ = [
    "BootLoader",
    "FirmwareMissing",
    "NoDevice",
    "PortBusy",
    "PortMissing",
    "PortNotPermitted",
    "PortUnusable",
    "ProgramRunning",
    "SeveralDevices",
    "WrongPort",
]

_DOCTOR = "`uockam device doctor` looks for the cause"


class NoDevice(HostError):
    """No board is plugged in, as far as this computer can see."""

    def __init__(self) -> None:
        super().__init__(
            "No board is plugged in",
            f"Plug it in with a cable that carries data: many only charge. {_DOCTOR}",
        )


class SeveralDevices(HostError):
    """More than one board is plugged in; `choices` say which, a line each."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(
            "\n  ".join([f"There are {len(choices)} boards:", *choices]), "Say which one is meant with --port"
        )


class WrongPort(HostError):
    """Nothing is at the port that was named, or no board can be there."""

    def __init__(self, port: str, cause: str, others: Sequence[str]) -> None:
        super().__init__(
            cause, f"The boards that are there: {', '.join(others)}" if others else f"Plug the board in. {_DOCTOR}"
        )
        self.port = port
        self.others = others


class BootLoader(HostError):
    """The board takes firmware and runs nothing. place: its port, or the drive that it shows."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The board at {place} is in its boot-loader mode",
            "Flash MicroPython with `uockam device flash`, or plug it in again without pressing its button",
        )


class ProgramRunning(HostError):
    """A program on the board takes no notice of Ctrl-C."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"A program is running on the board at {port} and cannot be interrupted",
            f"Press the board's reset button, or run `uockam device reset --port {port}`",
        )


class FirmwareMissing(HostError):
    """What is at the port does not answer as MicroPython does."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"There is no MicroPython on the board at {port}, or it hangs",
            f"Press the board's reset button; if that does not help, run `uockam device flash --port {port}`",
        )

"""ESP32 chips, flashed by esptool as a library: over a UART bridge or the chip's own USB."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from esp_pylib.logger import EspLog, EspLogBase
from esptool import cmds
from esptool.loader import DEFAULT_CONNECT_ATTEMPTS, ESPLoader
from esptool.reset import ResetStrategy
from esptool.util import FatalError, PrintOnce, flash_size_bytes

from ..errors import HostError
from ..link import ports
from . import boot_loader, esp_image
from .boot_loader import PATIENCE_S, open_port, wait
from .flasher import RESUME, BadFirmware, Firmware, FlashFailed, Progress, Step, Unplugged

BAUDS = (460800, 230400, 115200)  # each is tried when the one before it fails; 460800 is what MicroPython recommends

_PIECE = 0x10000  # flash is erased by so much at once, and what a piece holds already is not written again
_PATIENT, _QUICK = DEFAULT_CONNECT_ATTEMPTS, 2

_HOLD_BOOT = (
    "Hold the BOOT button of the board, tap EN (or RESET), let BOOT go, and run the same command again; "
    "if that does not help, use another cable: many have wires for charging only"
)
_BAD_FLASH = "Use a shorter cable and a port of the computer itself; if it happens again, the flash is broken"
_CAUSES = (
    ("Failed to connect", "The boot loader of the board at {port} does not answer", _HOLD_BOOT),
    ("MD5 of file", "The flash of the board at {port} does not hold what was written", _BAD_FLASH),
    ("region is empty", "The flash of the board at {port} stays empty, whatever is written", _BAD_FLASH),
    ("autodetect", "The chip at {port} is none that uockam knows", "Run `uockam device list` to see your boards"),
)


class EspFlasher:
    """One chip at a serial port. note: told in a sentence what goes on. Contract: flasher.Flasher.

    own_usb: the port is one that MicroPython makes of the chip's own USB, which has no reset lines.
    """

    def __init__(self, port: str, *, note: Callable[[str], None], own_usb: bool = False, patient: bool = True) -> None:
        self.chip = ""
        self._port = self._first_port = port
        self._own_usb = own_usb
        self._note = note
        self._attempts = _PATIENT if patient else _QUICK
        self._esp: ESPLoader | None = None
        self._log = _Log(note)
        EspLog.set_logger(self._log)
        ResetStrategy.print_once = PrintOnce(self._no_reset)  # its own has kept the logger that was there before

    def identify(self) -> str:
        """Reset the chip into its boot loader and ask which it is. Raises FlashFailed and the errors of a port."""
        if self._own_usb:
            self._enter()
        with self._explained("asked for its chip"):
            self.chip = str(self._connected().CHIP_NAME)
        return self.chip

    def check(self, firmware: Firmware) -> None:
        """Refuse a file that is damaged, for another chip, or too large. Raises BadFirmware, WrongChip, FlashFailed."""
        esp_image.check(firmware.data, self.chip, firmware.name)
        with self._explained("asked for its flash"):
            size = flash_size_bytes(cmds.detect_flash_size(self._connected()))
        if size:
            self._check_size(firmware, size)

    def _check_size(self, firmware: Firmware, size: int) -> None:
        offset = esp_image.offset_of(self.chip)
        end = offset + len(firmware.data)
        if end > size:
            text = f"The file {firmware.name} needs {end} bytes of flash, the board has {size}"
            raise BadFirmware(text, "Take a smaller one")
        wanted = esp_image.flash_of(firmware.data, offset)
        if wanted not in (None, size):
            text = f"The file {firmware.name} is for a flash of {wanted} bytes, the board has {size}"
            raise BadFirmware(text, f"Make it with `uockam device image --flash-size {size >> 20}MB`")

    def write(self, firmware: Firmware, erase: bool, progress: Progress) -> None:
        """Write and verify, at a lower speed when a higher one fails. Raises FlashFailed."""
        for number, baud in enumerate(BAUDS):
            last = number == len(BAUDS) - 1
            try:
                self._write_at(baud, firmware, erase, progress)
                return
            except (FatalError, OSError) as error:
                self.close()
                if last or not ports.exists(self._port):
                    raise self._failure(error, "it was written") from error
                self._note(f"Writing at {baud} baud failed, trying {BAUDS[number + 1]}")

    def restart(self) -> "str | None":
        """Reset the chip, which runs what was written. Raises FlashFailed."""
        with self._explained("it was restarted"):
            self._connected().hard_reset()
        self.close()
        wait(lambda: ports.exists(self._first_port), PATIENCE_S if self._own_usb else 0)
        return self._first_port if ports.exists(self._first_port) else None

    def close(self) -> None:
        """Let go of the port."""
        if self._esp is not None:
            with suppress(OSError):
                self._esp._port.close()
            self._esp = None

    def _enter(self) -> None:
        """Let MicroPython bring the chip into its boot loader, which has another port."""
        others = set(ports.names()) - {self._port}
        self._note("Bringing the board into its boot loader by machine.bootloader()")
        if boot_loader.ask(self._port):
            wait(lambda: not ports.exists(self._port), PATIENCE_S)
            found = wait(lambda: sorted(set(ports.names()) - others), PATIENCE_S)
            self._port = found[0] if found else self._port

    def _no_reset(self, text: str) -> None:
        self._note(f"The chip cannot be reset over {self._port}, it must be in its boot loader already")

    def _connected(self) -> ESPLoader:
        if self._esp is None:
            port = open_port(self._port)
            try:
                self._esp = cmds.detect_chip(port, connect_attempts=self._attempts)
            except BaseException:
                port.close()
                raise
        return self._esp

    def _write_at(self, baud: int, firmware: Firmware, erase: bool, progress: Progress) -> None:
        esp = self._faster(self._connected(), baud)
        if erase:
            self._erase(esp, progress)
        cmds.attach_flash(esp)
        offset = esp_image.offset_of(self.chip)
        with progress(len(firmware.data), "Writing firmware") as step:
            for start, end in _pieces(offset, offset + len(firmware.data)):
                self._log.begin(end - start, step)
                cmds.write_flash(esp, [(start, firmware.data[start - offset : end - offset])], skip_flashed=True)
                self._log.end()

    def _faster(self, rom: ESPLoader, baud: int) -> ESPLoader:
        """Let esptool's own program run on the chip, which is faster; the ROM must do where it cannot."""
        try:
            self._esp = esp = cmds.run_stub(rom)
        except FatalError as error:
            self._note(f"The chip is written by its ROM, which takes longer: {error}")
            self.close()
            esp = self._connected()
        esp.WRITE_FLASH_ATTEMPTS = 1  # a lost port is told to the user, who runs the command again
        if baud != ESPLoader.ESP_ROM_BAUD:
            esp.change_baud(baud)
        return esp

    def _erase(self, esp: ESPLoader, progress: Progress) -> None:
        size = flash_size_bytes(cmds.detect_flash_size(esp)) or 0
        with progress(size, "Erasing the flash") as step:
            if esp.IS_STUB:
                cmds.erase_flash(esp)
            else:
                esp.flash_begin(size, 0)  # the ROM erases what it is told will be written
            step(size)

    @contextmanager
    def _explained(self, doing: str) -> "Iterator[None]":
        try:
            yield
        except (FatalError, OSError) as error:
            self.close()
            raise self._failure(error, doing) from error

    def _failure(self, error: Exception, doing: str) -> HostError:
        if not ports.exists(self._port):
            return Unplugged(self._port, doing, f"{RESUME}: it goes on where it stopped")
        for mark, text, remedy in _CAUSES:
            if mark in str(error):
                return FlashFailed(text.format(port=self._port), remedy)
        return FlashFailed(f"The board at {self._port} failed while {doing}: {_first_line(error)}", _HOLD_BOOT)


class _Log(EspLogBase):
    """Takes what esptool prints; passes its warnings on, and its progress as bytes of the file."""

    def __init__(self, note: "Callable[[str], None]") -> None:
        self._note = note
        self._step: Step = lambda count: None
        self._bytes = self._told = 0

    def begin(self, size: int, step: Step) -> None:
        """A piece of so many bytes is written now."""
        self._bytes, self._told, self._step = size, 0, step

    def end(self) -> None:
        """It is written, or was there already."""
        self._tell(self._bytes)

    def progress_bar(self, cur_iter: int, total_iters: int, *look: Any, **more: Any) -> None:
        """Compressed bytes that went over the line."""
        self._tell(self._bytes * cur_iter // max(total_iters, 1))

    def _tell(self, done: int) -> None:
        if done > self._told:
            self._step(done - self._told)
            self._told = done

    def warn(self, *args: Any, suggestion: "str | None" = None) -> None:
        """Something that the user can do nothing about, and may want to know when it fails."""
        self._note(" ".join(str(arg) for arg in args))

    def print(self, *args: Any, **kwargs: Any) -> None:
        """What esptool's own users read."""

    def err(self, *args: Any, suggestion: "str | None" = None) -> None:
        """It is raised, too."""

    def note(self, *args: Any) -> None:
        """Advice about options of esptool's command."""

    def hint(self, *args: Any) -> None:
        """The same."""

    def debug(self, *args: Any) -> None:
        """Traces."""

    def set_verbosity(self, mode: "int | str") -> None:
        """There is only one."""


def _pieces(start: int, end: int) -> "Iterator[tuple[int, int]]":
    """Address ranges of a piece each, ending where erasable pieces do."""
    while start < end:
        stop = min(end, (start // _PIECE + 1) * _PIECE)
        yield start, stop
        start = stop


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")

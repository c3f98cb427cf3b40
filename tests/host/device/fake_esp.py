"""An ESP chip in its boot loader, behind a pseudo-terminal: what its ROM answers, and esptool's program on it.

Protocol: esptool documentation, "Serial Protocol". A pseudo-terminal has no reset lines, so a SYNC, which is sent only
after a reset, is taken for one.
"""

import hashlib
import os
import select
import struct
import termios
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

from esptool.targets import ROM_LIST

FLASH_BYTES = 4 << 20
SECTOR = 0x1000

_HEAD = struct.Struct("<BBHI")
_OK, _FAILED, _UNKNOWN = b"\0\0", b"\1\6", b"\1\5"
_SYNC_VALUE = 0x20120707  # a running stub answers 0
_CRYSTAL_DIVIDER = 347  # of the UART at 115200 baud, with a crystal of 40 MHz
_FLASH_ID = 0x1640EF  # of 4 MB
_SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in (115200, 230400, 460800)}


class FakeEsp:
    """chip as esptool calls it. Its faults may be set at any time.

    top_baud: what goes over the line faster than that is garbled. stub: whether esptool's program runs on it.
    stuck: address of a byte of the flash that stays 0. pull_after: unplugged when so many blocks of data have come.
    at_block: (number of the block of data before which something happens, what happens).
    asleep: its program runs, the boot loader is not there.
    """

    def __init__(self, port: Path, chip: str = "ESP32") -> None:
        self.kind = next(kind for kind in ROM_LIST if chip == kind.CHIP_NAME)
        self.port = str(port)
        self.flash = bytearray(b"\xff" * FLASH_BYTES)
        self.top_baud = 460800
        self.stub = True
        self.stuck: int | None = None
        self.pull_after: int | None = None
        self.at_block: tuple[int, Callable[[], None]] | None = None
        self.asleep = False
        self.blocks = 0  # of data that came, in all
        self.writes: list[tuple[int, int]] = []  # (address, bytes) of each piece that was begun
        self.bauds: set[int] = set()  # at which data came
        self.erased_all = 0
        self._running_stub = False
        self._uploaded: dict[int, int] = {}
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        """Its port appears; what is in the flash is what was there."""
        self._near, self._far = os.openpty()
        self._stop, self._stopped = os.pipe()
        attributes = termios.tcgetattr(self._far)
        attributes[3] = 0
        termios.tcsetattr(self._far, termios.TCSANOW, attributes)
        os.symlink(os.ttyname(self._far), self.port)
        self._running_stub = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """The port is gone."""
        if self._thread is not None:
            os.close(self._stopped)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        seen = b""
        try:
            while select.select([self._near, self._stop], [], [])[0] == [self._near]:
                seen += os.read(self._near, 4096)
                while seen.count(b"\xc0") > 1:
                    _, packet, seen = seen.split(b"\xc0", 2)
                    self._take(packet.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb"))
        except Unplugged:
            pass
        finally:
            os.unlink(self.port)
            for fd in (self._near, self._far, self._stop):
                os.close(fd)

    def _baud(self) -> int:
        return _SPEEDS.get(termios.tcgetattr(self._far)[4], 115200)

    def _take(self, packet: bytes) -> None:
        """What is no packet is ignored, as by a chip: who asks for a node on the line sends bytes of every value."""
        if len(packet) < _HEAD.size:
            return
        _, command, size, checksum = _HEAD.unpack_from(packet)
        data = packet[_HEAD.size :]
        if len(data) == size and not self.asleep and self._baud() <= self.top_baud:
            handler = _COMMANDS.get(command, FakeEsp._unknown)
            handler(self, command, data, checksum)

    def _reply(self, command: int, status: bytes, value: int = 0, data: bytes = b"") -> None:
        padding = b"" if self._running_stub else b"\0\0"
        body = data + status + padding
        packet = _HEAD.pack(1, command, len(body), value) + body
        self._send(packet)

    def _send(self, packet: bytes) -> None:
        os.write(self._near, b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0")

    def _unknown(self, command: int, data: bytes, checksum: int) -> None:
        self._reply(command, _UNKNOWN)

    def _sync(self, command: int, data: bytes, checksum: int) -> None:
        self._running_stub = False
        for _ in range(8):
            self._reply(command, _OK, _SYNC_VALUE)

    def _read_register(self, command: int, data: bytes, checksum: int) -> None:
        (address,) = struct.unpack("<I", data)
        values = {
            0x40001000: self.kind.MAGIC_VALUE or 0,
            self.kind.UART_CLKDIV_REG: _CRYSTAL_DIVIDER,
            self.kind.SPI_REG_BASE + self.kind.SPI_W0_OFFS: _FLASH_ID,
        }
        self._reply(command, _OK, values.get(address, 0))

    def _security(self, command: int, data: bytes, checksum: int) -> None:
        if self.kind.CHIP_NAME == "ESP32":
            self._unknown(command, data, checksum)
        else:
            tail = b"" if self.kind.USES_MAGIC_VALUE else struct.pack("<II", self.kind.IMAGE_CHIP_ID, 0)
            self._reply(command, _OK, data=bytes(12) + tail)

    def _done(self, command: int, data: bytes, checksum: int) -> None:
        self._reply(command, _OK)

    def _memory_begin(self, command: int, data: bytes, checksum: int) -> None:
        self._reply(command, _OK if self.stub else _FAILED)

    def _memory_end(self, command: int, data: bytes, checksum: int) -> None:
        self._reply(command, _OK)
        self._running_stub = True
        self._send(b"OHAI")

    def _begin(self, command: int, data: bytes, checksum: int) -> None:
        size, _, block, address = struct.unpack_from("<4I", data)
        self._inflate = zlib.decompressobj() if command == 0x10 else None
        self._address, self._end, self._block = address, address + size, block
        if size:
            self.writes.append((address, size))
        if not self._running_stub:
            self._erase(address, size)
        self._reply(command, _OK)

    def _data(self, command: int, data: bytes, checksum: int) -> None:
        (size,) = struct.unpack_from("<I", data)
        block = data[16:]
        if self.pull_after is not None and self.blocks >= self.pull_after:
            raise Unplugged
        if self.at_block and self.blocks == self.at_block[0]:
            self.at_block[1]()
        self.blocks += 1
        self.bauds.add(self._baud())
        sum_ = 0xEF
        for byte in block:
            sum_ ^= byte
        if len(block) != size or sum_ != checksum:
            self._reply(command, _FAILED)
            return
        self._write(self._inflate.decompress(block) if self._inflate else block)
        self._reply(command, _OK)

    def _write(self, content: bytes) -> None:
        content = content[: max(self._end - self._address, 0)] if self._running_stub else content
        if self._running_stub:
            first = -(-self._address // SECTOR) * SECTOR
            self._erase(first, self._address + len(content) - first)
        old = self.flash[self._address : self._address + len(content)]
        self.flash[self._address : self._address + len(content)] = bytes(
            a & b for a, b in zip(old, content, strict=True)
        )
        self._address += len(content)
        if self.stuck is not None:
            self.flash[self.stuck] = 0

    def _erase(self, address: int, size: int) -> None:
        if size > 0:
            end = -(-(address + size) // SECTOR) * SECTOR
            self.flash[address:end] = b"\xff" * (end - address)

    def _erase_all(self, command: int, data: bytes, checksum: int) -> None:
        self.flash[:] = b"\xff" * FLASH_BYTES
        self.erased_all += 1
        self._reply(command, _OK)

    def _md5(self, command: int, data: bytes, checksum: int) -> None:
        address, size = struct.unpack_from("<II", data)
        digest = hashlib.md5(self.flash[address : address + size])
        self._reply(command, _OK, data=digest.digest() if self._running_stub else digest.hexdigest().encode())


class Unplugged(Exception):
    """The cable was pulled."""


_COMMANDS: "dict[int, Callable[[FakeEsp, int, bytes, int], None]]" = {
    0x02: FakeEsp._begin,
    0x03: FakeEsp._data,
    0x04: FakeEsp._done,
    0x05: FakeEsp._memory_begin,
    0x06: FakeEsp._memory_end,
    0x07: FakeEsp._done,
    0x08: FakeEsp._sync,
    0x09: FakeEsp._done,
    0x0A: FakeEsp._read_register,
    0x0B: FakeEsp._done,
    0x0D: FakeEsp._done,
    0x0F: FakeEsp._done,
    0x10: FakeEsp._begin,
    0x11: FakeEsp._data,
    0x12: FakeEsp._done,
    0x13: FakeEsp._md5,
    0x14: FakeEsp._security,
    0xD0: FakeEsp._erase_all,
}

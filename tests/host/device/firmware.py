"""Firmware files as MicroPython's are laid out, small, and with content that can be told apart."""

import hashlib
import struct

from uockam_host.device import esp_image, uf2

TABLE = (
    # name, type, subtype, address, bytes
    ("nvs", 1, 2, 0x9000, 0x6000),
    ("phy_init", 1, 1, 0xF000, 0x1000),
    ("factory", 0, 0, 0x10000, 0x1F0000),
    ("vfs", 1, 0x81, 0x200000, 0x200000),
)
CHIP_IDS = {"ESP32": 0, "ESP32-S2": 2, "ESP32-C3": 5, "ESP32-S3": 9, "ESP32-C6": 13}


def noise(size: int, seed: bytes = b"") -> bytes:
    """Bytes that do not compress, the same each time."""
    blocks = (hashlib.sha256(seed + number.to_bytes(4, "big")).digest() for number in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def image(chip: str, content: bytes) -> bytes:
    """A program with one segment, its checksum and its digest."""
    header = struct.pack("<BBBBI", 0xE9, 1, 2, 0x20, 0x40080000) + struct.pack(
        "<B3sHBHH4sB", 0xEE, bytes(3), CHIP_IDS[chip], 0, 0, 0xFFFF, bytes(4), 1
    )
    content += bytes(-len(content) % 4)
    body = header + struct.pack("<II", 0x3FFF0000, len(content)) + content
    checksum = 0xEF
    for byte in content:
        checksum ^= byte
    body += bytes(15 - len(body) % 16) + bytes([checksum])
    return body + hashlib.sha256(body).digest()


def table(rows: "tuple[tuple[str, int, int, int, int], ...]" = TABLE) -> bytes:
    """A partition table with its checksum."""
    entries = b"".join(
        struct.pack("<2sBBII16sI", b"\xaa\x50", kind, subtype, address, size, name.encode(), 0)
        for name, kind, subtype, address, size in rows
    )
    return (entries + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(entries).digest()).ljust(0xC00, b"\xff")


def esp(
    chip: str = "ESP32", program: bytes = noise(150_000), *, rows=TABLE, program_chip: "str | None" = None
) -> bytes:
    """A file as MicroPython's downloads are: boot loader, partition table and program, from the chip's offset on."""
    offset = esp_image.offset_of(chip)
    boot = image(chip, noise(20_000, b"boot"))
    parts = {offset: boot, 0x8000: table(rows), 0x10000: image(program_chip or chip, program)}
    data = bytearray(b"\xff" * (max(parts) - offset))
    for address, part in parts.items():
        data[address - offset : address - offset + len(part)] = part
    return bytes(data)


def rp2(chip: str = "RP2040", size: int = 40_000) -> bytes:
    """A UF2 file of so many bytes of firmware."""
    return uf2.build(chip, uf2.pages_of(noise(size, chip.encode()), uf2.FLASH_START))

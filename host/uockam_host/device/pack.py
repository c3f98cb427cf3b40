"""A version of the runtime as one file, of which a board takes its modules (firmware/device/start/boot.py, `Pack`).

    b"uoc1"  number of entries: 2 bytes
    for each entry: CRC-32 of its path, 4 bytes
    for each entry: where it is: 4 bytes; the length of its path: 1 byte; the size of its content: 3 bytes
    for each entry, the top folder among them: its path, b"/" for a folder or b"\\0" for a file, the content

Numbers are little-endian. A board keeps the sums of the paths in its memory and
reads all else when it is needed. docs/firmware.md says why.
"""

import struct
import zlib
from collections.abc import Mapping

_MAGIC = b"uoc1"
_MOST = 1024  # entries that a board takes


def build(files: Mapping[str, bytes]) -> bytes:
    """The file that has these files by path. The same files give the same bytes."""
    entries = {**dict.fromkeys(_folders(files), b""), **files}
    keys = [struct.pack("<I", zlib.crc32(path.encode())) for path in sorted(entries)]
    assert len(set(keys)) == len(keys) <= _MOST, "two paths have the same sum: rename one of the files"
    records, contents = b"", b""
    start = len(_MAGIC) + 2 + 12 * len(keys)
    for path, content in sorted(entries.items()):
        records += struct.pack("<II", start + len(contents), len(content) << 8 | len(path.encode()))
        contents += path.encode() + (b"\0" if path in files else b"/") + content
    return _MAGIC + struct.pack("<H", len(keys)) + b"".join(keys) + records + contents


def _folders(files: Mapping[str, bytes]) -> set[str]:
    parts = (path.split("/")[:-1] for path in files)
    return {"/".join(part[:count]) for part in parts for count in range(len(part) + 1)}

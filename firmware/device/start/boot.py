"""Runs first: mounts the version of uockam that this board runs, then runs the user's own boot file.

A version is one file (docs/firmware.md), so that no import mixes two. OTHER waits to be tried, TRIAL is to run once.
"""

import binascii
import gc
import io
import os
import sys

try:
    from vfs import mount
except ImportError:  # MicroPython 1.22
    from os import mount

# Collect often from here on: compiling from source leaves much behind, and the modules that stay must not be spread
# over the heap. A board then imports uockam from source in a quarter less of it.
gc.threshold(8192)

PACK = "/uockam.pack"
OTHER = PACK + ".other"
TRIAL = PACK + ".trial"
MOUNTED = "/.uockam"
USER = "/user_boot.py"
# What is replaced while the board may lose power. FAT removes the old file before it renames the new one.
REPLACED = ("/main.py", "/uockam.json", PACK)


class Pack:
    """The packages in a file, as `import` asks a file system for them. Raises OSError, for what is no pack as well."""

    def __init__(self, path: str) -> None:
        self.path = path
        with open(path, "rb") as file:
            head = file.read(6)
            count = int.from_bytes(head[4:], "little")
            if head[:4] != b"uoc1" or count > 1024:  # six times what there is; the keys stay in the heap
                raise OSError(22)
            self._keys = file.read(4 * count)
            self._size = file.seek(0, 2)

    def mount(self, readonly: bool, mkfs: bool) -> None:
        pass

    def umount(self) -> None:
        pass

    def stat(self, path: str) -> "tuple[int, ...]":
        mode, size, _ = self._find(path)
        return (mode, 0, 0, 0, 0, 0, size, 0, 0, 0)

    def open(self, path: str, mode: str) -> object:
        if mode[0] != "r":
            self.remove()
        _, size, start = self._find(path)
        with open(self.path, "rb") as file:
            file.seek(start)
            return io.BytesIO(file.read(size))

    def ilistdir(self, path: str) -> object:
        top = path.strip("/").encode()
        with open(self.path, "rb") as file:
            for at in range(0, len(self._keys), 4):
                name, mode, size, _ = self._entry(file, at)
                folder, _, last = name.rpartition(b"/")
                if folder == top and name != top:
                    yield last.decode(), mode, 0, size

    def remove(self, *paths: str) -> None:
        raise OSError(30)

    rename = mkdir = rmdir = remove

    def _find(self, path: str) -> "tuple[int, int, int]":
        """(mode, size, where its content starts)."""
        name = path.strip("/").encode()
        key = binascii.crc32(name).to_bytes(4, "little")
        at = self._keys.find(key)
        while at > 0 and at % 4:  # the end of one key and the beginning of the next
            at = self._keys.find(key, at + 1)
        if at >= 0:
            with open(self.path, "rb") as file:
                found = self._entry(file, at)
            if found[0] == name:
                return found[1:]
        raise OSError(2)

    def _entry(self, file: object, at: int) -> "tuple[bytes, int, int, int]":
        """(name, mode, size, where its content starts) of the entry whose key is there."""
        file.seek(6 + len(self._keys) + 2 * at)
        start, size = [int.from_bytes(file.read(4), "little") for _ in "ab"]
        size, length = size >> 8, size & 255
        if start + length + 1 + size > self._size:
            raise OSError(22)
        file.seek(start)
        name = file.read(length)
        return name, 0x4000 if file.read(1) == b"/" else 0x8000, size, start + length + 1


def there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def run(action: object) -> None:
    """An error here keeps no main.py from running, as it would outside."""
    try:
        action()
    except Exception as error:
        sys.print_exception(error)


def start() -> None:
    path = OTHER if on_trial else PACK
    pack = Pack(path) if on_trial or there(path) else None  # without one the packages are frozen, or copied by hand
    if pack:
        mount(pack, MOUNTED)
        sys.path.insert(0, MOUNTED)
    import device
    import device.boot

    device.on_trial = pack if on_trial else None
    device.boot.run()


for path in REPLACED:
    if there(path + ".new") and not there(path):
        os.rename(path + ".new", path)
on_trial = there(TRIAL)
if on_trial:  # any reset ends that
    os.rename(TRIAL, OTHER)
run(start)
if there(USER):
    run(lambda: execfile(USER))  # noqa: F821
for name in ("mount", "Pack", "there", "run", "start", "path"):  # a program of the user's finds its own names only
    del globals()[name]

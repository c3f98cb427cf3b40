"""Runs on MicroPython with the firmware on its path: the `files` service on a littlefs that is too small."""

# ruff: noqa: T201

import asyncio
import hashlib
import os

import vfs

from device.services import files, uploads  # noqa: F401  before the computer's files are out of reach
from uockam import api


class Ram:
    def __init__(self, blocks):
        self.data = bytearray(blocks * 4096)

    def readblocks(self, number, buffer, offset=0):
        start = number * 4096 + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, number, buffer, offset=0):
        start = number * 4096 + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        return {4: len(self.data) // 4096, 5: 4096}.get(operation, 0)


async def put(worker, path, data, announced):
    """What came of it: "there", or the words of the refusal."""
    try:
        await worker._begin([], {1: 1, 2: path, 3: announced})
        for start in range(0, len(data), 2048):
            await worker._add([], {1: 1, 2: data[start : start + 2048]})
        await worker._end([], {1: 1, 2: hashlib.sha256(data).digest()})
    except api.Reject as error:
        return error.message
    return "there"


async def main():
    worker = files.make(None)
    print(await put(worker, "/f", b"former", 6))
    large = bytes(60_000)
    print(await put(worker, "/f", large, len(large)))
    print(await put(worker, "/f", large, 10))
    with open("/f") as file:
        print(file.read(), os.listdir("/"))
    print(await put(worker, "/f", b"newer", 5))
    with open("/f") as file:
        print(file.read())


vfs.umount("/")
flash = Ram(10)
vfs.VfsLfs2.mkfs(flash)
vfs.mount(vfs.VfsLfs2(flash), "/")
asyncio.run(main())

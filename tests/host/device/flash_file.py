"""Runs on MicroPython: a board's flash in a file, and what is on it after the power was cut at any write.

flash_file.py run IMAGE KIND CODES      the programs of a JSON list, one by one, with the file system at `/`
flash_file.py cut IMAGE KIND CODES      the same with a cut before each write; after each, what boot.py finds
"""

import gc
import json
import os
import sys

import vfs

BLOCKS = {"lfs2": 4096, "fat": 512}
SYSTEMS = {"lfs2": vfs.VfsLfs2, "fat": vfs.VfsFat}
BYTES = 256 * 1024


class PowerCut(Exception):
    pass


class Flash:
    """A block device in memory; `left`: how many writes it takes before the power is gone, None for ever.

    gone: nobody uses it any more but files that were open then, which are closed when they are collected.
    """

    def __init__(self, data, block, left=None):
        self.data, self.block, self.left = data, block, left
        self.writes = 0
        self.gone = False

    def readblocks(self, number, buffer, offset=0):
        if self.gone:
            return
        start = number * self.block + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, number, buffer, offset=0):
        if self.gone:
            return
        self._need_power()
        start = number * self.block + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        if operation == 4:
            return len(self.data) // self.block
        if operation == 5:
            return self.block
        if operation == 6 and not self.gone:
            self._need_power()
        return 0

    def _need_power(self):
        self.writes += 1
        if self.left is not None and self.writes > self.left:
            raise PowerCut


def mount(flash, kind):
    vfs.umount("/")
    vfs.mount(SYSTEMS[kind](flash), "/")


def run(codes):
    space = {}
    for code in codes:
        exec(code, space)


def start():
    """What a board is after it has started: what the user's main.py is called, or else the versions that run."""
    sys.path[:] = ["", "/lib"]
    if "/.uockam" in [place for _, place in vfs.mount()]:
        vfs.umount("/.uockam")
    for name in [name for name in sys.modules if name.split(".")[0] in ("device", "uockam")]:
        del sys.modules[name]
    names = {"execfile": lambda path: execute(path, names)}
    listed = os.listdir("/")
    if "boot.py" in listed:
        execute("/boot.py", names)
    if "main.py" in os.listdir("/"):
        execute("/main.py", names)
    if "RAN" in names:
        return names["RAN"]
    import device
    import uockam

    with open("/uockam.json") as file:
        return device.VERSION, uockam.VERSION, device.ran, json.load(file)


def execute(path, names):
    with open(path) as file:
        exec(file.read(), names)


def main(action, image, kind, codes):
    block = BLOCKS[kind]
    with open(codes) as file:
        codes = json.load(file)
    try:
        with open(image, "rb") as file:
            data = bytearray(file.read())
    except OSError:
        data = bytearray(BYTES)
        SYSTEMS[kind].mkfs(Flash(data, block))
    if action == "run":
        home = vfs.mount()[0][0]
        mount(Flash(data, block), kind)
        run(codes)
        vfs.umount("/")
        vfs.mount(home, "/")
        with open(image, "wb") as file:
            file.write(data)
    else:
        cut_everywhere(data, block, kind, codes)


def cut_everywhere(data, block, kind, codes):
    left, done = 0, False
    while not done:
        gc.collect()
        gc.disable()
        now = bytearray(data)
        flash = Flash(now, block, left)
        try:
            mount(flash, kind)
            run(codes)
            done = True
        except PowerCut:
            pass
        mount(Flash(now, block), kind)
        flash.gone = True
        sys.stdout.write(f"after {left} {json.dumps(start())}\n")
        left += 1


main(*sys.argv[1:])

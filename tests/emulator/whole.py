"""Runs on a 32-bit unix MicroPython: the program of a board, whose file system is the folder given.

Its own program, `probe`, prints lines of name=bytes: the heap that the node leaves, then with secure channels that are
taken, and then stops the node.
"""

import asyncio
import gc
import os
import sys

import vfs


class Flash:
    """A folder as the root, as host/uockam_host/device/virtual.py has it."""

    def __init__(self, root):
        self._files = vfs.VfsPosix(root)

    def __getattr__(self, name):
        return getattr(self._files, name)

    def rename(self, old, new):
        before = os.getcwd()
        os.chdir("/")
        try:
            self._files.rename(old.lstrip("/"), new.lstrip("/"))
        finally:
            os.chdir(before)


class probe:
    """What the board calls its user's program."""

    @staticmethod
    async def main(node):
        from device import identity

        await identity.settled.wait()
        tell("free")
        from device.channels import channels

        made = await channels(node)
        sys.modules["uockam.secure.tools"].KEPT_MS = 1
        await made.listen("taken")
        while "uockam.secure.noise" in sys.modules:
            await asyncio.sleep(0.05)
        tell("free_with_channels")
        node.spawn("stop", node.stop())


def tell(name):
    gc.collect()
    with open("/found", "a") as file:
        file.write(f"{name}={gc.mem_free()}\n")


vfs.umount("/")
vfs.mount(Flash(sys.argv[1]), "/")
os.chdir("/")
sys.path[:] = ["", ".frozen", "/lib"]
sys.modules["probe"] = probe
gc.threshold(8192)  # as a board's boot.py does (firmware/device/start/boot.py)
import device.main  # noqa: E402

device.main.run()

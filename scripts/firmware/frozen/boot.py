"""Frozen, so it runs instead of the file system's boot.py: which comes after what the node needs."""

import os

from device import boot

boot.run()
if "boot.py" in os.listdir():
    execfile("boot.py")  # noqa: F821

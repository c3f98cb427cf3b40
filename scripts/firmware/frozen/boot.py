"""Frozen, so it runs instead of the file system's boot.py: if there is one, that is the one that counts."""

import os

if "boot.py" in os.listdir("/"):
    execfile("/boot.py")  # noqa: F821
else:
    from device import boot

    boot.run()

"""Runs after boot.py: the node."""

import os

if "boot.py" not in os.listdir("/") and "boot.py.new" in os.listdir("/"):  # see boot.py about FAT
    os.rename("/boot.py.new", "/boot.py")
    execfile("/boot.py")  # noqa: F821

try:
    import device.main
except Exception:
    if globals().get("on_trial"):
        import machine

        machine.soft_reset()
    raise

device.main.run()

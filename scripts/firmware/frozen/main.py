"""Frozen, so it runs instead of the file system's main.py: which goes first, and without which the node runs."""

import os

if "main.py" in os.listdir():
    execfile("main.py")  # noqa: F821
else:
    from device import main

    main.run()

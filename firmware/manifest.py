"""Freezes uockam into a MicroPython firmware: FROZEN_MANIFEST=/path/to/this/file, or include() it from your own."""

import os

metadata(version="0.1.0", description="Ockam nodes and workers", license="Apache-2.0")  # noqa: F821


def _files(top):
    """What a board needs of a package, as firmware/package.json lists it."""
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), top)
            if name.endswith(".py") and not name.endswith("_cpython.py") and not path.startswith("start"):
                yield path


for _package in ("uockam", "device"):
    package(_package, files=sorted(_files(_package)))  # noqa: F821

"""Modules that are needed once: what was imported of them meanwhile leaves the heap again."""

import gc
import sys

from uockam.port import forget

_NAMES = (
    "uockam.secure",
    "uockam.crypto",
    "uockam.multiaddr",
    "device.vault",
    "device.entropy",
    "device.birth",
    "device.alone",
)


class Lent:
    """Use it in a `with`. What was there before stays. Nobody else may import any of them meanwhile."""

    def __enter__(self) -> None:
        self._before = _loaded()

    def __exit__(self, *_: object) -> None:
        for name in _loaded() - self._before:
            forget(name)
        gc.collect()


def _loaded() -> "set[str]":
    return {name for name in sys.modules for start in _NAMES if name == start or name.startswith(start + ".")}

"""The code that only handshakes need: a board loads it for them, and drops it when there has been none for a while."""

import asyncio
import gc
import sys

from .. import crypto
from ..port import TYPE_CHECKING, forget

if TYPE_CHECKING:
    from ..tasks import Timer
    from .workers import SecureChannels

KEPT_MS = 10_000  # after a handshake, as the next one often comes soon: loading takes a part of a second

# From the bottom up, as each import inside another one takes of a board's small stack.
_ARITHMETIC = {
    "viper": "viper.programs viper.points viper.base viper.sha2 viper.ed25519 viper.x25519",
    "pure": "pure.ed25519 pure.x25519",
}
_LOADED = (
    "crypto.hkdf",
    "crypto.curves",
    "secure.signed",
    "secure.purpose",
    "secure.identity",
    "secure.noise",
    "secure.proof",
)
# What those load, and what makes keys.
_BESIDE = (
    "crypto.curve25519 crypto.sha512_parts crypto.pure.sha2 crypto.viper.field_any crypto.viper.field_thumb "
    "crypto.viper.words crypto.viper.base_table secure.p256_micropython secure.making secure.maker"
)


def code() -> "list[str]":
    """The modules that a handshake needs, from the bottom up."""
    names = ["uockam.crypto." + name for name in _ARITHMETIC[crypto.backend].split()]
    return names + ["uockam." + name for name in _LOADED]


def _all() -> "list[str]":
    """What may be there because of handshakes: a back end that turned out to be wrong may have left something too."""
    names = ["crypto." + name for each in _ARITHMETIC.values() for name in each.split()]
    return ["uockam." + name for name in names + list(_LOADED) + _BESIDE.split()]


class Tools:
    """Use them in an `async with`, one user after another."""

    def __init__(self, channels: "SecureChannels") -> None:
        self._channels = channels
        self._more: "tuple[str, ...]" = ()
        self._one = asyncio.Lock()
        self._timer: "Timer | None" = None  # while they are there, and nobody uses them

    def add(self, *names: str) -> None:
        """Modules of the program that are needed for handshakes only, from the bottom up."""
        self._more = names

    async def __aenter__(self) -> None:
        await self._one.acquire()
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            return
        try:
            await self._load()
        except BaseException:
            self._one.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._keep()
        self._one.release()

    async def _load(self) -> None:
        gc.collect()  # so that they fill gaps
        for name in code() + list(self._more):
            await asyncio.sleep(0)
            __import__(name)

    def _keep(self) -> None:
        self._timer = self._channels.node.runner.after(KEPT_MS, self._drop)

    def _drop(self) -> None:
        if self._channels.holds_tools():
            self._keep()
            return
        self._timer = None
        self._channels.keys.forget()
        for name in _all() + list(self._more):
            if name in sys.modules:
                forget(name)
        gc.collect()

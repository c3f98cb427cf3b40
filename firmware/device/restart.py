"""Restarting the board once its node has stopped in good order, for its owner: `POST node/reset`."""

from uockam import api
from uockam.records import Record

SOFT, HARD, BOOT_LOADER = "soft", "hard", "boot loader"

_HOW = Record("a reset", (1, "how", str, True))
_CALLS = {SOFT: ("soft_reset",), HARD: ("reset", "soft_reset"), BOOT_LOADER: ("bootloader",)}  # of machine, by choice

_wanted = ""


class Resetting:
    """The rows of the management service."""

    def __init__(self, node: object) -> None:
        self._node = node
        self.table = ((api.POST, "node/reset", self.reset),)

    async def reset(self, parts: "list[str]", body: object) -> None:
        """Restart when this has been answered."""
        how = _HOW.unpack(body)["how"]
        if how not in _CALLS:
            raise api.Reject(api.BAD_REQUEST, "a reset is %s, not that" % " or ".join(sorted(_CALLS)))
        if _call(how) is None:
            raise api.Reject(api.BAD_REQUEST, "this board has no boot loader that a program can start")
        ask(self._node, how)


def ask(node: object, how: str) -> None:
    """Stop the node, soon, and restart the board then."""
    global _wanted
    _wanted = how
    node.spawn("reset", node.stop())


def if_asked() -> None:
    """The node has stopped: restart if somebody wanted it. Does not return then."""
    if _wanted:
        _call(_wanted)()


def _call(how: str) -> object:
    import machine

    for name in _CALLS[how]:
        if hasattr(machine, name):
            return getattr(machine, name)
    return None

"""What the board is and how it does, for everybody (docs/services.md, `info`).

Nothing here is secret: the reason of a crash and the project go to the owner only, the name of the network to nobody.
"""

import gc
import json

from uockam import Context, Message, Worker
from uockam.identifier import identifier_text

from .. import about, clock, crash, identity, net, project

_CAUSES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET")


def make(node: object) -> "Info":
    """The worker."""
    return Info(node)


class Info(Worker):
    """Answers any message with a BARE String, a JSON object on one line."""

    def __init__(self, node: object) -> None:
        self._node = node

    async def handle_message(self, context: Context, message: Message) -> None:
        found = self._describe()
        if message.origin is None or message.origin.owner:
            found["crash"] = crash.last()
            found["project"] = project.standing()
        await context.reply(message, json.dumps(found))

    def _describe(self) -> "dict[str, object]":
        gc.collect()
        return {
            "name": self._node.name,
            "machine": about.machine(),
            "micropython": about.micropython(),
            "uockam": about.uockam.__version__,
            "identifier": identity.identifier and identifier_text(identity.identifier),
            "no_identity": identity.why_not or None,
            "free_bytes": gc.mem_free(),
            "heap_bytes": gc.mem_free() + gc.mem_alloc(),
            "uptime_s": clock.uptime_s(),
            "reset_cause": _reset_cause(),
            "clock": clock.set_by,
            "time": clock.now(),
            "network": net.connected(),
            "services": [kind for _, kind in self._node.services()],
        }


def _reset_cause() -> "str | None":
    import machine

    if hasattr(machine, "reset_cause"):
        cause = machine.reset_cause()
        for name in _CAUSES:
            if getattr(machine, name, None) == cause:
                return name[: -len("_RESET")].lower()
    return None

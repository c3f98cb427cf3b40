"""The services that only a board has: each a module of this package, loaded when it is started (docs/services.md)."""

from uockam import api

DEFAULT = ("info", "log")  # what runs when the settings say nothing of services
KINDS = ("info", "log", "gpio", "adc", "led", "files", "run", "update")


async def start(node: object, kind: str) -> None:
    """Start a service of this kind at the address of the same name; one that runs already is left alone.

    Its module has ACCESS, a rule of uockam.access, and make(node), which returns the worker. Raises api.Reject when
    there is no such kind.
    """
    if kind not in KINDS:
        raise api.Reject(api.BAD_REQUEST, "Invalid service type: %s" % kind)
    if kind not in [found for _, found in node.services()]:
        module = __import__("device.services." + kind, None, None, ("make",))
        await node.start_worker(kind, module.make(node), access=module.ACCESS, kind=kind)


async def start_configured(node: object, kinds: "list[object]") -> None:
    """Start what the configuration names; what cannot be started is told about and left out."""
    for kind in kinds:
        try:
            await start(node, kind)
        except api.Reject as error:
            print("uockam: uockam.json: %s" % error.message)
        except Exception as error:
            print("uockam: the service %s does not start: %s: %s" % (kind, type(error).__name__, error))


class Starter:
    """The owner may start a service that the configuration does not name; it runs until the board restarts."""

    def __init__(self, node: object) -> None:
        self._node = node
        self.table = tuple([(api.POST, "node/services/" + kind, self._handler(kind)) for kind in KINDS])

    def _handler(self, kind: str) -> object:
        async def handle(parts: "list[str]", body: object) -> None:
            await start(self._node, kind)

        return handle

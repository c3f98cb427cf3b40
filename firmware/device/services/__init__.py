"""The services that only a board has: each a module of this package, loaded when it is started (docs/services.md)."""

from uockam import Context, Message, Supervisor, Worker, api

from .. import config

DEFAULT = ("info", "log")  # what runs when the settings say nothing of services
KINDS = ("info", "log", "gpio", "adc", "led", "files", "run", "update")


class Services:
    """Those of one node. One that raises is replaced; one that does so again and again fails the node (Supervisor)."""

    def __init__(self, node: object) -> None:
        self._node = node
        self.supervisor = Supervisor(node)
        self.table = tuple([(api.POST, "node/services/" + kind, self._starter(kind)) for kind in KINDS])

    async def start(self, kind: str) -> None:
        """Start a service of this kind at the address of the same name; one that runs already is left alone.

        Its module has ACCESS, a rule of uockam.access, and make(node), which returns the worker. Raises api.Reject when
        there is no such kind.
        """
        if kind not in KINDS:
            raise api.Reject(api.BAD_REQUEST, "Invalid service type: %s" % kind)
        if kind in [found for _, found in self._node.services()]:
            return
        if kind in DEFAULT:
            access, factory = config.access(kind), lambda: Later(self._node, kind)
        else:
            module = _module(kind)
            access, factory = module.ACCESS, lambda: module.make(self._node)
        await self.supervisor.start_worker(kind, factory, access, kind)

    async def start_configured(self, kinds: "list[object]") -> None:
        """Start what the configuration names; what cannot be started is told about and left out."""
        for kind in kinds:
            try:
                await self.start(kind)
            except api.Reject as error:
                print("uockam: uockam.json: %s" % error.message)
            except Exception as error:
                print("uockam: the service %s does not start: %s: %s" % (kind, type(error).__name__, error))

    def _starter(self, kind: str) -> object:
        """For the owner, who may start what the configuration does not name; it runs until the board restarts."""

        async def handle(parts: "list[str]", body: object) -> None:
            await self.start(kind)

        return handle


def _module(kind: str) -> object:
    return __import__("device.services." + kind, None, None, ("make",))


class Later(Worker):
    """The worker of a service whose module is loaded at its first message: most boards are never asked."""

    def __init__(self, node: object, kind: str) -> None:
        self._node = node
        self._kind = kind
        self._worker: "Worker | None" = None

    async def handle_message(self, context: Context, message: Message) -> None:
        if self._worker is None:
            self._worker = _module(self._kind).make(self._node)
        await self._worker.handle_message(context, message)

    async def stopped(self, context: Context) -> None:
        if self._worker is not None:
            await self._worker.stopped(context)

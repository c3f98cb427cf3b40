"""The management service `_internal.nodemanager`: what its node is and runs (wire.md 5.3, 5.4).

Only the owner reaches it: whoever holds a board's cable, or may open the management endpoint of a host's node.
"""

from .. import api
from ..access import OWNER
from ..address import LOCAL, Address, address
from ..errors import AddressInUse
from ..log import INFO, log, safe
from ..message import Message, name_of
from ..records import Record
from ..worker import Context, Worker
from .requests import Requests

ADDRESS = "_internal.nodemanager"

NODE_STATUS = Record(
    "a node status",
    (1, "name", str, True),
    (2, "identifier", bytes, False),  # of its identity; missing while it has none
    (3, "process", list, False),  # see `running`
    (100, "reason", str, False),  # ours: why a board behind the node cannot be reached
)
SERVICE = Record("a service", (2, "address", str, True), (3, "kind", str, True))
SERVICE_ADDRESS = Record("the address of a service", (1, "address", str, True))
WORKER_LIST = Record("a list of workers", (1, "workers", list, True))
WORKER = Record("a worker", (2, "address", str, True))

KINDS = ("echo", "uppercase", "hop")


def running(pid: int) -> "list[object]":
    """How a NodeStatus says that the node runs; a board has no process ids and says 0."""
    return [0, [pid]]


class Manager(Requests):
    """What every node answers; tables given to `__init__` go before that (requests.py)."""

    def __init__(
        self, node: "object", *more: "tuple[tuple[int, str, object], ...]", stop: "object | None" = None
    ) -> None:
        """stop: called, without arguments, once a request to stop the node has been answered; by default node.stop."""
        self.node = node
        self._stop = stop or self._stop_node
        self._stopping = False
        own = (
            (api.GET, "node", self.get_node),
            (api.GET, "node/workers", self.get_workers),
            (api.GET, "node/services", self.get_services),
            (api.GET, "node/services/*", self.get_services),
            (api.POST, "node/services/*", self.start_service),
            (api.DELETE, "node", self.stop_node),
        )
        super().__init__(*more, own)

    async def start(self) -> None:
        """Start this worker at its address. Raises AddressInUse."""
        await self.node.start_worker(ADDRESS, self, access=OWNER)  # type: ignore[attr-defined]

    async def handle_message(self, context: Context, message: Message) -> None:
        await super().handle_message(context, message)
        if self._stopping:
            self._stop()  # type: ignore[operator]

    # -- what every node answers --------------------------------------------------------------------------------------

    async def get_node(self, parts: "list[str]", body: object) -> object:
        """NodeStatus."""
        name = self.node.name  # type: ignore[attr-defined]
        return NODE_STATUS.pack(name=name, identifier=self.identifier(), process=running(0))

    def identifier(self) -> "bytes | None":
        """Of the node's identity; None when it has none."""
        secure = getattr(self.node, "secure", None)
        return secure and secure.identifier

    async def get_workers(self, parts: "list[str]", body: object) -> object:
        """The addresses of all workers."""
        return WORKER_LIST.pack(
            workers=[WORKER.pack(address=name_of(item)) for item in self.node.workers()]  # type: ignore[attr-defined]
        )

    async def get_services(self, parts: "list[str]", body: object) -> object:
        """All services, or those of the kind in the path."""
        if parts and parts[0] not in KINDS:
            raise api.Reject(api.BAD_REQUEST, "Invalid service type: %s" % safe(parts[0]))
        return [
            SERVICE.pack(address=name_of(item), kind=kind)
            for item, kind in self.node.services()  # type: ignore[attr-defined]
            if not parts or kind == parts[0]
        ]

    async def start_service(self, parts: "list[str]", body: object) -> None:
        """Start an `echo`, `uppercase` or `hop` at the address in the body."""
        hop = address(SERVICE_ADDRESS.unpack(body)["address"])  # type: ignore[arg-type]
        await start_kind(self.node, parts[0], hop)

    async def stop_node(self, parts: "list[str]", body: object) -> None:
        """Ours: the node stops when this has been answered."""
        log(INFO, "uockam.manager", "stopping, as its owner asked")
        self._stopping = True

    def _stop_node(self) -> None:
        self.node.spawn("stop", self.node.stop())  # type: ignore[attr-defined]


async def start_kind(node: object, kind: str, at: "Address | str") -> None:
    """Start a service of this kind on a Node. Raises api.Reject when there is no such kind or the address is taken."""
    hop = address(at)
    if kind not in KINDS:
        raise api.Reject(api.BAD_REQUEST, "Invalid service type: %s" % safe(kind))
    if hop.type != LOCAL:
        raise api.Reject(api.BAD_REQUEST, "a service cannot have the address %s" % str(hop))
    try:
        await node.start_worker(hop, _service(kind), kind=kind)  # type: ignore[attr-defined]
    except AddressInUse:
        raise api.Reject(api.CONFLICT, "%s service already exists at %s" % (kind, hop))


def _service(kind: str) -> Worker:
    if kind == "hop":
        from .hop import Hop

        return Hop()
    if kind == "echo":
        from .echo import Echo

        return Echo()
    from .uppercase import Uppercase

    return Uppercase()

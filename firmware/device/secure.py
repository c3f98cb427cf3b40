"""The board's identity, and its secure channels: what they need is loaded when it is needed."""

import asyncio
import os

from uockam import Context, Message, Worker, api
from uockam.access import ANYONE
from uockam.errors import DeliveryError, Error, LimitError
from uockam.services.manager import NODE_STATUS, running

from .lent import Lent

API = "api"  # where channels to this board begin, as on every Ockam node
VAULT = "/uockam-vault"

_MOST_WAITING = 4  # handshakes that begin while channels are being loaded
_FIRST_PAUSE_S = 3  # before a new board makes its identity: who waits for its node comes first, and sets its clock

identifier: "bytes | None" = None  # of the board, 32 bytes
why_not = ""  # it has no identity

_node: "object" = None
_settled: "asyncio.Event | None" = None  # when the two above are final
_loading: "asyncio.Lock | None" = None


async def start(node: object) -> None:
    """Let others make channels to this node, once the board has an identity. Raises AddressInUse."""
    global _node, _settled, _loading, why_not
    _node = node
    _settled = asyncio.Event()
    _loading = asyncio.Lock()
    why_not = "it is being made"
    await node.start_worker(API, Api(), access=ANYONE)
    node.spawn("identity", _settle())


async def _settle() -> None:
    global identifier, why_not
    try:
        identifier = _recalled()
        if identifier is None:
            await asyncio.sleep(_FIRST_PAUSE_S)
            identifier = await _born()
        why_not = ""
    except (Error, MemoryError) as error:
        why_not = str(error) or "there is too little memory"
        print("uockam: this board has no identity: %s" % why_not)
    _settled.set()


def _recalled() -> "bytes | None":
    """The identifier that is in the vault."""
    if not (_is_there(VAULT) or _is_there(VAULT + ".new")):
        return None
    with Lent():
        from uockam.secure.store import IDENTITY

        from .vault import FileStore

        for name in FileStore(VAULT).names(IDENTITY):
            return name[len(IDENTITY) :]
    return None


async def _born() -> bytes:
    with Lent():
        from . import birth

        return await birth.make(VAULT)


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True


async def channels() -> object:
    """The SecureChannels of the board's node, which a program may use as well; node.secure from then on.

    The first time it takes a second or two to load them. Raises DeliveryError when the board has no identity.
    """
    await _settled.wait()
    if why_not:
        raise DeliveryError("this board has no identity: %s" % why_not)
    async with _loading:
        if _node.secure is None:
            from . import loading

            await loading.load(_node, VAULT, identifier)
    return _node.secure


class Api(Worker):
    """Stands where the listener will be until somebody begins a handshake there."""

    def __init__(self) -> None:
        self._waiting: "list[Message]" = []

    async def handle_message(self, context: Context, message: Message) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            raise LimitError("too many handshakes begin at once")
        self._waiting.append(message)
        if len(self._waiting) == 1:
            context.node.spawn("secure", self._give_way(context.node))

    async def _give_way(self, node: object) -> None:
        try:
            made = await channels()
            await node.stop_worker(API)
            await made.listen(API)
        except Error as error:
            self._refuse(node, error)
        for message in self._waiting:
            await node.deliver(message)

    def _refuse(self, node: object, error: Error) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            node.tell_undelivered(message, error)


async def get_node(parts: "list[str]", body: object) -> object:
    """NodeStatus."""
    return NODE_STATUS.pack(name=_node.name, identifier=identifier, process=running(0))


async def add_owner(parts: "list[str]", body: object) -> None:
    """Let one more identity own the board, from now on."""
    from .owners import add

    added = add(body)
    if _node.secure is not None:
        _node.secure.owners.add(added)


TABLE = ((api.GET, "node", get_node), (api.POST, "node/owner", add_owner))

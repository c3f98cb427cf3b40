"""Where secure channels to this board begin, until the listener takes the place: at the first handshake."""

from uockam import Context, Message, Worker
from uockam.errors import Error, LimitError
from uockam.port import forget

ADDRESS = "api"

_MOST_WAITING = 4  # handshakes that begin while what they need is being loaded
_LEAST_BYTES = 32  # of the first message of a handshake


def make(node: object) -> "Api":
    """The worker at `api`, which is for everybody."""
    return Api(node, ADDRESS, None)


class Api(Worker):
    """Keeps the first messages of handshakes until there is a listener at the address.

    authorized: identifiers of those whom it will let in, None for everybody.
    """

    def __init__(self, node: object, at: str, authorized: "list[bytes] | None") -> None:
        self._node = node
        self._at = at
        self._authorized = authorized
        self._waiting: "list[Message]" = []

    async def handle_message(self, context: Context, message: Message) -> None:
        if len(message.payload) < _LEAST_BYTES:
            return
        if len(self._waiting) >= _MOST_WAITING:
            raise LimitError("too many handshakes begin at once")
        self._waiting.append(message)
        if len(self._waiting) == 1:
            self._node.spawn("api", self._give_way())

    async def _give_way(self) -> None:
        from ..channels import channels

        try:
            made = await channels(self._node)
            await self._node.stop_worker(self._at)
            await made.listen(self._at, self._policy())
        except Error as error:
            self._refuse(error)
        else:
            forget(__name__)  # it is needed once
        for message in self._waiting:
            await self._node.deliver(message)

    def _policy(self) -> object:
        from uockam.secure.policy import ANYONE, Only

        return ANYONE if self._authorized is None else Only(*self._authorized)

    def _refuse(self, error: Error) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self._node.tell_undelivered(message, error)

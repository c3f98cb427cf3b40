"""Endpoints: what an address of a node leads to - a mailbox, a connection, a waiting reply."""

from .access import ANYONE
from .errors import Error
from .message import Message
from .port import TYPE_CHECKING

if TYPE_CHECKING:
    from .access import Access


class Asker:
    """Something that waits for an answer, and must be told when none can come."""

    __slots__ = ()

    def fail(self, error: Error) -> None:
        """End the waiting with this error."""
        raise NotImplementedError


class Endpoint:
    """The contract between the router's table and those that take messages.

    access: the rule of access.py for who may send here. askers: who waits for an answer to a message that was offered
    here, and fails when the endpoint dies; None when nobody ever did.
    """

    __slots__ = ("askers",)

    access: "Access" = ANYONE

    def __init__(self) -> None:
        self.askers: "set[Asker] | None" = None

    def add_asker(self, asker: Asker) -> None:
        """Fail it when this endpoint dies."""
        if self.askers is None:
            self.askers = set()
        self.askers.add(asker)

    def drop_asker(self, asker: Asker) -> None:
        """It waits no more."""
        if self.askers is not None:
            self.askers.discard(asker)

    def offer(self, message: Message) -> bool:
        """Take the message and say True, or say False: it is full. Raises DeliveryError, LimitError."""
        raise NotImplementedError

    async def room(self) -> None:
        """Returns when offering again makes sense."""
        raise NotImplementedError


def fail_all(askers: "set[Asker] | None", error: Error) -> None:
    """End the waiting of each with this error."""
    for asker in tuple(askers or ()):
        asker.fail(error)

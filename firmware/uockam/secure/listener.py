"""Where others begin secure channels with this node (secure.md 5.3)."""

from binascii import hexlify

from ..endpoint import Endpoint
from ..message import Message
from ..port import TYPE_CHECKING, random_bytes

if TYPE_CHECKING:
    from ..access import Access
    from ..address import Address
    from .policy import Anyone, Only
    from .workers import SecureChannels

KIND = "secure_channel_listener"


class Listener(Endpoint):
    """The endpoint that answers the first message of each handshake with a channel of its own.

    identifier: the identity that it proves. policy: whom it trusts. flow_id names its channels together in lists.
    """

    kind = KIND

    def __init__(
        self,
        channels: "SecureChannels",
        address: "Address",
        policy: "Anyone | Only",
        identifier: bytes,
        access: "Access",
    ) -> None:
        super().__init__()
        self.address = address
        self.policy = policy
        self.identifier = identifier
        self.access = access
        self.flow_id = hexlify(random_bytes(16)).decode()
        self._channels = channels

    def offer(self, message: Message) -> bool:
        """Answer the first message of a handshake. Raises LimitError, and NoSuchAddress for anything else."""
        self._channels.answer(self, message)
        return True

    async def room(self) -> None:
        """There always is."""

    def close(self) -> None:
        """Begin no more channels; those there are go on."""
        self._channels.node.router.remove(self.address.value, self)
        self._channels.listeners.pop(self.address.value, None)

"""The one error tree: who is to blame, what happened, what to do next."""


class Error(Exception):
    """Base of every error that uockam raises on purpose.

    str(error) is one sentence; `remedy` is the next step for a person, or "".
    """

    remedy = ""

    def __init__(self, text: str = "", remedy: str = "") -> None:
        super().__init__(text)
        if remedy:
            self.remedy = remedy


class ProtocolError(Error):
    """A peer sent bytes that break the protocol; the only error a parser raises."""


class DecryptionError(ProtocolError):
    """An encrypted message is not what its sender made with this key."""


class LimitError(Error):
    """A named bound of this side was reached: too large, too many, too full."""


class InvalidAddress(Error):
    """Text that is not an address, a route, a multiaddr or an identifier; the caller's mistake."""


class AddressInUse(Error):
    """A worker or a listener already has this address."""


class DeliveryError(Error):
    """A message could not be delivered; base of the reasons below."""


class NoSuchAddress(DeliveryError):
    """Nobody has the next address of the onward route, or the sender may not know of it."""


class WorkerStopped(DeliveryError):
    """The worker stopped, or failed, before it answered."""


class ConnectionLost(DeliveryError):
    """The link under an address is gone."""


class ReplyTimeout(DeliveryError):
    """No reply came within the given time."""


class RemoteError(DeliveryError):
    """A node further along the route says why it could not deliver."""


class NodeStopped(Error):
    """The node is stopping or stopped."""

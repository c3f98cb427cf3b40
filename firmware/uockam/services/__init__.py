"""The services that a node starts by default (wire.md 5.1)."""

from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from ..node import Node


async def start_default(node: "Node") -> None:
    """Start `echo` and `uppercase` on a Node. Raises AddressInUse."""
    from .echo import Echo
    from .uppercase import Uppercase

    await node.start_worker("uppercase", Uppercase(), kind="uppercase")
    await node.start_worker("echo", Echo(), kind="echo")

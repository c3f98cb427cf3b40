"""The services that a node starts by default (wire.md 5.1)."""


async def start_default(node: object) -> None:
    """Start `echo` and `uppercase` on a Node. Raises AddressInUse."""
    from .echo import Echo
    from .uppercase import Uppercase

    await node.start_worker("uppercase", Uppercase(), kind="uppercase")  # type: ignore[attr-defined]
    await node.start_worker("echo", Echo(), kind="echo")  # type: ignore[attr-defined]

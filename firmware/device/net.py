"""TCP on a board, when it has a network."""

import asyncio

_LOOK_S = 1


def _interfaces() -> "list[object]":
    import network

    kinds = [getattr(network, name) for name in ("WLAN", "LAN", "PPP") if hasattr(network, name)]
    return [kind() for kind in kinds[:1]]


def connected() -> bool:
    """Whether there is a network; a board with sockets and no `network` module is connected by its system."""
    try:
        import socket  # noqa: F401
    except ImportError:
        return False
    try:
        return any([interface.isconnected() for interface in _interfaces()])
    except ImportError:
        return True


async def run(node: object, listen: str, dial: "list[str]") -> None:
    """Listen and stay connected as the settings say, once there is a network."""
    while not connected():
        await asyncio.sleep(_LOOK_S)
    from uockam.transport.reconnect import Reconnecting
    from uockam.transport.tcp import Tcp

    tcp = Tcp(node)
    if listen:
        listener = await tcp.listen(listen)
        print("uockam: listening at %s" % listener.address)
    for target in dial:
        Reconnecting(node, tcp, target).start()

"""TCP on a board, when it has a network."""

import asyncio

_LOOK_S = 1  # how often a network is looked for: joining one takes seconds


def connected() -> bool:
    """Whether sockets are of use: always, on boards whose network is not Wi-Fi."""
    try:
        import socket  # noqa: F401
    except ImportError:
        return False
    try:
        from network import AP_IF, STA_IF, WLAN
    except ImportError:
        return True
    return WLAN(STA_IF).isconnected() or WLAN(AP_IF).active()


async def run(node: object, listen: str, dial: "list[str]") -> None:
    """Listen at `listen` and stay connected to each of `dial`, once there is a network."""
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

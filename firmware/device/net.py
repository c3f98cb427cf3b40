"""The network of a board: Wi-Fi where it has that, TCP, and the time."""

import asyncio

from uockam.errors import ConnectionLost, InvalidAddress

from . import clock

_AGAIN_S = 10  # how often an address is tried that cannot be listened at
_LOOK_S = 1  # how often a network is looked for: joining one takes seconds


def possible() -> bool:
    """Whether this MicroPython has sockets."""
    try:
        import socket  # noqa: F401
    except ImportError:
        return False
    return True


def connected() -> bool:
    """Whether sockets are of use: always, on boards whose network is not Wi-Fi."""
    if not possible():
        return False
    try:
        from network import AP_IF, STA_IF, WLAN
    except ImportError:
        return True
    return WLAN(STA_IF).isconnected() or WLAN(AP_IF).active()


async def run(node: object, settings: "dict[str, object]") -> None:
    """Join the network of `wifi`; once there is one, listen at `listen` and stay connected to each of `dial`."""
    if "wifi" in settings:
        _start_wifi(node, settings)
    if not possible():
        return
    while not connected():
        await asyncio.sleep(_LOOK_S)
    if settings.get("ntp") != "":
        node.spawn("ntp", clock.follow_ntp(settings.get("ntp")))
    if "listen" in settings or "dial" in settings:
        await _start_tcp(node, settings.get("listen", ""), settings.get("dial", ()))


def _start_wifi(node: object, settings: "dict[str, object]") -> None:
    try:
        import network
    except ImportError:
        print("uockam: this board has no Wi-Fi")
        return
    from .wifi import Wifi

    try:
        node.spawn("wifi", Wifi(settings, network).run())
    except ValueError as error:
        print("uockam: uockam.json: %s" % error)


async def _start_tcp(node: object, listen: str, dial: "list[str]") -> None:
    from uockam.transport.tcp import Tcp

    tcp = Tcp(node)
    for target in dial:
        _dial(node, tcp, target)
    if listen:
        await _listen(tcp, listen)


def _dial(node: object, tcp: object, target: str) -> None:
    from uockam.transport.reconnect import Reconnecting

    try:
        Reconnecting(node, tcp, target).start()
    except InvalidAddress as error:
        print("uockam: uockam.json: %s" % error)


async def _listen(tcp: object, address: str) -> None:
    """Until it works: an address may become free, or be given to the board later."""
    while True:
        try:
            listener = await tcp.listen(address)
            break
        except InvalidAddress as error:
            print("uockam: uockam.json: %s" % error)
            return
        except ConnectionLost as error:
            print("uockam: %s" % error)
        await asyncio.sleep(_AGAIN_S)
    print("uockam: listening at %s" % listener.address)

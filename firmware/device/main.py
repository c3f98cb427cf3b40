"""The node of a board, from start to end."""

import asyncio
import gc
import sys
import time

from uockam import Connection, Node
from uockam.address import LOCAL, Address
from uockam.flow import Flow
from uockam.services import start_default
from uockam.services.manager import Manager
from uockam.transport.serial import Serial

from . import about, config, crash, net, watchdog
from .line import Line

HOST = Address(LOCAL, b"host")  # whoever is at the other end of the cable

_FEED_S = 0.5
_PAUSE_MS = 1000  # before a restart: a crash at once must not keep people from the prompt


def run() -> None:
    """Run the node until it is told to stop or Ctrl-C comes, and return to the prompt; a crash restarts the board."""
    began = time.ticks_ms()
    settings = config.load()
    watchdog.hold(settings.get("watchdog_ms", 0))
    try:
        reason = asyncio.run(_serve(settings))
    except KeyboardInterrupt:
        reason = ""
        print("uockam: interrupted")
    except Exception as error:
        sys.print_exception(error)
        reason = "%s: %s" % (type(error).__name__, error)
    asyncio.new_event_loop()
    watchdog.hold(settings.get("watchdog_ms", 0))
    if reason:
        _crashed(reason, time.ticks_diff(time.ticks_ms(), began))
    else:
        crash.forgive()
        print("uockam: the node has stopped")


def _crashed(reason: str, ran_ms: int) -> None:
    print("uockam: the node crashed: %s" % reason)
    if not crash.note(reason, ran_ms):
        print("uockam: it crashed too often and is not started again before a reset")
        return
    time.sleep_ms(_PAUSE_MS)
    import machine

    machine.soft_reset()


async def _serve(settings: "dict[str, object]") -> str:
    """One life of the node; why it ended by itself, "" when it was told to."""
    node = Node(settings.get("name") or _unique_name())
    await start_default(node)
    await Manager(node, about.TABLE).start()
    line = Line()
    serial = Serial(node.runner, line, lambda link: _connection(node, link))
    node.spawn("line", line.run(serial))
    if watchdog.take_over():
        node.spawn("watchdog", _feed())
    if "listen" in settings or "dial" in settings:
        node.spawn("net", net.run(node, settings.get("listen", ""), settings.get("dial", ())))
    if "main" in settings:
        node.spawn("main", _program(node, settings["main"]))
    gc.collect()
    serial.start()
    try:
        return await node.wait()
    finally:
        serial.close()


def _connection(node: Node, link: object) -> Connection:
    """Whoever holds the cable owns the board."""
    return Connection(node, link, Flow(serves=True, owner=True, dials=True), at=HOST)


async def _program(node: Node, name: str) -> None:
    """The user's program; when it fails the node does."""
    try:
        await __import__(name).main(node)
    except Exception as error:
        sys.print_exception(error)
        node.spawn("main", node.stop("%s: %s" % (type(error).__name__, error)))


async def _feed() -> None:
    while True:
        watchdog.feed()
        await asyncio.sleep(_FEED_S)


def _unique_name() -> str:
    import machine

    unique = getattr(machine, "unique_id", None)
    return "board-" + unique().hex() if unique else "board"

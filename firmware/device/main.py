"""The node of a board, from start to end."""

import asyncio
import gc
import sys
import time
from asyncio import core

import device
from uockam import Connection, Node, log
from uockam.address import LOCAL, Address
from uockam.flow import Flow
from uockam.services import start_default
from uockam.services.manager import Manager
from uockam.transport.serial import Serial

from . import about, clock, config, crash, identity, journal, listeners, net, project, restart, services, watchdog
from .line import Line
from .services import guest

HOST = Address(LOCAL, b"host")  # where messages for whoever holds the cable go

_FEED_S = 0.5
_PAUSE_MS = 1000  # before a restart: time for a Ctrl-C, should the node crash as soon as it starts


def run() -> None:
    """Run the node until it is told to stop or Ctrl-C comes, and return to the prompt; a crash restarts the board."""
    began = time.ticks_ms()
    settings = config.load()
    watchdog.hold(settings.get("watchdog_ms", 0))
    closing = [journal.release]
    try:
        reason = asyncio.run(_serve(settings, closing))
    except KeyboardInterrupt:
        core.cur_task = None  # what was interrupted is no task any more, and may be cancelled
        reason = ""
        print("uockam: interrupted")
    except Exception as error:
        reason = _told(error)
    for close in closing:
        close()
    asyncio.new_event_loop()
    watchdog.hold(settings.get("watchdog_ms", 0))
    _ended(reason, time.ticks_diff(time.ticks_ms(), began))


def _ended(reason: str, ran_ms: int) -> None:
    if not reason:
        crash.forgive()
        print("uockam: the node has stopped")
        restart.if_asked()
    elif crash.note(reason, ran_ms) or device.on_trial:
        print("uockam: the node crashed: %s" % reason)
        time.sleep_ms(_PAUSE_MS)
        import machine

        machine.soft_reset()
    else:
        print("uockam: the node crashed too often: %s" % reason)


async def _serve(settings: "dict[str, object]", closing: "list[object]") -> str:
    """One life of the node; why it ended by itself, "" when it was told to. `closing`: what to call at the end."""
    node = Node(settings.get("name") or _unique_name())
    kinds = settings.get("services", services.DEFAULT)
    _start_log(settings.get("log_level", "warning"), "log" in kinds)
    await start_default(node)
    started = services.Services(node)
    own = (started.table, restart.Resetting(node).table, listeners.table(node), project.table(node))
    await Manager(node, identity.TABLE, about.TABLE, clock.TABLE, *own).start()
    await guest.start(started.supervisor)
    await listeners.start(node)
    identity.start(node)
    await started.start_configured(kinds)
    line = Line()
    serial = Serial(node.runner, line, lambda link: _connection(node, link))
    closing.append(serial.close)
    node.spawn("line", _vital(node, line.run(serial)))
    if watchdog.take_over():
        node.spawn("watchdog", _vital(node, _feed()))
    node.spawn("clock", clock.count())
    node.spawn("net", net.run(node, settings))
    if project.KEY in settings:
        project.start(node, settings[project.KEY])
    if device.on_trial:
        from .services import update

        node.spawn("update", update.watch(node))
    if "main" in settings:
        node.spawn("main", _vital(node, _program(node, settings["main"])))
    gc.collect()
    gc.threshold(gc.mem_free() // 4)  # start/boot.py had it collect after each 8 KB, which takes longer than a call
    serial.start()
    return await node.wait()


def _start_log(level: str, kept: bool) -> None:
    if kept:
        journal.take()
    if level.upper() in log.NAMES:
        log.configure(log.NAMES.index(level.upper()))
    else:
        print("uockam: uockam.json: log_level is one of %s" % ", ".join(log.NAMES).lower())


def _connection(node: Node, link: object) -> Connection:
    """Whoever holds the cable owns the board."""
    return Connection(node, link, Flow(serves=True, owner=True, dials=True), at=HOST)


async def _vital(node: Node, work: object) -> None:
    """The node is of no use without it: it fails when this does."""
    try:
        await work
    except Exception as error:
        node.spawn("stop", node.stop(_told(error)))


async def _program(node: Node, name: str) -> None:
    await __import__(name).main(node)


async def _feed() -> None:
    while True:
        watchdog.feed()
        await asyncio.sleep(_FEED_S)


def _told(error: Exception) -> str:
    sys.print_exception(error)
    return "%s: %s" % (type(error).__name__, error)


def _unique_name() -> str:
    import machine

    unique = getattr(machine, "unique_id", None)
    return "board-" + unique().hex() if unique else "board"

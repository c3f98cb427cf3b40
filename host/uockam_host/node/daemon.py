"""The process of a node: `python -m uockam_host.node.daemon NAME`, or the foreground of a command."""

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress

from uockam.errors import Error

from ..errors import HostError, NodeExists, NodeNotFound, SpawnError
from ..state import home
from ..state.database import Database
from ..state.nodes import NodeRecord, Nodes
from . import logs, running
from .processes import Report
from .serving import Serving
from .signals import on_signals

_log = logging.getLogger("uockam.host.node")


def run(name: str, *, foreground: bool, verbose: bool = False) -> int:
    """Run a node whose settings were written down, until a signal or its owner stops it; the exit code.

    foreground: log to standard output, all of it when verbose, else warnings. A node that never came up before and
    cannot now is forgotten. Raises HostError when the node cannot start.
    """
    record = _load(name)
    try:
        with running.starting_or_ending(name):
            claim = _claim(name)
        terminal = logging.INFO if verbose else logging.WARNING
        try:
            _serve(record, claim, lambda: None, terminal if foreground else None)
        finally:
            claim.release()
    except HostError:
        if not record.was_up:
            _forget(name)
        raise
    return 0


def main(arguments: list[str]) -> int:
    """What a command starts in the background: reports to it once, through the pipe that is our standard output.

    The claim is kept until the process ends: whoever stops the node sees by it that all is closed.
    """
    report = Report()
    os.umask(0o077)
    try:
        (name,) = arguments
        _serve(_load(name), running.Claim(name), report.ready, None)
    except Error as error:
        report.failed(error)
        return 1
    return 0


def _load(name: str) -> NodeRecord:
    with Database() as database:
        record = Nodes(database).get(name)
    if record is None:
        raise NodeNotFound(name)
    return record


def _claim(name: str) -> running.Claim:
    if running.find(name):
        raise NodeExists(name)
    return running.Claim(name)


def _serve(record: NodeRecord, claim: running.Claim, ready: Callable[[], None], terminal: "int | None") -> None:
    try:
        debug = bool(record.options.get("verbose"))
        logs.set_up(record.name, debug=debug, terminal=terminal)
        asyncio.run(_main(record, claim, ready))
    except HostError:
        raise
    except Error as error:  # of the runtime: a port that is taken, an address that is none
        raise SpawnError(str(error)[:1].upper() + str(error)[1:], error.remedy) from error
    except Exception:
        logging.exception("The node failed")
        raise


async def _main(record: NodeRecord, claim: running.Claim, ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    on_signals(stopping.set)
    serving = Serving(record, stopping.set)
    try:
        claim.publish(await _unless(stopping, serving.start()))
        _log.info("Node is up name=%s", record.name)
        ready()
        await stopping.wait()
    finally:
        await serving.stop()


async def _unless(stopping: asyncio.Event, starting: Coroutine[object, object, str]) -> str:
    """What starting returns; a board can take a while, and whoever waits for it may lose patience."""
    start = asyncio.create_task(starting)
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait((start, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if start.done():
        return start.result()
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    raise SpawnError("The node was told to stop before it was up", "Start it again")


def _forget(name: str) -> None:
    with suppress(HostError), Database() as database:
        Nodes(database).delete(name)
        shutil.rmtree(home.node_folder(name), ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The process of the orchestrator: `python -m uockam_host.cloud.process`, or the foreground of a command."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable

from uockam.errors import Error

from ..errors import HostError, SpawnError
from ..node.processes import Report
from ..node.running import PathClaim
from ..node.signals import on_signals
from ..projects import address
from ..state import home
from . import logs, place
from .orchestrator import Orchestrator, known_ports

_FILES = 65_536  # open at once


def main() -> int:
    """What a command starts in the background: reports to it once, through the pipe that is our standard output."""
    report = Report()
    os.umask(0o077)
    try:
        serve(PathClaim(place.process_file()), report.ready, terminal=False)
    except Error as error:
        report.failed(error)
        return 1
    return 0


def serve(claim: PathClaim, ready: Callable[[], None], *, terminal: bool) -> None:
    """Run the orchestrator with the settings of this home until a signal ends it. Raises HostError."""
    logs.set_up(place.log_file(), terminal=terminal)
    _allow_many_connections()
    try:
        asyncio.run(_main(claim, ready))
    except HostError:
        raise
    except Error as error:  # of the runtime: a port that is taken, an address that is none
        raise SpawnError(str(error)[:1].upper() + str(error)[1:], error.remedy) from error
    except Exception:
        logging.exception("The orchestrator failed")
        raise


async def _main(claim: PathClaim, ready: Callable[[], None]) -> None:
    stopping = asyncio.Event()
    on_signals(stopping.set)
    settings = place.load_settings()
    orchestrator = Orchestrator(settings)
    try:
        status = await orchestrator.start()
        place.save_settings(known_ports(settings, status))
        _publish_address(status)
        claim.publish(status.to_text())
        logging.getLogger("uockam.cloud").info("The orchestrator is up at %s", status.route)
        ready()
        await stopping.wait()
    finally:
        await orchestrator.stop()


def _allow_many_connections() -> None:
    """Each takes a file; the limit that a shell sets for a start is for programs that open a few."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, wanted), most))


def _publish_address(status: place.Status) -> None:
    """Commands of this home find the orchestrator by this file."""
    line = str(address.Orchestrator(status.route, status.identifier, status.signin_url))
    path = address.local_file()
    home.make_private_folder(path.parent)
    path.write_text(line + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""The library behind `uockam orchestrator`: starting it, ending it, and copies of what it knows. Light."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from ..errors import HostError
from ..node import processes, running
from ..state.locks import one_at_a_time
from . import place
from .place import Settings, Status

_MODULE = "uockam_host.cloud.process"
_LIBRARIES = ("argon2", "authlib", "httpx2", "prometheus_client", "starlette", "structlog", "uvicorn")


class NotRunning(HostError):
    """There is no orchestrator in this home now."""

    def __init__(self) -> None:
        super().__init__("The orchestrator is not running", "Run `uockam orchestrator start`")


class Runs(HostError):
    """There is one, and it has to be stopped first."""

    def __init__(self) -> None:
        super().__init__("The orchestrator is running", "Run `uockam orchestrator stop` first")


def start(**changes: str | None) -> "tuple[Status, bool]":
    """Start it in the background; (what it is, whether it ran already). changes: settings that are others from now on.

    Raises InvalidArgument, SpawnError, StateError.
    """
    _check_installed()
    with _alone():
        found = find()
        if found:
            return found, True
        with _settings(changes):
            processes.spawn_module(_MODULE, [], "the orchestrator", place.folder())
        return status(), False


def run(ready: Callable[[Status], None], **changes: str | None) -> None:
    """Run it in this process until a signal ends it. ready: called with what it is when it answers.

    Raises Runs, InvalidArgument, SpawnError, StateError.
    """
    _check_installed()
    with _alone():
        if running.find_at(place.process_file()):
            raise Runs
        claim = running.PathClaim(place.process_file())
    from .process import serve

    try:
        with _settings(changes):
            serve(claim, lambda: ready(status()), terminal=True)
    finally:
        claim.release()


def find() -> Status | None:
    """The orchestrator that runs in this home. Raises StateError."""
    process = running.find_at(place.process_file())
    return Status.of(process.endpoint, process.pid) if process else None


def status() -> Status:
    """The orchestrator that runs in this home. Raises NotRunning, StateError."""
    found = find()
    if found is None:
        raise NotRunning
    return found


def stop() -> bool:
    """End it; whether it ran. Raises StopError, StateError."""
    with _alone():
        process = running.find_at(place.process_file())
        if process is None:
            return False
        processes.end(process, lambda: running.find_at(place.process_file()) is not None, lambda: False)
        return True


def invite(email: str, name: str = "") -> str:
    """A link with which a person chooses a password: for a new account, or in place of one that is lost.

    name: of the person; "" for that of the account. Raises NotRunning, InvalidArgument, StoreError, StateError.
    """
    import asyncio

    from .open import open_database
    from .signin import people

    url, settings = status().signin_url, place.load_settings()
    if settings.issuer:
        raise HostError(f"People have their accounts at {settings.issuer}", "Invite them there")

    async def make() -> str:
        database = await open_database(settings.database_url)
        try:
            return await people.invite(database, url, email, name)
        finally:
            await database.close()

    return asyncio.run(make())


def backup(target: Path) -> Path:
    """Write everything that the orchestrator knows, its keys included, to a new file, whether it runs or not.

    Raises HostError, StoreError.
    """
    import asyncio

    from . import restoring

    asyncio.run(restoring.backup(place.load_settings().database_url, target))
    return target


def restore(source: Path) -> "Path | None":
    """Make a backup what the orchestrator knows; where what it replaces is now, if there was anything.

    Raises Runs, StoreError, StateError.
    """
    import asyncio

    from . import restoring

    with _alone():
        if running.find_at(place.process_file()):
            raise Runs
        return asyncio.run(restoring.restore(place.load_settings().database_url, source, place.folder()))


def _check_installed() -> None:
    from importlib.util import find_spec

    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        text = f"The libraries of the orchestrator are not installed: {', '.join(missing)}"
        raise HostError(text, "Run `pip install 'uockam[orchestrator]'`")


def _alone() -> AbstractContextManager[None]:
    return one_at_a_time(place.folder().with_suffix(".lock"))


class _settings:
    """The changes are kept, unless the orchestrator does not start with them."""

    def __init__(self, changes: "dict[str, str | None]") -> None:
        self._before = place.load_settings()
        given = {name: value for name, value in changes.items() if value is not None}
        if "database" in given:
            given["database"] = place.lasting(given["database"])
        self._after: Settings = replace(self._before, **given).check()

    def __enter__(self) -> None:
        place.save_settings(self._after)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            place.save_settings(self._before)

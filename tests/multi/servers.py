"""Real servers for the tests: nats-server and PostgreSQL, on loopback, each in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
_START_S = 120  # however slow the machine: what was killed reads all its files first
_MEMORY = Path("/dev/shm")  # a disk that writes at once: none of this has to outlive the machine
_ROOM = 2 << 30  # bytes that it has to have
_NOBODY = 65534  # PostgreSQL does not run as root


class MissingServer(Exception):
    """Neither on this machine nor to be had for it."""


class Server:
    """A process that can be killed and started again at the same port. command: {port} and {folder} are put in."""

    def __init__(self, command: Sequence[str], folder: Path, user: int | None = None, libraries: str = "") -> None:
        self.port = free_port()
        self._command = [part.format(port=self.port, folder=folder) for part in command]
        self._log = folder.with_suffix(".log")
        self._user = user
        self._environment = {**os.environ, "LD_LIBRARY_PATH": libraries} if libraries else dict(os.environ)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                user=self._user,
                start_new_session=True,
            )
        give_up = time.monotonic() + _START_S
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{self._command[0]} did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.02)

    def ready(self) -> bool:
        """Whether it answers."""
        return answers(self.port)

    def kill(self) -> None:
        """As by `kill -9` of all that belongs to it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def nats() -> Iterator[Server]:
    """nats-server, with nothing but its core."""
    with _folder() as folder:
        server = Server([_find("nats-server"), "--addr", "127.0.0.1", "--port", "{port}"], folder / "nats")
        yield from _running(server)


@contextmanager
def postgres() -> Iterator["Postgres"]:
    """PostgreSQL, whose superuser is `uockam`, without a password for who is on this machine."""
    with _folder() as folder, _folder(quick=True) as place:
        program = Path(_find("initdb"))
        user = _NOBODY if os.geteuid() == 0 else None
        if user is not None:
            program = _reachable(program, folder)
            os.chown(folder, user, -1)
            os.chown(place, user, -1)
        libraries = _libraries(program)
        data = str(place / "data")
        environment = {**os.environ, "LD_LIBRARY_PATH": libraries} if libraries else None
        make = [str(program), "--username=uockam", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", data]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, user=user, env=environment)
        options = ("listen_addresses=127.0.0.1", "unix_socket_directories={folder}", "max_connections=200")
        command = [str(program.with_name("postgres")), "-D", data, "-p", "{port}"]
        command += [part for option in options for part in ("-c", option)]
        yield from _running(Postgres(command, folder, user, libraries))


class Postgres(Server):
    def __init__(self, command: Sequence[str], folder: Path, user: int | None, libraries: str) -> None:
        super().__init__(command, folder, user, libraries)
        self._log = folder / "log"
        self._log.touch()
        self._ask = [str(Path(command[0]).with_name("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)]

    def ready(self) -> bool:
        """Whether it takes connections."""
        return subprocess.run(self._ask, env=self._environment, check=False).returncode == 0

    def url(self, name: str) -> str:
        """Of one of its databases."""
        return f"postgresql://uockam@127.0.0.1:{self.port}/{name}"


def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def _folder(quick: bool = False) -> Iterator[Path]:
    """A new one; quick: for files, not for programs, in memory where there is some."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    folder = Path(tempfile.mkdtemp(prefix="uo-server-", dir=_MEMORY if quick and roomy else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _root() -> Path:
    """Where what the system lacks is unpacked. Raises MissingServer."""
    got = subprocess.run([HERE / "get-servers"], capture_output=True, text=True, check=False)
    if got.returncode:
        raise MissingServer(got.stderr.strip() or "the servers could not be fetched")
    return Path(got.stdout.strip())


def _find(name: str) -> str:
    """The program of this name. Raises MissingServer."""
    root = _root()
    for start in (Path("/"), root):
        for pattern in (f"usr/lib/postgresql/*/bin/{name}", f"usr/sbin/{name}", f"usr/bin/{name}"):
            for found in sorted(start.glob(pattern), reverse=True):
                return str(found)
    return shutil.which(name) or _missing(name)


def _missing(name: str) -> str:
    raise MissingServer(f"there is no {name}")


def _reachable(program: Path, folder: Path) -> Path:
    """The program, of a copy of all that was unpacked if only root may reach that."""
    root = _root()
    if not program.is_relative_to(root):
        return program
    shutil.copytree(root, folder / "root", symlinks=True)
    return folder / "root" / program.relative_to(root)


def _libraries(program: Path) -> str:
    start = program.parents[4]  # below it is usr/lib/postgresql/15/bin
    return ":".join(str(path) for path in sorted(start.glob("usr/lib/*-linux-gnu"))) if start != Path("/") else ""


def free_port() -> int:
    """One that nobody uses now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
        return True
    return False

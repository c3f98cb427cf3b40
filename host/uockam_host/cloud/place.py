"""Where the orchestrator of this home keeps its things, and how it is to be run. Light: commands import it."""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import InvalidArgument, StateError
from ..names import check_socket_address, is_loopback
from ..state import home

DEFAULT_LISTEN = "127.0.0.1:5252"
SQLITE = "sqlite:///"  # how the URL of a database begins that is a file
_LOOPBACK = "127.0.0.1"
_SIGNIN_AFTER, _MONITOR_AFTER = 1, 2  # how far behind the port of the orchestrator theirs are
_MAX_PORT = 65535


@dataclass(frozen=True)
class Settings:
    """What `start` was told, kept for the next one. Addresses are "host:port"; port 0 is a free one, kept once it is
    known.

    advertise: "host:port" by which others reach `listen`; "" when that is the same. database: a URL. bus: a URL, "" for
    one process alone. signin, monitor: where those sites listen; "" for loopback, beside the orchestrator's port.
    signin_url: what browsers reach the sign-in by, "" when that is where it listens. issuer: an OpenID Connect provider
    that knows the people, "" for accounts kept here; how this orchestrator is known there is issuer_client and
    issuer_secret.
    """

    listen: str = DEFAULT_LISTEN
    advertise: str = ""
    database: str = ""
    bus: str = ""
    signin: str = ""
    signin_url: str = ""
    monitor: str = ""
    issuer: str = ""
    issuer_client: str = ""
    issuer_secret: str = ""

    def check(self) -> "Settings":
        """Itself. Raises InvalidArgument."""
        for address in filter(None, (self.listen, self.advertise, self.signin, self.monitor)):
            check_socket_address(address)
        if self.issuer and not self.issuer_client:
            raise InvalidArgument("A provider knows its clients by an id", "Add --issuer-client")
        if self.bus and (not self.database or self.database.startswith("sqlite:")):
            raise InvalidArgument("Processes that share a bus share a database, too", "Add --database postgresql://…")
        return self

    @property
    def signin_listen(self) -> str:
        """Where the sign-in site listens."""
        return self.signin or _beside(self.listen, _SIGNIN_AFTER)

    @property
    def monitor_listen(self) -> str:
        """Where the monitor listens."""
        return self.monitor or _beside(self.listen, _MONITOR_AFTER)

    @property
    def database_url(self) -> str:
        """Of the database: by default a file in this home."""
        return self.database or f"{SQLITE}{folder() / 'orchestrator.sqlite3'}"


@dataclass(frozen=True)
class Status:
    """An orchestrator that runs. route: a MultiAddr; identifier: its text; monitor, signin: "host:port" and a URL."""

    listen: str
    route: str
    identifier: str
    signin_url: str
    client_id: str
    monitor: str
    pid: int = 0

    def environment(self) -> dict[str, str]:
        """The variables by which Ockam's own command comes to this orchestrator (controller.md 7.1)."""
        return {
            "OCKAM_CONTROLLER_ADDR": self.route,
            "OCKAM_CONTROLLER_IDENTITY_ID": self.identifier,
            "OCKAM_AUTHENTICATOR_ENDPOINT": self.signin_url,
            "OCKAM_AUTH0_CLIENT_ID": self.client_id,
        }

    def to_text(self) -> str:
        """One line for the file of the process."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str, pid: int) -> "Status | None":
        """What that line says; None while the orchestrator is starting."""
        return cls(**{**json.loads(text), "pid": pid}) if text else None


def folder() -> Path:
    """Of everything that the orchestrator keeps."""
    return home.home() / "orchestrator"


def process_file() -> Path:
    """What the process keeps locked as long as it runs (node/running.py)."""
    return folder() / "process"


def log_file() -> Path:
    """The newest log."""
    return folder() / "orchestrator.log"


def lasting(database: str) -> str:
    """The URL of a database, for all commands wherever they are run: that of a file has its whole path."""
    path = database.removeprefix(SQLITE)
    return f"{SQLITE}{Path(path).expanduser().absolute()}" if path and path != database else database


def load_settings() -> Settings:
    """How it ran last. Raises StateError."""
    path = _settings_file()
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {item.name for item in fields(Settings)}
        return Settings(**{name: str(value) for name, value in values.items() if name in known})
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, AttributeError) as error:
        raise StateError(f"{path} cannot be read: {error}", "Remove it, and start with the options again") from error


def save_settings(settings: Settings) -> None:
    """Keep them for the next start. Raises StateError."""
    path = _settings_file()
    home.make_private_folder(path.parent)
    new = path.with_suffix(".new")
    try:
        with open(new, "w", encoding="utf-8", opener=_private) as file:  # there may be a secret in it
            json.dump(asdict(settings), file, indent=2)
        new.replace(path)
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error.strerror}", "Make room on the disk") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, home.PRIVATE_FILE)


def _settings_file() -> Path:
    return folder() / "settings.json"


def _beside(listen: str, after: int) -> str:
    port = int(listen.rpartition(":")[2])
    return f"{_LOOPBACK}:{port + after if 0 < port <= _MAX_PORT - after else 0}"


def route_of(address: str) -> str:
    """The MultiAddr of "host:port". Loopback is called localhost: clients then know it for their own machine."""
    import ipaddress

    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if is_loopback(address):
        return f"/dnsaddr/localhost/tcp/{port}"
    try:
        return f"/ip{ipaddress.ip_address(host).version}/{host}/tcp/{port}"
    except ValueError:
        return f"/dnsaddr/{host}/tcp/{port}"

"""What a running node was told that `node start` has to restore; saved when it changes."""

from collections.abc import Callable
from typing import Any

from uockam import api

from ..errors import StateError
from ..state.database import Database
from ..state.nodes import NodeRecord, Nodes
from ..state.tables import IDENTITY_OPTION

LISTENERS = "listeners"  # "host:port", beyond the first one, which has a column
CONNECTIONS = "connections"  # "host:port"
SERVICES = "services"  # [kind, address]
CHANNEL_LISTENERS = "secure_channel_listeners"  # [address, name of the identity or "", identifiers or None]
DIALS = "dials"  # "host:port" that the board may have connections to
RELAYS = "relays"  # [name, route, authorized identifier or "", name at the other node]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _texts(count: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and len(value) == count and all(_is_text(item) for item in value)


def _is_channel_listener(value: object) -> bool:
    """Two texts, and a list of them or nothing."""
    if not isinstance(value, list) or len(value) != 3 or not _texts(2)(value[:2]):
        return False
    authorized = value[2]
    return authorized is None or (isinstance(authorized, list) and all(_is_text(item) for item in authorized))


_FORMS = {
    LISTENERS: _is_text,
    CONNECTIONS: _is_text,
    SERVICES: _texts(2),
    CHANNEL_LISTENERS: _is_channel_listener,
    DIALS: _is_text,
    RELAYS: _texts(4),
}
_FIRST: dict[str, list[Any]] = {CHANNEL_LISTENERS: [["api", "", None]]}  # of a node that was told nothing yet


class Settings:
    """The lists of one node. Raises StateError for a broken entry in the state file."""

    def __init__(self, record: NodeRecord) -> None:
        self._name = record.name
        self._options = record.options
        self.listener = record.listener
        self.identity = str(self._options.get(IDENTITY_OPTION) or "")  # its name, "" while the node has none

    def all(self, key: str) -> list[Any]:
        """The values of one list. Raises StateError when the entry is broken."""
        values = self._options.get(key, _FIRST.get(key, []))
        if isinstance(values, list) and all(_FORMS[key](value) for value in values):
            return values
        raise StateError(
            f"The settings of node '{self._name}' cannot be read", f"Run `uockam node delete {self._name}`"
        )

    def add(self, key: str, value: Any) -> None:
        """Remember the value. Raises api.Reject when it cannot be saved."""
        if value not in self.all(key):
            self._save(key, [*self.all(key), value])

    def discard(self, key: str, value: Any) -> None:
        """Forget the value. Raises api.Reject when that cannot be saved."""
        if value in self.all(key):
            self._save(key, [item for item in self.all(key) if item != value])

    def adopt_identity(self, name: str) -> None:
        """This identity is the node's own from now on. Raises api.Reject when that cannot be saved."""
        if self.identity != name:
            self._save(IDENTITY_OPTION, name)
            self.identity = name

    def came_up(self, listener: str) -> None:
        """The node answers, and listens at this address. Raises StateError."""
        with Database() as database:
            Nodes(database).set_up(self._name, listener)
        self.listener = listener

    def no_listener(self) -> None:
        """The first listener was closed for good. Raises api.Reject."""
        try:
            with Database() as database:
                Nodes(database).set_listener(self._name, "")
        except StateError as error:
            raise _unsaved(error) from error
        self.listener = ""

    def _save(self, key: str, value: Any) -> None:
        options = {**self._options, key: value}
        try:
            with Database() as database:
                Nodes(database).set_options(self._name, options)
        except StateError as error:
            raise _unsaved(error) from error
        self._options = options


def _unsaved(error: StateError) -> api.Reject:
    return api.Reject(api.INTERNAL, f"it is done until the node stops, but could not be saved: {error}")

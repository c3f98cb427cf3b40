"""Making, starting, stopping and deleting nodes: the settings in the state file, and the process that runs them."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..errors import HostError, InvalidArgument, NodeExists, PortTaken, StateError
from ..names import check_name, check_socket_address, pet_name
from ..state import home
from ..state.nodes import NodeRecord, Nodes
from ..state.tables import IDENTITY_OPTION
from . import places, running
from .client import open_endpoint
from .processes import end, spawn
from .running import Running, starting_or_ending

BOARDS = ("virtual",)
_STOP_ANSWER_MS = 5000  # a node that takes longer to say that it stops is terminated


def new_record(
    name: "str | None",
    nodes: Nodes,
    listener: str,
    port: "str | None",
    board: "str | None",
    identity: "str | None",
    verbose: bool,
) -> NodeRecord:
    """The settings of a node to be made, and its identity if this machine has none yet.

    Raises InvalidArgument, PortTaken, IdentityNotFound, VaultError.
    """
    if port and board:
        raise InvalidArgument("A node is a board at a port or a virtual board, not both", "Leave out --port or --board")
    if identity and (port or board):
        raise InvalidArgument("A board has an identity of its own, which never leaves it", "Leave out --identity")
    if board and board not in BOARDS:
        raise InvalidArgument(f"There is no board named {board}", f"Use --board {BOARDS[0]}, or --port for a real one")
    chosen = pet_name(nodes.names()) if name is None else check_name(name)
    if port:
        _check_free(port, chosen, nodes)
    return NodeRecord(
        name=chosen,
        kind="serial" if port else "virtual" if board else "host",
        listener=check_socket_address(listener),
        port=os.path.abspath(port) if port and os.path.exists(port) else port,  # its process has another folder
        board=board,
        options_text=_options(None if port or board else _identity(identity), verbose),
    )


def _check_free(port: str, name: str, nodes: Nodes) -> None:
    real = os.path.realpath(port)
    for other in nodes.all():
        if other.name != name and other.port and os.path.realpath(other.port) == real and running.find(other.name):
            raise PortTaken(port, other.name)


def _identity(name: "str | None") -> str:
    from ..identities import ensure

    return ensure(name).identity.name


def _options(identity: "str | None", verbose: bool) -> str:
    options = {IDENTITY_OPTION: identity, "verbose": verbose}
    return json.dumps({name: value for name, value in options.items() if value})


def create(record: NodeRecord, nodes: Nodes) -> Running:
    """Write the node down and start its process; a failure leaves everything as it was.

    Raises NodeExists, SpawnError, StateError.
    """
    with starting_or_ending(record.name), _as_it_was(record.name, nodes):
        write_down(record, nodes)
        return _spawn(record.name)


def write_down(record: NodeRecord, nodes: Nodes) -> None:
    """Save the settings of a node that has no process. Raises NodeExists, StateError."""
    if running.find(record.name):
        raise NodeExists(record.name)
    nodes.put(record)


def start(name: str) -> "tuple[Running, bool]":
    """(the process, whether it ran already). Raises SpawnError, StateError."""
    with starting_or_ending(name):
        found = running.find(name)
        return (found, True) if found else (_spawn(name), False)


def stop(name: str) -> str:
    """End the process; says how (processes.end), "" when there was none. Raises StopError, StateError."""
    with starting_or_ending(name):
        return _stop(name)


def delete(name: str, nodes: Nodes) -> None:
    """End the process and remove all that belongs to the node. Raises StopError, StateError."""
    with starting_or_ending(name):
        _stop(name)
        nodes.delete(name)
        for folder in (home.node_folder(name), home.board_folder(name)):
            shutil.rmtree(folder, ignore_errors=True)


def end_process(name: str, process: Running) -> str:
    """End a process that was found by its lock, and remove its management endpoint. Raises StopError."""
    how = end(process, lambda: _has_lock(name, process.pid), lambda: _ask_to_stop(name, process))
    places.remove(process.endpoint)
    return how


def _spawn(name: str) -> Running:
    spawn(name)
    process = running.find(name)
    if process is None:
        raise StateError(f"The node '{name}' ended right after its start", f"See its log: `uockam node logs {name}`")
    return process


def _stop(name: str) -> str:
    process = running.find(name)
    return end_process(name, process) if process else ""


def _has_lock(name: str, pid: int) -> bool:
    found = running.find(name)
    return found is not None and found.pid == pid


def _ask_to_stop(name: str, process: Running) -> bool:
    from uockam import api

    try:
        with open_endpoint(process.endpoint, name) as client:
            client.request(api.DELETE, "node", timeout_ms=_STOP_ANSWER_MS)
    except HostError:  # hung, or still starting
        return False
    return True


@contextmanager
def _as_it_was(name: str, nodes: Nodes) -> Iterator[None]:
    before = nodes.get(name)
    try:
        yield
    except BaseException as error:
        if not isinstance(error, NodeExists):
            with suppress(StateError):  # the first error says more
                _put_back(name, before, nodes)
        raise


def _put_back(name: str, before: "NodeRecord | None", nodes: Nodes) -> None:
    if before is not None:
        nodes.put(before)
        return
    nodes.delete(name)
    shutil.rmtree(home.node_folder(name), ignore_errors=True)

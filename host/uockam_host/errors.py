"""Errors of the host tools: one sentence, one remedy, one exit code."""

from collections.abc import Iterable

from uockam.errors import Error

EXIT_USAGE = 64
EXIT_RUN_TIME = 70


class HostError(Error):
    """Base: str(error) is one sentence, `remedy` the next thing to do, `exit_code` what the process returns."""

    exit_code = EXIT_RUN_TIME


class InvalidArgument(HostError):
    """Text of a caller that cannot be a name, an address or a route."""

    exit_code = EXIT_USAGE


class NodeNotFound(HostError):
    """No node has this name; `suggestions` are the names close to it."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        self.name = name
        self.suggestions = _close_names(name, known)
        super().__init__(f"Unable to find node named {name}", _see_all(self.suggestions, "nodes", "node"))


class NoDefaultNode(HostError):
    """No name was given and no node is the default."""

    def __init__(self) -> None:
        super().__init__("There is no default node", "Make one with `uockam node create`, or name the node")


class NodeNotRunning(HostError):
    """The node exists and has no process that could answer; the reason, if any, is in the text."""

    def __init__(self, name: str, reason: str = "") -> None:
        self.name = name
        super().__init__(
            f"The node '{name}' is not running{reason and f': {reason}'}", f"Run `uockam node start {name}`"
        )


class IdentityNotFound(HostError):
    """No identity has this name."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"There is no Identity with name {name} on this machine",
            _see_all(_close_names(name, known), "identities", "identity"),
        )


class NoDefaultIdentity(HostError):
    """No name was given and there is no identity."""

    def __init__(self) -> None:
        super().__init__("There is no default identity", "Make one with `uockam identity create`")


class VaultNotFound(HostError):
    """No vault has this name."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"There is no Vault with name {name} on this machine",
            _see_all(_close_names(name, known), "vaults", "vault"),
        )


class NoDefaultVault(HostError):
    """No name was given and there is no vault."""

    def __init__(self) -> None:
        super().__init__("There is no default vault", "Make one with `uockam vault create`")


class VaultExists(HostError):
    """A vault has this name, or this file, already."""


class InUse(HostError):
    """What should go is needed by something that stays."""


class NodeExists(HostError):
    """A running node has this name already."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"A node named {name} already exists", "Please try using a different name or delete the existing node"
        )


class PortTaken(HostError):
    """Another node, which runs, has the board at this port."""

    def __init__(self, port: str, node: str) -> None:
        super().__init__(
            f"The board at {port} is the node '{node}'", f"Use that one, or run `uockam node delete {node}` first"
        )


class SpawnError(HostError):
    """A node process could not be started; the text carries its own words."""


class NoRuntime(SpawnError):
    """The board that should become the node has MicroPython, and no uockam."""


class StopError(HostError):
    """A node process did not end, or must not be touched."""


class EndpointError(HostError):
    """A management endpoint is not safe to use, or nobody answers there."""


class MessageError(HostError):
    """A message could not be sent or delivered, or no reply came back."""


class ApiError(HostError):
    """A node answered a management request with an error status."""

    def __init__(self, status: int, message: str, remedy: str = "") -> None:
        self.status = status
        super().__init__(message or f"The node answered with status {status}", remedy)


class StateError(HostError):
    """The state folder or file cannot be used."""


def _see_all(near: list[str], plural: str, noun: str) -> str:
    hint = "".join(f"Did you mean `{name}`? " for name in near[:1])
    return f"{hint}See all {plural} with `uockam {noun} list`"


def _close_names(name: str, known: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=3)

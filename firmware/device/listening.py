"""The management service's part about where the board takes secure channels (wire.md 5.4)."""

from uockam import api
from uockam.address import LOCAL, address
from uockam.errors import AddressInUse
from uockam.identifier import identifier_text, parse_identifier
from uockam.message import name_of
from uockam.services.listeners import (
    ADDRESS,
    LISTENER_REQUEST,
    addressed,
    pack_listener,
    unpack_address,
    unpack_identifiers,
)

from . import config, identity
from .listeners import API, configured
from .services.api import Api

MOST = 8  # beside `api`: each costs RAM


async def begin(node: object, name: str, authorized: "list[str] | None") -> None:
    """Take channels at this address. Raises AddressInUse, InvalidAddress."""
    allowed = None if authorized is None else [parse_identifier(text) for text in authorized]
    await node.start_worker(address(name), Api(node, name, allowed))


async def tell_all(node: object, body: object) -> object:
    """All of them."""
    return [[_pack(node, name, authorized) for name, authorized in _taking(node)]]


async def tell(node: object, body: object) -> object:
    """One."""
    name = _find(node, body)
    return _pack(node, name, dict(_taking(node))[name])


async def create(node: object, body: object) -> None:
    """One more, from now on and after a restart."""
    values = LISTENER_REQUEST.unpack(body)
    if values["identity"]:
        raise api.Reject(api.BAD_REQUEST, "a board has one identity, and proves no other")
    name = name_of(unpack_address(values["address"]))
    allowed = unpack_identifiers(values["authorized"])
    kept = configured()
    if len(kept) >= MOST:
        raise api.Reject(api.CONFLICT, "the board has %d listeners, which is the most" % MOST)
    kept[name] = None if allowed is None else [identifier_text(each) for each in allowed]
    try:
        await begin(node, name, kept[name])
    except AddressInUse as error:
        raise api.Reject(api.CONFLICT, str(error))
    try:
        _keep(kept)
    except api.Reject:
        await node.stop_worker(name)
        raise


async def delete(node: object, body: object) -> object:
    """Take no more channels there; those that there are go on."""
    name = _find(node, body)
    if name == API:
        raise api.Reject(api.BAD_REQUEST, "the listener 'api' of a board stays")
    listener = _listener(node, name)
    if listener is None:
        await node.stop_worker(name)
    else:
        listener.close()
    kept = configured()
    kept.pop(name, None)
    _keep(kept)
    return ADDRESS.pack(address=(LOCAL, name.encode()))


def _taking(node: object) -> "list[tuple[str, object]]":
    """What there is, which may be less than what the settings say."""
    kept = configured()
    return [(API, None)] + [(name, kept[name]) for name in sorted(kept) if _is_there(node, name)]


def _is_there(node: object, name: str) -> bool:
    worker = getattr(node.router.endpoints.get(name.encode()), "worker", None)
    return isinstance(worker, Api) or _listener(node, name) is not None


def _listener(node: object, name: str) -> object:
    """The listener in whose place no worker stands any more."""
    return None if node.secure is None else node.secure.listeners.get(name.encode())


def _find(node: object, body: object) -> str:
    where = addressed(body)
    if name_of(where) not in [name for name, _ in _taking(node)]:
        raise api.Reject(api.NOT_FOUND, "Secure channel listener with address, %s, not found" % str(where))
    return name_of(where)


def _pack(node: object, name: str, authorized: "list[str] | None") -> object:
    listener = _listener(node, name)
    allowed = None if authorized is None else [parse_identifier(text) for text in authorized]
    return pack_listener(name.encode(), listener.flow_id if listener else "", identity.identifier, allowed)


def _keep(listeners: "dict[str, object]") -> None:
    try:
        config.change("listeners", listeners)
    except (OSError, ValueError) as error:
        raise api.Reject(api.INTERNAL, "the settings of the board cannot be written: %s" % error)

"""Messages for devices that are away: sealed here, kept by the project's node, and fetched by whom they are for.

docs/mailbox.md says what the seal is worth. Every failure is a HostError.
"""

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uockam import api
from uockam.address import Address, random_address
from uockam.endpoint import Endpoint
from uockam.errors import ConnectionLost, ProtocolError, ReplyTimeout
from uockam.identifier import identifier_text, parse_identifier
from uockam.message import Message, error_of, name_of
from uockam.services.mailbox import AT, CARD, KEPT, PUT, STATUS

from .. import __version__
from ..errors import ApiError, InvalidArgument, MessageError
from ..node import devices as boards
from ..node import routes
from ..node.client import decode, encode
from ..node.temporary import Here, run
from ..state.database import Database
from ..state.devices import Devices
from .authority import RELAY
from .known import find_project

if TYPE_CHECKING:
    from uockam.secure.session import SecureChannel

    from ..node.ways import Way

TIMEOUT_MS = 30_000
DEFAULT_TTL_S = 86_400
_RELAY = "forward_to_"
_TRIES = 3  # a project whose answer is lost has perhaps kept the message: the same again is kept once
_ID_BYTES = 16


@dataclass(frozen=True)
class Target:
    """A route to a device behind a project: the project's name, the device's, and the hops there.

    identifier: who the device has to be, as this machine knows it, "" when it does not.
    """

    project: str
    device: str
    hops: tuple[Address, ...]
    identifier: str = ""


@dataclass(frozen=True)
class Stored:
    """A message that the project keeps. expires_at: Unix seconds."""

    id: str
    device: str
    receiver: str
    expires_at: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"id": self.id, "device": self.device, "receiver": self.receiver, "expires_at": self.expires_at}


@dataclass(frozen=True)
class Received:
    """A message that was fetched. service: whom it is for here. reason: why it is no answer, if it says so."""

    sender: str
    service: str
    payload: bytes
    reason: str = ""


@dataclass(frozen=True)
class Waiting:
    """What waits in a mailbox, and how much may."""

    count: int
    bytes: int
    most_count: int
    most_bytes: int
    most_age_s: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return vars(self).copy()


def target(to: str) -> Target:
    """Whom a route is for, such as /project/default/service/forward_to_pico1/secure/api/service/uppercase, or
    /device/pico1/service/uppercase.

    Raises InvalidArgument, NoDefaultProject, ProjectNotFound.
    """
    if routes.begins_with_device(to):
        board, after = boards.split(to)
        return target(boards.by_relay(board).and_then(after))
    pairs = routes.parse(to)
    names = [name for name, _ in pairs]
    if names[:1] != ["project"] or len(pairs) < _SHORTEST or not pairs[1][1].startswith(_RELAY):
        raise InvalidArgument(f"Nobody keeps a message for {to}", _FORM)
    rest = pairs[3:] if names[2] == "secure" else pairs[2:]
    if not rest or "secure" in [name for name, _ in rest]:
        raise InvalidArgument(f"A stored message goes to a worker of the device, and {to} names none", _FORM)
    project, device = pairs[0][1], pairs[1][1].removeprefix(_RELAY)
    return Target(project, device, routes.to_hops(rest), _known_here(project, device))


_SHORTEST = 3  # project, device, worker
_FORM = "Write /device/NAME/service/WORKER, or /project/NAME/service/forward_to_DEVICE/secure/api/service/WORKER"


def _known_here(project: str, device: str) -> str:
    """The identifier of a board that this machine has put into the project."""
    with Database() as database:
        record = Devices(database).get(device)
    return record.identifier if record and record.project == find_project(project).id else ""


def store(
    to: str,
    payload: bytes,
    ttl_s: int = DEFAULT_TTL_S,
    *,
    answer: bool = False,
    receiver: "str | None" = None,
    identity: "str | None" = None,
    timeout_ms: int = TIMEOUT_MS,
) -> Stored:
    """Have a project keep a message for a device that may be away; it is on its disk when this returns.

    answer: have what the worker answers kept for this identity. receiver: the identifier that the device must have; if
    None it is that of the board that this machine enrolled, or else the project is believed about that. identity: who
    sends, the default identity if None.
    Raises InvalidArgument, ApiError with what the project says against it, MessageError, and as `here.run`.
    """
    wanted = target(to)
    id = os.urandom(_ID_BYTES)
    letter = _Outgoing(wanted, payload, id, ttl_s, answer, receiver or wanted.identifier)

    async def put(here: "Here") -> Stored:
        for _ in range(_TRIES - 1):
            try:
                return await letter.put(here, timeout_ms)
            except (ConnectionLost, ReplyTimeout):
                pass
        return await letter.put(here, timeout_ms)

    return run(put, identity)


@dataclass(frozen=True)
class _Outgoing:
    target: Target
    payload: bytes
    id: bytes
    ttl_s: int
    answer: bool
    receiver: str

    async def put(self, here: "Here", timeout_ms: int) -> Stored:
        way = await open_project(here, self.target.project, timeout_ms)
        try:
            who = self.receiver or self.target.device
            card = await _card(here, way, who, timeout_ms)
            sealed = await self._sealed(here, way, card)
            body = PUT.pack(receiver=card["identifier"], id=self.id, ttl_s=self.ttl_s, sealed=sealed)
            kept = KEPT.unpack(await ask(here, way, AT, api.POST, "messages", body, timeout_ms=timeout_ms))
        finally:
            way.close()
        receiver = identifier_text(card["identifier"])
        return Stored(self.id.hex(), self.target.device, receiver, int(str(kept["expires_at"])))

    async def _sealed(self, here: "Here", way: "Way", card: dict[str, Any]) -> bytes:
        from uockam.secure.oneway import card_steps, seal_steps

        secure, channel, now = here.secure, way.channels[-1], int(time.time())
        if self.receiver and card["identifier"] != parse_identifier(self.receiver):
            raise MessageError("The project gave the card of another device", "Ask who runs the project")
        party = await secure.run(
            secure.keys.party_steps(channel.identifier, secure.fresh, now, channel.credentials or ())
        )
        static = await secure.run(card_steps(card["card"], card["identifier"], secure.keys.known, now))
        back = (random_address(),) if self.answer else ()
        period = (now, now + self.ttl_s)
        message = Message(self.target.hops, back, self.payload, None, None)
        steps = seal_steps(secure.fresh(), static, card["identifier"], secure.keys, party, self.id, period, message)
        return await secure.run(steps)


async def _card(here: "Here", way: "Way", who: str, timeout_ms: int) -> dict[str, Any]:
    """CARD of a device, by name or identifier."""
    try:
        return CARD.unpack(await ask(here, way, AT, api.GET, f"cards/{who}", timeout_ms=timeout_ms))
    except ApiError as error:
        remedy = _NO_MAILBOX if error.status == api.NOT_FOUND else error.remedy
        raise ApiError(error.status, str(error), remedy) from error


_NO_MAILBOX = "A board needs `uockam device config set mailbox true`, an identity does it with `uockam mailbox receive`"


def receive(
    project: "str | None" = None, identity: "str | None" = None, timeout_ms: int = TIMEOUT_MS
) -> list[Received]:
    """What waits for an identity of this machine, which is gone from the project then. Raises as `store`."""

    async def fetch(here: "Here") -> list[Received]:
        from uockam.services.mailbox_client import MailboxClient

        way = await open_project(here, find_project(project).name, timeout_ms)
        collected = _Collector()
        here.node.router.gateway = collected
        channel = way.channels[-1]
        client = MailboxClient(here.node, _name(channel), f"uockam {__version__}", channel.identifier, answers=False)
        try:
            await client.empty(channel)
        finally:
            way.close()
        return collected.received

    return run(fetch, identity)


def _name(channel: "SecureChannel") -> str:
    """By which others store for a member: that of the relay that it may have, "" when that may be any."""
    allowed = [issued.credential.attributes.get(RELAY.encode(), b"").decode() for issued in channel.credentials or ()]
    return allowed[0] if allowed and allowed[0] != "*" else ""


class _Collector(Endpoint):
    """Takes what is for any worker of a node that has none."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Received] = []

    def offer(self, message: Message) -> bool:
        sender = identifier_text(message.identifier or b"")
        service = name_of(message.onward_route[0])
        self.received.append(Received(sender, service, message.payload, error_of(message) or ""))
        return True

    async def room(self) -> None:
        """There always is."""


def status(project: "str | None" = None, identity: "str | None" = None, timeout_ms: int = TIMEOUT_MS) -> Waiting:
    """How much waits for an identity of this machine. Raises as `store`."""

    async def look(here: "Here") -> Waiting:
        way = await open_project(here, find_project(project).name, timeout_ms)
        try:
            values: Any = STATUS.unpack(await ask(here, way, AT, api.GET, "status", timeout_ms=timeout_ms))
        finally:
            way.close()
        return Waiting(**values)

    return run(look, identity)


async def open_project(here: "Here", name: str, timeout_ms: int) -> "Way":
    """A way whose last channel is with the project's node, which gets to see this side's credential."""
    return await here.ways.open((("project", name),), timeout_ms)


async def ask(
    here: "Here", way: "Way", worker: str, method: int, path: str, body: object = None, *, timeout_ms: int
) -> Any:
    """The body with which a worker of the project's node answers. Raises ApiError, MessageError, DeliveryError."""
    way.check()
    reply = await here.node.ask_message((*way.hops, worker), encode(method, path, body), timeout_ms)
    try:
        return decode(reply.payload)
    except ProtocolError as error:
        raise MessageError(f"The project sent {error}", "Use the same version of uockam for both") from error

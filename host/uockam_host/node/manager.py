"""The management service of a host's node, and of a board's node that this process stands for (wire.md 5.4)."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from uockam import api, multiaddr
from uockam.address import address
from uockam.message import Message, name_of
from uockam.node import Node
from uockam.services.enrollment import JOIN
from uockam.services.listeners import unpack_identifiers
from uockam.services.manager import KINDS, NODE_STATUS, SERVICE_ADDRESS, Manager, running

from ..errors import HostError
from ..state.database import Database
from ..state.nodes import Nodes
from .board_channels import BoardChannels
from .bodies import RESOURCES, ROUTE, SEND_MESSAGE, pack_transport
from .routes import Pairs, is_secure, pairs_of
from .secure_channels import Channels
from .settings import DIALS, SERVICES, Settings
from .transports import Transports

if TYPE_CHECKING:
    from uockam.worker import Context

    from .board import Board
    from .relays import Relays

_TIMEOUT_MS = 10_000  # for the reply to a message, when its owner does not say
_LONG = (  # may wait for others, for as long as was allowed
    (api.POST, "node/secure_channel"),
    (api.POST, "node/relay"),
    (api.POST, "v0/message"),
)


class HostManager(Manager):
    """Adds what only a process on a host has: its id, TCP, secure channels, relays, resources, and messages for its
    owner.
    """

    def __init__(
        self,
        node: Node,
        transports: Transports,
        channels: "Channels | BoardChannels",
        relays: "Relays",
        settings: Settings,
        stop: Callable[[], None],
        more: tuple[tuple[int, str, object], ...] = (),
    ) -> None:
        own = ((api.GET, "node/resources", self.get_resources), (api.POST, "v0/message", self.send_message))
        super().__init__(node, more, transports.table(), channels.table(), relays.table(), own, stop=stop)
        self._transports = transports
        self._channels = channels
        self._settings = settings
        self._node = node

    async def handle_message(self, context: "Context", message: Message) -> None:
        """What takes long is done aside, so that the node answers other questions meanwhile."""
        request = api.decode_request(message.payload)
        if (request.method, "/".join(api.split_path(request.path))) in _LONG:
            self._node.spawn("manager", super().handle_message(context, message))
        else:
            await super().handle_message(context, message)

    async def get_node(self, parts: list[str], body: object) -> Any:
        """NodeStatus with the process id, and why the node cannot do its work."""
        return NODE_STATUS.pack(
            name=self._node.name,
            identifier=self.identifier(),
            process=running(os.getpid()),
            reason=self.reason() or None,
        )

    def identifier(self) -> "bytes | None":
        """Of the node's identity, as far as this process knows it."""
        return self._channels.identifier()

    def reason(self) -> str:
        """Why the node cannot do its work, "" when it can."""
        return ""

    async def get_resources(self, parts: list[str], body: object) -> Any:
        """All that `node show` shows."""
        return RESOURCES.pack(
            name=self._node.name,
            identity_name=self._channels.identity_name or None,
            is_default=_is_default(self._node.name),
            process=running(os.getpid()),
            route=self._route(),
            transports=[pack_transport(item) for item in self._transports.infos()],
            secure_channel_listeners=await self._channels.pack_listeners(),
            inlets=[],
            outlets=[],
            services=[] if self.reason() else await self.get_services([], None),
            identifier=await self._channels.proved(),
        )

    def _route(self) -> Any:
        short = multiaddr.encode((("node", self._node.name),))
        listener = self._transports.address
        return ROUTE.pack(short=short, verbose=multiaddr.encode(pairs_of(listener)) if listener else None)

    async def send_message(self, parts: list[str], body: object) -> Any:
        """Send along a MultiAddr from this node; the answer is the reply's payload, both as lists of ints."""
        values: dict[str, Any] = SEND_MESSAGE.unpack(body)
        try:
            payload = bytes(values["message"])
        except (TypeError, ValueError):
            raise api.Reject(api.BAD_REQUEST, "a message that is not a list of bytes") from None
        authorized = unpack_identifiers(values["authorized"])
        timeout_ms = values["timeout_ms"] or _TIMEOUT_MS
        return list(await self._send(multiaddr.parse(values["route"]), payload, timeout_ms, authorized))

    async def _send(self, pairs: Pairs, payload: bytes, timeout_ms: int, authorized: "list[bytes] | None") -> bytes:
        if is_secure(pairs):
            return await self._channels.ask(pairs, payload, timeout_ms, authorized)
        return bytes((await self._node.ask_message(multiaddr.to_route(pairs), payload, timeout_ms)).payload)

    async def start_service(self, parts: list[str], body: object) -> None:
        """As every node does; `node start` starts it again."""
        await super().start_service(parts, body)
        self._remember(parts[0], body)

    def _remember(self, kind: str, body: object) -> None:
        where = address(str(SERVICE_ADDRESS.unpack(body)["address"]))
        self._settings.add(SERVICES, [kind, name_of(where)])


class BoardManager(HostManager):
    """Leaves to the board's own management service what is about its node: a board is a node like any other."""

    def __init__(
        self,
        node: Node,
        transports: Transports,
        relays: "Relays",
        settings: Settings,
        stop: Callable[[], None],
        board: "Board",
    ) -> None:
        own = (
            (api.GET, "node/board", self.get_board),
            (api.POST, "node/reset", self.reset),
            (api.GET, "node/project", self.get_project),
            (api.POST, "node/project", self.join_project),
        )
        super().__init__(node, transports, BoardChannels(board, self._ask), relays, settings, stop, own)
        self._board = board
        board.dials.update(target.encode() for target in settings.all(DIALS))

    def reason(self) -> str:
        """Why the board does not answer."""
        return "" if self._board.up else self._board.reason

    async def get_board(self, parts: list[str], body: object) -> Any:
        """What the board is, as it says itself (board.DETAILS)."""
        return await self._ask(api.GET, "node/board", None)

    async def reset(self, parts: list[str], body: object) -> Any:
        """Of the board."""
        return await self._ask(api.POST, "node/reset", body)

    async def get_project(self, parts: list[str], body: object) -> Any:
        """How the board stands in its project."""
        return await self._ask(api.GET, "node/project", None)

    async def join_project(self, parts: list[str], body: object) -> None:
        """Have the board join a project, to which this computer may connect for it from now on."""
        values: dict[str, Any] = JOIN.unpack(body)
        for name in ("route", "authority"):
            target = multiaddr.to_route(multiaddr.parse(values[name]))[0].value
            self._board.dials.add(target)
            self._settings.add(DIALS, target.decode())
        await self._ask(api.POST, "node/project", body)

    async def get_workers(self, parts: list[str], body: object) -> Any:
        """The board's."""
        return await self._ask(api.GET, "node/workers", None)

    async def get_services(self, parts: list[str], body: object) -> Any:
        """The board's."""
        return await self._ask(api.GET, "/".join(["node/services", *parts]), None)

    async def start_service(self, parts: list[str], body: object) -> None:
        """On the board, and again whenever it has restarted (keep_services).

        A service that only boards have runs until then: what runs for good is in the board's own settings.
        """
        await self._ask(api.POST, f"node/services/{parts[0]}", body)
        if parts[0] in KINDS:
            self._remember(parts[0], body)

    async def keep_services(self) -> None:
        """Start on the board what it was told to run, each time that its node comes up; until cancelled."""
        while True:
            change = asyncio.ensure_future(self._board.changed())
            await asyncio.sleep(0)  # it waits now, so that no change is missed
            if self._board.up:
                await self.start_services()
            await change

    async def start_services(self) -> None:
        """Start on the board what it was told to run."""
        for kind, where in self._settings.all(SERVICES):
            with suppress(api.Reject):  # it runs still, or the board is gone again
                await self._ask(api.POST, f"node/services/{kind}", SERVICE_ADDRESS.pack(address=where))

    async def _ask(self, method: int, path: str, body: object) -> Any:
        try:
            payload = await self._board.manage(api.encode_request(1, method, path, body))
        except HostError as error:
            raise api.Reject(api.INTERNAL, str(error)) from error
        response = api.decode_response(payload)
        if response.status != api.OK:
            raise api.Reject(response.status or api.INTERNAL, api.error_text(response.body))
        return response.body


def _is_default(name: str) -> bool:
    with Database() as database:
        record = Nodes(database).get(name)
        return record is not None and record.is_default

"""The board behind a node of this computer: brings its node up, keeps it reachable, and leads messages there."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from uockam import api
from uockam.address import LOCAL, Address
from uockam.endpoint import Endpoint
from uockam.errors import ConnectionLost, Error
from uockam.flow import Flow
from uockam.message import Message
from uockam.node import Node
from uockam.records import Record
from uockam.services.manager import ADDRESS as MANAGER
from uockam.transport.connection import OUTGOING, Connection, Gateway
from uockam.transport.serial import SerialLink

from ..errors import HostError
from .cable import Cable

DETAILS = Record(
    "a board",
    (1, "machine", str, False),
    (2, "micropython", str, False),
    (3, "uockam", str, False),
    (4, "free_bytes", int, False),
    (5, "crash", str, False),
)

CLOCK = Record("a clock", (1, "unix_s", int, True))

GUEST = Address(LOCAL, b"_guest")  # device/services/guest.py

_MESSAGE_LIMIT = 8192  # what a board takes (MESSAGE_LIMIT of port.py there): more is refused here, at once
_GREETING_MS = 15_000  # a board may be busy with what it began while nobody was there
_STOP_MS = 3000


class Away(Endpoint):
    """Refuses what would go to the board while it cannot be reached."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self._reason = reason

    def offer(self, message: Message) -> bool:
        """Always raises ConnectionLost."""
        raise ConnectionLost(f"the board cannot be reached: {self._reason}")


class GuardedGateway(Gateway):
    """Whoever holds the cable owns the board, and this computer holds it for others as well: what does not come from
    the owner of this node goes by way of the board's guest worker, which takes that right away.
    """

    def offer(self, message: Message) -> bool:
        """As Gateway.offer."""
        origin = message.origin
        if origin is None or origin.owner:
            return super().offer(message)
        return self._connection.push(message, (GUEST, *message.onward_route))


class Board:
    """`up` tells whether the board's node answers, `reason` why not, `details` what the board is (names of DETAILS),
    `cable` is what leads there. `dials`: the TCP addresses that this computer connects to for the board.

    log: called with a level of `logging` and a line of text, also for what the board prints. To be made inside the
    event loop that runs it.
    """

    def __init__(self, node: Node, port: str, *, log: Callable[[int, str], object]) -> None:
        self.reason = "not connected yet"
        self.details: dict[str, Any] = {}
        self.dials: set[bytes] = set()
        self._node = node
        self._log = log
        self._problem: HostError | None = None
        self._changed = asyncio.Event()
        self._connection: Connection | None = None
        self.cable = Cable(port, node.runner, self._link_up, self._link_down, self._away, log)
        node.router.gateway = Away(self.reason)

    @property
    def up(self) -> bool:
        """Whether the board's node answers."""
        return not self.reason

    async def run(self) -> None:
        """Keep the board's node reachable until cancelled; the port is free when this has returned."""
        await self.cable.run()

    async def wait_up(self, timeout_ms: int) -> None:
        """Returns when the board's node answers. Raises HostError as soon as something is known to stand against it."""
        try:
            await asyncio.wait_for(self._wait_up(), timeout_ms / 1000)
        except asyncio.TimeoutError:
            raise HostError(f"The board at {self.cable.port} does not answer", "Press its reset button") from None

    async def changed(self) -> None:
        """Returns when `up` or `reason` has changed."""
        await self._changed.wait()

    async def manage(self, payload: bytes, timeout_ms: int = 10_000) -> bytes:
        """Ask the management service of the board's node: a payload of uockam.api, and that of the answer.

        Raises HostError when the board cannot be reached or does not answer.
        """
        if self._connection is None:
            raise HostError(f"The board cannot be reached: {self.reason}", "See `uockam node list`")
        try:
            message = await self._node.ask_message((self._connection.address, MANAGER), payload, timeout_ms)
        except Error as error:
            raise HostError(f"The board does not answer: {error}", error.remedy) from error
        return message.payload  # type: ignore[no-any-return]

    async def stop_node(self) -> None:
        """Stop the board's node, so that the board is at its prompt; one that is away is left alone."""
        if self._connection is None:
            return
        self.cable.leave_at_end()
        try:
            await self.manage(api.encode_request(1, api.DELETE, "node"), _STOP_MS)
            await self.cable.left(_STOP_MS)
        except HostError as error:
            self._log(logging.WARNING, f"the board's node was not stopped: {error}")

    async def bring_back(self) -> None:
        """Start the board's node again after a person was at its prompt; `reason` says what came of it."""
        await self.cable.bring_back()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._greeted(), _GREETING_MS / 1000)

    async def _greeted(self) -> None:
        """Returns when a link that is there has led to an answer. What stood against it before counts no more."""
        while self.cable.linked and not self.up:
            await self.changed()

    async def _wait_up(self) -> None:
        while not self.up:
            if self._problem is not None:
                raise self._problem
            await self.changed()

    # -- what the cable tells -----------------------------------------------------------------------------------------

    def _link_up(self, link: SerialLink) -> Connection:
        connection = Connection(self._node, link, Flow(serves=True, dials=self.dials), OUTGOING, _MESSAGE_LIMIT)
        self._connection = connection
        self._node.spawn("board", self._greet(connection))
        return connection

    async def _greet(self, connection: Connection) -> None:
        """There is a link; whether there is a node at its other end, and what it is."""
        try:
            answer = await self.manage(api.encode_request(1, api.GET, "node/board"), _GREETING_MS)
            response = api.decode_response(answer)
            self.details = DETAILS.unpack(response.body) if response.status == api.OK else {}
        except Error as error:
            if connection is self._connection:
                text = f"The node of the board at {self.cable.port} does not answer: {error}"
                self._away(HostError(text, error.remedy))
            return
        if connection is self._connection:
            self._set_up(connection)
            await self._set_clock()

    async def _set_clock(self) -> None:
        """A board has no battery for its clock; one that has no clock at all says so, which is all right."""
        body = CLOCK.pack(unix_s=int(time.time()))
        with suppress(HostError):
            await self.manage(api.encode_request(1, api.PUT, "node/clock", body), _GREETING_MS)

    def _link_down(self, reason: str) -> None:
        self._connection = None
        self._set_down(reason)

    def _away(self, problem: HostError) -> None:
        self._set_down(str(problem), problem)

    # -- up and down --------------------------------------------------------------------------------------------------

    def _set_up(self, connection: Connection) -> None:
        self._node.router.gateway = GuardedGateway(connection)
        self._set("", None)
        self._log(logging.INFO, f"the board at {self.cable.port} is up: {self.details.get('machine') or 'unknown'}")

    def _set_down(self, reason: str, problem: "HostError | None" = None) -> None:
        self._node.router.gateway = Away(reason)
        if reason != self.reason:
            self._log(logging.INFO, f"the board at {self.cable.port} is down: {reason}")
        self._set(reason, problem)

    def _set(self, reason: str, problem: "HostError | None") -> None:
        self.reason, self._problem = reason, problem
        self._changed.set()
        self._changed = asyncio.Event()

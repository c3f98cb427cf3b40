"""The other end of a relay: registers a name at a node that forwards, and keeps it registered (wire.md 6, 5.2).

The echo service of that node is asked every 10 s, as Ockam's nodes do. When two answers are missing, or the connection
has ended, everything is made anew after a pause that grows with each failure.
"""

import asyncio

from ..address import Address, random_address
from ..bare import decode_text, encode_text
from ..endpoint import Asker, Endpoint
from ..errors import ConnectionLost, Error, InvalidAddress, NoSuchAddress, RemoteError, ReplyTimeout
from ..log import INFO, log, safe
from ..message import WANTS_ERRORS, Message, error_of, name_of
from ..node import Closer
from ..port import TYPE_CHECKING, const, random_bytes
from ..route import route
from ..transport.backoff import Backoff
from ..worker import Context, Worker
from .relay_names import ANY_NAME, STATIC

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..flow import Flow
    from ..node import Node
    from ..route import Hops
    from ..tasks import Task, Timer

    After = Callable[[int, Callable[[], object]], Timer]

PING_MS = const(10_000)  # what Ockam's nodes take (wire.md 5.2)
MISSED = const(2)  # pings without an answer: so a loss is known within 30 s
OPEN_MS = const(60_000)  # for the way: with a credential and two handshakes, on a board, which take a while
REGISTER_MS = const(10_000)  # for the confirmation; a refusal is silence at an Ockam node
_U64 = b"\x1b"  # the head of a CBOR integer of eight bytes, which is what a ping is

_NOT_TRIED = "not registered yet"
_CLOSED = "closed"


class Way:
    """How a relay client gets to the node that forwards; it is opened anew for each try."""

    async def open(self) -> "tuple[Address, ...]":
        """The route to that node, such as the address of a connection. Raises Error."""
        raise NotImplementedError

    def close(self) -> None:
        """What `open` has made, or is making, is of no use any more."""


class Along(Way):
    """A route that stays: `1#host:port`, or the address of a supervised connection."""

    def __init__(self, *hops: "Hops") -> None:
        """Raises InvalidAddress."""
        self._route = route(*hops)

    async def open(self) -> "tuple[Address, ...]":
        return self._route


class RelayClient(Worker, Closer):
    """Keeps the relay `name` at the node at the end of `way`, until closed.

    `reason` says why there is none now, "" while there is one; `address` is the relay's, at that node, None before the
    first time. Whoever sends through the relay may use what this node offers to anyone; so may the forwarding node
    itself. after(ms, callback) and the back-off are for tests. Raises InvalidAddress.
    """

    def __init__(
        self, node: "Node", name: str, way: Way, after: "After | None" = None, backoff: "Backoff | None" = None
    ) -> None:
        if not name or "#" in name or name == ANY_NAME:
            raise InvalidAddress("a relay cannot have the name '%s'" % safe(name), "write a word such as pico1")
        self.name = name
        self.reason = _NOT_TRIED
        self.address: "Address | None" = None
        self.own: Address = random_address()
        self.node = node
        self.after: "After" = after or node.runner.after
        self._way = way
        self._backoff = backoff or Backoff()
        self._session: "_Session | None" = None
        self._pause: "Timer | None" = None
        self._change = asyncio.Event()
        self.closed = False

    async def start(self) -> None:
        """Begin; returns before the first try."""
        await self.node.start_worker(self.own, self)
        self.node.closers.append(self)
        self._begin()

    async def wait_up(self) -> None:
        """Returns when the relay is there, or this was closed."""
        while self.reason and not self.closed:
            await self._change.wait()

    async def tried(self) -> None:
        """Returns when the first try has ended, well or not, or this was closed: `reason` tells."""
        while self.reason == _NOT_TRIED:
            await self._change.wait()

    async def changed(self) -> None:
        """Returns when `reason` may be another one."""
        await self._change.wait()

    def close(self) -> None:
        """Let go of the relay for good: a message that comes through it now leads nowhere."""
        if self.closed:
            return
        self.closed = True
        self._end_session()
        if self._pause is not None:
            self._pause.cancel()
        if self in self.node.closers:
            self.node.closers.remove(self)
        self.node.spawn("relay '%s'" % self.name, self._stop_worker())
        self._tell(_CLOSED)

    async def _stop_worker(self) -> None:
        try:
            await self.node.stop_worker(self.own)
        except NoSuchAddress:
            pass  # the node stops, and its workers first

    async def handle_message(self, context: Context, message: Message) -> None:
        """From the node that forwards: an answer, or, as an Elixir node forwards, a message with this worker as its
        first hop.
        """
        rest = message.step()
        if not rest.onward_route:
            if self._session is not None:
                self._session.heard(message)
        elif rest.onward_route[0] != self.own:
            await context.forward(rest)

    # -- for the session ----------------------------------------------------------------------------------------------

    def up(self, at: Address) -> None:
        """The relay is there."""
        self.address = at
        log(INFO, "uockam.relay", "'%s' leads here" % name_of(at))
        self._tell("")

    def steady(self) -> None:
        """It lasts: the next pause is a first one."""
        self._backoff.reset()

    def down(self, session: "_Session", reason: str) -> None:
        """The session has ended by itself."""
        if session is not self._session:
            return
        log(INFO, "uockam.relay", "the relay '%s': %s" % (safe(self.name), reason))
        self._end_session()
        self._pause = self.after(self._backoff.next_ms(random_bytes(1)[0]), self._begin)
        self._tell(reason)

    def _begin(self) -> None:
        self._pause = None
        self._session = _Session(self, self._way)

    def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.end()

    def _tell(self, reason: str) -> None:
        self.reason = reason
        self._change.set()
        self._change = asyncio.Event()


class _Session(Asker):
    """One registration, from the way there to its loss."""

    def __init__(self, client: RelayClient, way: Way) -> None:
        self._client = client
        self._way = way
        self._route: "tuple[Address, ...]" = ()
        self._first: "Endpoint | None" = None  # of the way
        self._pings: "list[bytes]" = []  # that are not answered
        self._opened: "Flow | None" = None  # by us, to what comes through the relay
        self._up = False
        self._timer = client.after(OPEN_MS, self._not_there)
        self._task: "Task" = client.node.spawn("relay '%s'" % client.name, self._register())

    def end(self) -> None:
        """Let go of everything."""
        if self._task is not self._client.node.runner.current():  # which ends by itself
            self._task.cancel()
        self._timer.cancel()
        if self._first is not None:
            self._first.drop_asker(self)
        if self._opened is not None:
            self._opened.serves = False
        self._way.close()

    def fail(self, error: Error) -> None:
        """It is over: the first hop has ended, or did not take a message."""
        self._client.down(self, str(error))

    async def _register(self) -> None:
        try:
            self._route = await self._way.open()
            self._first = self._client.node.router.find(Message(self._route, (), b"", None, None))
            self._first.add_asker(self)
        except Error as error:
            self.fail(error)
        else:
            self._timer.cancel()
            self._timer = self._client.after(REGISTER_MS, self._too_late)
            await self._send(STATIC, encode_text(self._client.name))

    async def _send(self, service: str, payload: bytes) -> None:
        onward = self._route + route(service)
        try:
            await self._client.node.deliver(Message(onward, (self._client.own,), payload, WANTS_ERRORS, None))
        except Error as error:
            self.fail(error)

    def _not_there(self) -> None:
        self.fail(ReplyTimeout("the node that is to forward was not reached within %d s" % (OPEN_MS // 1000)))

    def _too_late(self) -> None:
        self.fail(ReplyTimeout("the relay service does not answer: the name may be another's, or not allowed"))

    def heard(self, message: Message) -> None:
        """An answer. Raises ProtocolError for one without meaning."""
        reason = error_of(message)
        if reason is not None:
            self.fail(RemoteError(reason))
        elif message.payload in self._pings:
            self._pings = []
            self._client.steady()
        elif not self._up:
            self._confirmed(message)

    def _confirmed(self, message: Message) -> None:
        """A Rust node sends the relay's whole address, an Elixir node the name; both from the relay's address."""
        if not decode_text(message.payload).endswith(self._client.name) or not message.return_route:
            return
        self._up = True
        flow = message.origin
        if flow is not None and not flow.serves:
            flow.serves = True
            self._opened = flow
        self._timer.cancel()
        self._client.up(message.return_route[-1])
        self._wait()

    def _wait(self) -> None:
        self._timer = self._client.after(PING_MS, self._ping)

    def _ping(self) -> None:
        if len(self._pings) >= MISSED:
            self.fail(ConnectionLost("%d pings were not answered" % MISSED))
            return
        payload = _U64 + random_bytes(8)
        self._pings.append(payload)
        self._task = self._client.node.spawn("relay '%s'" % self._client.name, self._send("echo", payload))
        self._wait()

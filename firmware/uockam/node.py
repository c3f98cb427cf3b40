"""The node: workers, the messages between them, and the asks that wait for an answer."""

import asyncio

from .access import default_rule, rule_name
from .address import LOCAL, Address, address, random_address
from .endpoint import Asker, Endpoint, fail_all
from .errors import (
    DeliveryError,
    InvalidAddress,
    LimitError,
    NodeStopped,
    NoSuchAddress,
    RemoteError,
    ReplyTimeout,
    WorkerStopped,
)
from .log import DEBUG, INFO, enabled, log
from .mailbox import Mailbox
from .message import WANTS_ERRORS, Message, error_of, error_reply, name_of, payload_of, wants_errors
from .port import TYPE_CHECKING
from .reply import Reply
from .route import format as format_route
from .route import route
from .router import Router
from .tasks import Runner
from .worker import Worker

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .access import Access
    from .route import Hop, Hops
    from .secure.workers import SecureChannels
    from .supervisor import Supervisor
    from .tasks import Task
    from .transport.connection import Connection

GRACE_MS = 1000  # what a worker gets to end the message it is at, as in Ockam (wire.md 3.2)


class Closer:
    """What ends with its node."""

    def close(self) -> None:
        """End it now."""
        raise NotImplementedError


class Node:
    """Hosts workers and routes messages between them and, through transports, to other nodes.

    Everything runs on the event loop that runs the first call; nothing happens before that.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.router = Router()
        self.runner = Runner()
        self.depth = 0  # how many workers are being run inside one another right now
        self.closers: "list[Closer]" = []  # transports and the like, which end with the node
        self.connections: "set[Connection]" = set()  # those that are open
        self.secure: "SecureChannels | None" = None  # once it has an identity
        self._replies: "set[Asker]" = set()
        self._ending: "set[Mailbox]" = set()
        self._end: "asyncio.Event | None" = None
        self.stopping = False
        self._closed = False
        self.failure = ""  # why the node stopped by itself; "" when it was told to

    # -- workers ------------------------------------------------------------------------------------------------------

    async def start_worker(
        self,
        at: "Hop | tuple[Hop, ...]",
        worker: Worker,
        access: "Access | None" = None,
        kind: str = "",
        supervisor: "Supervisor | None" = None,
    ) -> Address:
        """Start a worker at one address or several and return the first; it gets messages when this returns.

        access: a rule of access.py for who may send to it, by default ANYONE, and LOCAL for names with a `_` in front.
        kind: what the service is ("echo"); "" keeps the worker out of the list of services.
        Raises AddressInUse, InvalidAddress, NodeStopped, WorkerStopped, and whatever the worker's `started` raises.
        """
        if self.stopping:
            raise NodeStopped("the node is stopping")
        if isinstance(worker, type) or not hasattr(worker, "handle_message"):
            raise TypeError("a worker is an object with handle_message, such as Worker(), not %s" % repr(worker))
        addresses = _addresses(at)
        rule = default_rule(addresses[0].value) if access is None else access
        mailbox = Mailbox(self, addresses, worker, rule, kind)
        mailbox.supervisor = supervisor
        self.router.add_all([item.value for item in addresses], mailbox)
        if enabled(INFO):
            for item in addresses:
                text = "Initializing worker '%s' with access control in:%s" % (item, rule_name(rule))
                log(INFO, "uockam.node", text)
        await self._start(mailbox)
        return addresses[0]

    async def _start(self, mailbox: Mailbox) -> None:
        try:
            await mailbox.worker.started(mailbox.context)
        except BaseException:
            self._begin_stop(mailbox)
            mailbox.abort()
            raise
        if mailbox.is_stopping():
            await mailbox.finish()
            raise WorkerStopped("the worker '%s' was stopped while it started" % name_of(mailbox.addresses[0]))
        mailbox.open()

    async def stop_worker(self, at: "Hop") -> None:
        """Stop the worker at this address; its addresses are free at once.

        Messages that wait are refused and every ask ends with WorkerStopped; the message the worker is at, and its
        `stopped`, get a second to end. Returns when they have, but at once to the worker itself. Raises NoSuchAddress.
        """
        (hop,) = _addresses(at)
        mailbox = self.router.endpoints.get(hop.value)
        if not isinstance(mailbox, Mailbox):
            raise NoSuchAddress("there is no worker at '%s'" % name_of(hop))
        if mailbox.supervisor is not None:
            mailbox.supervisor.forget(mailbox)
        await self.end_worker(mailbox)

    async def end_worker(self, mailbox: Mailbox) -> None:
        """As stop_worker, for supervisors."""
        self._begin_stop(mailbox)
        if not mailbox.runs_here():
            await mailbox.ended()

    def _begin_stop(self, mailbox: Mailbox) -> None:
        for item in mailbox.addresses:
            self.router.remove(item.value, mailbox)
        if mailbox.is_stopping():
            return
        self._ending.add(mailbox)
        mailbox.begin_stop()
        if mailbox in self._ending:
            self.runner.after(GRACE_MS, mailbox.abort)

    def forget(self, mailbox: Mailbox) -> None:
        """A mailbox has ended for good."""
        self._ending.discard(mailbox)

    def workers(self) -> "list[Address]":
        """The addresses of all workers, transports included."""
        return [Address(LOCAL, value) for value, item in self.router.endpoints.items() if not isinstance(item, Reply)]

    def services(self) -> "list[tuple[Address, str]]":
        """(address, kind) of every worker that was started with a kind."""
        found = [item for item in self.router.endpoints.values() if isinstance(item, Mailbox) and item.kind]
        return [(mailbox.addresses[0], mailbox.kind) for mailbox in found]

    def spawn(self, name: str, coroutine: "Coroutine[object, None, None]") -> "Task":
        """Run in the background; exceptions are logged under `name`, and the node's end cancels it."""
        return self.runner.spawn(name, coroutine)

    # -- messages -----------------------------------------------------------------------------------------------------

    async def deliver(self, message: Message) -> None:
        """Hand a message to the endpoint of its first hop, waiting while that is full.

        Raises NoSuchAddress, ConnectionLost, LimitError.
        """
        while True:
            endpoint = self.router.find(message)
            if endpoint.offer(message):
                return
            await endpoint.room()

    async def send(self, onward: "Hops", payload: "bytes | str", return_route: "tuple[Address, ...]" = ()) -> None:
        """Send a message along a route (a name, an Address or a tuple of them); nobody answers an empty return route.

        Raises InvalidAddress, DeliveryError, LimitError, NodeStopped.
        """
        self.check_runs()
        message = Message(route(onward), return_route, payload_of(payload), None, None)
        if not self.router.find(message).offer(message):
            await self.deliver(message)

    def check_runs(self) -> None:
        """Raises NodeStopped when nothing can be sent any more."""
        if self._closed:
            raise NodeStopped("the node has stopped")

    async def ask(self, onward: "Hops", payload: "bytes | str", timeout_ms: int = 10_000) -> "bytes | str":
        """Send and wait for the answer: bytes for bytes; for a str the BARE String in the answer.

        Raises NoSuchAddress, WorkerStopped, ConnectionLost, RemoteError (a node further on could not deliver),
        ReplyTimeout, LimitError, and ProtocolError for an answer that is no text.
        """
        message = await self.ask_message(onward, payload, timeout_ms)
        return message.text if isinstance(payload, str) else message.payload

    async def ask_message(self, onward: "Hops", payload: "bytes | str", timeout_ms: int = 10_000) -> Message:
        """As `ask`, with the whole message as the answer."""
        self.check_runs()
        hops = route(onward)
        reply = Reply()
        own = random_address()
        message = Message(hops, (own,), payload_of(payload), WANTS_ERRORS, None)
        self.router.add(own.value, reply)
        self._replies.add(reply)
        timer = None
        later = None
        try:
            if not reply.ask(self, message):
                later = self.spawn("ask", reply.ask_later(self, message))
            if not reply.done():
                timer = self.runner.after(timeout_ms, lambda: reply.fail(_late(hops, timeout_ms)))
                await reply.wait()
        finally:
            if timer is not None:
                timer.cancel()
            if later is not None:
                later.cancel()
            reply.let_go()
            self._replies.discard(reply)
            self.router.remove(own.value, reply)
        return _answer(reply)

    def take(self, message: Message) -> "Endpoint | None":
        """Deliver a message that a transport brought; the endpoint that is full, or None when all is done.

        What cannot be delivered is told to its sender.
        """
        try:
            endpoint = self.router.find(message)
            return None if endpoint.offer(message) else endpoint
        except (DeliveryError, LimitError) as error:
            return self.tell_undelivered(message, error)

    def tell_undelivered(self, message: Message, error: "DeliveryError | LimitError") -> "Endpoint | None":
        """Log that a message got lost, and tell its sender if it asked for that; the endpoint that is too full to."""
        if enabled(DEBUG):
            log(DEBUG, "uockam.node", "not delivered to %s: %s" % (format_route(message.onward_route), error))
        if not wants_errors(message):
            return None
        answer = error_reply(message, str(error))
        try:
            endpoint = self.router.find(answer)
            if isinstance(endpoint, Reply):
                endpoint.fail(error)
            elif not endpoint.offer(answer):
                return endpoint
        except (DeliveryError, LimitError):
            pass  # the way back is gone too; whoever is at its end has been told by that
        return None

    # -- the end ------------------------------------------------------------------------------------------------------

    async def stop(self, reason: str = "") -> None:
        """Stop every worker, close every transport, end every ask; waits at most a second for messages in work.

        A reason makes it a failure, which `wait` returns. A worker may call this; others wait with it for the end.
        """
        if self.stopping:
            return await self._wait_end()
        self.stopping = True
        self.failure = reason
        try:
            await self._stop_workers()
            self._close()
            await asyncio.sleep(0)  # connections that were closed say so, and asks that were failed return
        finally:  # also when the caller does not wait
            self._close()
            self.runner.close()
            self._ended().set()
        return None

    async def _stop_workers(self) -> None:
        for endpoint in tuple(self.router.endpoints.values()):
            if isinstance(endpoint, Mailbox):
                self._begin_stop(endpoint)
        for mailbox in tuple(self._ending):
            if not mailbox.runs_here():
                await mailbox.ended()

    def _close(self) -> None:
        self._closed = True
        for closer in self.closers[::-1]:  # what came later uses what came before
            closer.close()
        for connection in tuple(self.connections):
            connection.close()
        fail_all(self._replies, WorkerStopped("the node is stopping"))

    async def wait(self) -> str:
        """Returns when the node has stopped: "" when it was told to, else why it stopped by itself."""
        await self._wait_end()
        return self.failure

    async def _wait_end(self) -> None:
        await self._ended().wait()

    def _ended(self) -> asyncio.Event:
        if self._end is None:
            self._end = asyncio.Event()
        return self._end


def _addresses(at: "Hop | tuple[Hop, ...]") -> "tuple[Address, ...]":
    items = at if isinstance(at, tuple) and not isinstance(at, Address) else (at,)
    found = tuple([address(item) for item in items])
    if not found or [item for item in found if item.type != LOCAL]:
        raise InvalidAddress("a worker has a local address, not '%s'" % format_route(found), "write NAME or 0#NAME")
    return found


def _late(hops: "tuple[Address, ...]", timeout_ms: int) -> ReplyTimeout:
    return ReplyTimeout("no answer from %s within %d ms" % (format_route(hops), timeout_ms))


def _answer(reply: Reply) -> Message:
    message = reply.message
    if message is None:
        raise reply.error or ReplyTimeout("no answer")
    reason = error_of(message)
    if reason is not None:
        raise RemoteError(reason)
    return message

"""Mailboxes: the bounded queue in front of a worker, and the one-shot address of an ask."""

import asyncio

from .access import REPLY
from .address import Address
from .endpoint import Asker, Endpoint, fail_all
from .errors import DeliveryError, Error, WorkerStopped
from .log import ERROR, INFO, WARNING, log, safe
from .message import Message, name_of
from .port import INLINE_DEPTH, MAILBOX_LIMIT, TYPE_CHECKING, const
from .worker import Context, Worker

if TYPE_CHECKING:
    from .node import Node
    from .supervisor import Supervisor
    from .tasks import Task

_BURST = const(64)  # messages handled in one go before everything else gets its turn


class Mailbox(Endpoint):
    """One worker with its waiting messages.

    A message for an idle worker is handled inside the sender's own step; one for a busy worker waits here, and when
    MAILBOX_LIMIT wait already, `offer` refuses and the sender waits for `room`.
    """

    __slots__ = (
        "node", "worker", "context", "addresses", "access", "kind", "supervisor",
        "_busy", "_queue", "_freed", "_task", "_current", "_ending",
    )  # fmt: skip

    def __init__(self, node: "Node", addresses: "tuple[Address, ...]", worker: Worker, access: int, kind: str) -> None:
        super().__init__()
        self.node = node
        self.worker = worker
        self.context = Context(node, addresses[0])
        self.addresses = addresses
        self.access = access
        self.kind = kind
        self.supervisor: "Supervisor | None" = None
        self._busy = True  # until `open`: messages that come while the worker starts wait
        self._queue: "list[Message] | None" = None
        self._freed: "asyncio.Event | None" = None
        self._task: "Task | None" = None
        self._current: "Message | None" = None
        self._ending = False

    def offer(self, message: Message) -> bool:
        """Take the message, or say False: the mailbox is full. Never raises."""
        node = self.node
        if self._busy:
            return self._enqueue(message)
        self._busy = True
        if node.depth >= INLINE_DEPTH:
            self._task = node.spawn(self._name(), self._work(message))
            return True
        node.depth += 1
        try:
            self._task = node.runner.start(self._work(message))
        finally:
            node.depth -= 1
        return True

    def _enqueue(self, message: Message) -> bool:
        if self._queue is None:
            self._queue = [message]
        elif len(self._queue) < MAILBOX_LIMIT:
            self._queue.append(message)
        else:
            return False
        return True

    async def room(self) -> None:
        """Returns when offering again makes sense: a message was taken out, or the worker stopped."""
        if self._freed is None:
            self._freed = asyncio.Event()
        await self._freed.wait()

    def open(self) -> None:
        """The worker has started: handle what has come in the meantime."""
        message = self._next()
        if message is None:
            self._busy = False
        else:
            self._task = self.node.spawn(self._name(), self._work(message))

    async def _work(self, first: Message) -> None:
        message: "Message | None" = first
        burst = 0
        while message is not None:
            self._current = message
            try:
                await self.worker.handle_message(self.context, message)
            except Exception as error:
                await self._failed(message, error)
            burst += 1
            if burst == _BURST:
                burst = 0
                await asyncio.sleep(0)
            message = self._next()
        self._current = None
        self._busy = False
        if self._ending:
            await self._end()

    def _next(self) -> "Message | None":
        if not self._queue:
            return None
        message = self._queue.pop(0)
        self._wake()
        return message

    def _wake(self) -> None:
        if self._freed is not None:
            self._freed.set()
            self._freed = None

    async def _failed(self, message: Message, error: Exception) -> None:
        log(_level(error), self._name(), "%s: %s" % (type(error).__name__, safe(str(error))))
        known = isinstance(error, DeliveryError)
        reason = str(error) if known else "the worker '%s' failed" % name_of(self.addresses[0])
        self.node.tell_undelivered(message, reason)
        if self.supervisor is not None and not isinstance(error, Error):
            await self.supervisor.worker_failed(self, error)

    async def replace(self, worker: Worker) -> None:
        """Put a new worker in the place of one that failed; messages go on waiting meanwhile."""
        old, self.worker = self.worker, worker
        await self._say_stopped(old)
        await worker.started(self.context)

    async def _say_stopped(self, worker: Worker) -> None:
        try:
            await worker.stopped(self.context)
        except Exception as error:
            log(ERROR, self._name(), "while stopping: %s: %s" % (type(error).__name__, error))

    def begin_stop(self) -> bool:
        """Refuse what waits and let go of those who ask; the message in work may end. True: the worker was idle."""
        idle = not self._busy
        self._ending = True
        self._busy = True  # nothing new is handled, even by a sender who holds on to this mailbox
        reason = "the worker '%s' was stopped" % name_of(self.addresses[0])
        waiting, self._queue = self._queue or [], None
        self._wake()
        fail_all(self.askers, WorkerStopped(reason))
        for message in waiting:
            self.node.tell_undelivered(message, reason)
        return idle

    async def finish_stop(self) -> None:
        """Run the worker's own `stopped`; for a worker that begin_stop found idle."""
        await self._end()

    async def _end(self) -> None:
        self._ending = False
        await self._say_stopped(self.worker)
        self.node.forget(self)

    def abort(self) -> None:
        """Cancel the message in work."""
        message, self._current = self._current, None
        if message is not None:
            reason = "the worker '%s' was stopped" % name_of(self.addresses[0])
            self.node.tell_undelivered(message, reason)
        if self._task is not None:
            self._task.cancel()

    def _name(self) -> str:
        return "worker '%s'" % str(self.addresses[0])


def _level(error: Exception) -> int:
    """An answer nobody waits for any more is no fault of the worker; peers cause other Errors; the rest are bugs."""
    if isinstance(error, DeliveryError):
        return INFO
    return WARNING if isinstance(error, Error) else ERROR


class Reply(Endpoint, Asker):
    """The endpoint of one ask: takes one message and wakes who asked."""

    __slots__ = ("message", "error", "_event")

    access = REPLY

    def __init__(self) -> None:
        super().__init__()
        self.message: "Message | None" = None
        self.error: "DeliveryError | None" = None
        self._event: "asyncio.Event | None" = None

    def offer(self, message: Message) -> bool:
        """The first message is the answer; whatever follows it is dropped, as nobody waits for it."""
        if not self.done():
            self.message = message
            self._wake()
        return True

    async def room(self) -> None:
        """There always is."""

    def fail(self, error: DeliveryError) -> None:
        """End the ask with this error, unless it was answered."""
        if self.error is None:
            self.error = error
            self._wake()

    def done(self) -> bool:
        """Whether there is a message or an error."""
        return self.message is not None or self.error is not None

    async def wait(self) -> None:
        """Returns when done."""
        if not self.done():
            self._event = asyncio.Event()
            await self._event.wait()

    def _wake(self) -> None:
        if self._event is not None:
            self._event.set()

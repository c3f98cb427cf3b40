"""Mailboxes: the bounded queue in front of a worker."""

import asyncio

from .address import Address
from .endpoint import Endpoint, fail_all
from .errors import DeliveryError, Error, LimitError, WorkerStopped
from .log import ERROR, INFO, WARNING, failed, log, safe
from .message import Message, name_of
from .port import INLINE_DEPTH, MAILBOX_LIMIT, TYPE_CHECKING, const
from .tasks import PARK, PARKS
from .worker import Context, Worker

if TYPE_CHECKING:
    from .access import Access
    from .node import Node
    from .supervisor import Supervisor

_BURST = const(64)  # messages handled in one go before everything else gets its turn

_RUNNING = const(0)
_ENDING = const(1)  # nothing new is handled; the message in work, or the worker's `stopped`, may end
_ENDED = const(2)


class Mailbox(Endpoint):
    """One worker with its waiting messages.

    A message for an idle worker is handled inside the sender's own step; one for a busy worker waits here, and when
    MAILBOX_LIMIT wait already, `offer` refuses and the sender waits for `room`.
    """

    __slots__ = (
        "node", "worker", "context", "addresses", "access", "kind", "supervisor",
        "_stage", "_busy", "_queue", "_change", "_strand", "_task", "_current",
    )  # fmt: skip

    def __init__(
        self, node: "Node", addresses: "tuple[Address, ...]", worker: Worker, access: "Access", kind: str
    ) -> None:
        super().__init__()
        self.node = node
        self.worker = worker
        self.context = Context(node, addresses[0])
        self.addresses = addresses
        self.access = access
        self.kind = kind
        self.supervisor: "Supervisor | None" = None
        self._stage = _RUNNING
        self._busy = True  # until `open`: messages that come while the worker starts wait
        self._queue: "list[Message] | None" = None
        self._change: "asyncio.Event | None" = None  # of somebody who waits for room, or for the end
        self._strand: object = None  # of `_work`, between messages only where strands park
        self._task: object = None  # the one that runs the worker's code now
        self._current: "Message | None" = None

    # -- messages -----------------------------------------------------------------------------------------------------

    def offer(self, message: Message) -> bool:
        """Take the message, or say False: the mailbox is full. Raises WorkerStopped."""
        node = self.node
        if self._busy:
            return self._enqueue(message)
        self._busy = True
        self._current = message
        strand = self._strand
        if strand is None:
            strand = self._strand = node.runner.strand(self._work)
        if node.depth >= INLINE_DEPTH:
            node.runner.step_later(strand)
            return True
        node.depth += 1
        try:
            node.runner.step(strand)
        finally:
            node.depth -= 1
        return True

    def _enqueue(self, message: Message) -> bool:
        if self._stage:
            raise self._stopped()
        if self._queue is None:
            self._queue = [message]
        elif len(self._queue) < MAILBOX_LIMIT:
            self._queue.append(message)
        else:
            return False
        return True

    async def room(self) -> None:
        """Returns when offering again makes sense: half of the messages were taken out, or the worker stopped.

        Raises LimitError for the worker itself, which would wait for ever.
        """
        if self.runs_here():
            raise LimitError(
                "the worker '%s' sends to itself and its mailbox is full" % name_of(self.addresses[0]),
                "let it return before it sends more",
            )
        await self._changed()

    async def _changed(self) -> None:
        if self._change is None:
            self._change = asyncio.Event()
        await self._change.wait()

    def _wake(self) -> None:
        if self._change is not None:
            self._change.set()
            self._change = None

    def runs_here(self) -> bool:
        """Whether the caller is this worker."""
        return self._task is not None and self._task is self.node.runner.current()

    def open(self) -> None:
        """Handle what waits, and what comes from now on."""
        self._current = self._next()
        if self._current is None:
            self._busy = False
        else:
            self._strand = self.node.runner.strand(self._work)
            self.node.runner.step_later(self._strand)

    def _next(self) -> "Message | None":
        queue = self._queue
        if not queue:
            return None
        message = queue.pop(0)
        if self._change is not None and len(queue) <= MAILBOX_LIMIT // 2:
            self._wake()
        return message

    async def _work(self) -> None:
        """Handle the current message and those that wait; then park until the next one, or end where strands do."""
        while True:
            self._task = self.node.runner.current()
            message = self._current
            burst = 0
            try:
                while message is not None:
                    try:
                        await self.worker.handle_message(self.context, message)
                    except Exception as error:
                        await self._failed(message, error)
                    burst += 1
                    if burst == _BURST:
                        burst = 0
                        self._current = None
                        await asyncio.sleep(0)
                    message = self._current = self._next()
            except asyncio.CancelledError:
                self._lose_current("the worker '%s' was interrupted" % name_of(self.addresses[0]))
                break
            self._task = None
            if self._stage != _RUNNING:
                break
            self._busy = False
            if not PARKS:
                self._strand = None
                return
            await PARK
        self._strand = self._task = None
        if self._stage != _RUNNING:
            await self.finish()
        else:  # this task was told to end; what waits goes to another one
            self.open()

    # -- failure ------------------------------------------------------------------------------------------------------

    async def _failed(self, message: Message, error: Exception) -> None:
        failed(_level(error), self._name(), error)
        if not isinstance(error, DeliveryError):
            detail = ": %s" % error if isinstance(error, Error) else ""  # what others raise may hold secrets
            told: DeliveryError = WorkerStopped("the worker '%s' failed%s" % (name_of(self.addresses[0]), detail))
        else:
            told = error
        self.node.tell_undelivered(message, told)
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
            log(ERROR, self._name(), "while stopping: %s: %s" % (type(error).__name__, safe(str(error))))

    # -- the end ------------------------------------------------------------------------------------------------------

    def begin_stop(self) -> None:
        """Refuse what waits and let go of those who ask. An idle worker ends now, a busy one after its message."""
        idle = not self._busy
        self._stage = _ENDING
        self._busy = True
        waiting, self._queue = self._queue or [], None
        self._wake()
        fail_all(self.askers, self._stopped())
        for message in waiting:
            self.node.tell_undelivered(message, self._stopped())
        if idle:
            self.node.runner.start(self.finish())

    async def finish(self) -> None:
        """Run the worker's own `stopped`; that is the end."""
        self._task = self.node.runner.current()
        try:
            await self._say_stopped(self.worker)
        except asyncio.CancelledError:
            pass  # it took too long
        self._task = None
        self._end()

    def abort(self) -> None:
        """The time to end is over: cancel what the worker is at. Its `stopped` still runs."""
        if self._stage == _ENDING:
            self._lose_current(str(self._stopped()))
            self._end()
            if self._task is not None:
                self._task.cancel()  # type: ignore[attr-defined]

    async def ended(self) -> None:
        """Returns when the worker has ended, or its time to do so is over."""
        while self._stage != _ENDED:
            await self._changed()

    def _end(self) -> None:
        self._stage = _ENDED
        self._wake()
        self.node.forget(self)

    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stage != _RUNNING

    def _lose_current(self, reason: str) -> None:
        message, self._current = self._current, None
        if message is not None:
            self.node.tell_undelivered(message, WorkerStopped(reason))

    def _stopped(self) -> WorkerStopped:
        return WorkerStopped("the worker '%s' was stopped" % name_of(self.addresses[0]))

    def _name(self) -> str:
        return "worker '%s'" % str(self.addresses[0])


def _level(error: Exception) -> int:
    """An answer nobody waits for any more is no fault of the worker; peers cause other Errors; the rest are bugs."""
    if isinstance(error, DeliveryError):
        return INFO
    return WARNING if isinstance(error, Error) else ERROR

"""Supervisors: workers that raise are replaced, and one that raises too often takes its supervisor down (as in OTP)."""

from .address import Address
from .log import ERROR, WARNING, log
from .message import name_of
from .port import TYPE_CHECKING, ticks_diff, ticks_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from .mailbox import Mailbox
    from .node import Node
    from .route import Hop
    from .worker import Worker

    Factory = Callable[[], Worker]

_RESTARTS = 3  # as many as this many ..
_WITHIN_MS = 5_000  # .. within this time are repaired; more mean that restarting does not help


class Supervisor:
    """Owns workers that it makes from factories, in a tree whose top is the node.

    A worker that raises anything but a uockam Error is replaced by a new one; its address, and the messages that wait
    there, stay. After more than `restarts` of them `within_ms`, all workers of the supervisor are stopped and its
    parent starts them anew, counting that as one restart of its own; at the top the node stops with the reason.
    """

    def __init__(
        self, node: "Node", parent: "Supervisor | None" = None, restarts: int = _RESTARTS, within_ms: int = _WITHIN_MS
    ) -> None:
        self._node = node
        self._parent = parent
        self._restarts = restarts
        self._within_ms = within_ms
        self._times: "list[int]" = []
        self._specs: "list[tuple[Address, Factory, int | None, str]]" = []
        self._children: "list[Supervisor]" = []
        self._giving_up = False
        if parent is not None:
            parent._children.append(self)

    async def start_worker(self, at: "Hop", factory: "Factory", access: "int | None" = None, kind: str = "") -> Address:
        """Start the worker that factory() makes, as Node.start_worker does, and look after it."""
        started = await self._node.start_worker(at, factory(), access, kind, self)
        self._specs.append((started, factory, access, kind))
        return started

    async def stop(self) -> None:
        """Stop the workers of this supervisor and of those below, for good."""
        await self._stop_all()
        self._specs = []
        if self._parent is not None and self in self._parent._children:
            self._parent._children.remove(self)

    async def _stop_all(self) -> None:
        for child in self._children:
            await child._stop_all()
        for spec in self._specs:
            mailbox = self._node.router.endpoints.get(spec[0].value)
            if getattr(mailbox, "supervisor", None) is self:
                await self._node.end_worker(mailbox)

    def forget(self, mailbox: "Mailbox") -> None:
        """A worker was stopped on purpose; for Node."""
        self._specs = [spec for spec in self._specs if spec[0] != mailbox.addresses[0]]

    async def worker_failed(self, mailbox: "Mailbox", error: Exception) -> None:
        """Replace the worker of the mailbox, or give up; for Mailbox."""
        at = mailbox.addresses[0]
        factory = [spec[1] for spec in self._specs if spec[0] == at]
        if not factory or self._giving_up:
            return
        reason = "the worker '%s' failed too often: %s" % (name_of(at), error)
        if not self._too_often():
            try:
                await mailbox.replace(factory[0]())
                return
            except Exception as again:
                reason = "the worker '%s' does not start: %s" % (name_of(at), again)
        self._escalate(reason)
        await self._node.end_worker(mailbox)  # it handles no more meanwhile

    def _too_often(self) -> bool:
        now = ticks_ms()
        self._times = [time for time in self._times if ticks_diff(now, time) < self._within_ms]
        self._times.append(now)
        return len(self._times) > self._restarts

    def _escalate(self, reason: str) -> None:
        if not self._giving_up:
            self._giving_up = True
            log(ERROR, "uockam.supervisor", reason)
            self._node.spawn("supervisor", self._give_up(reason))

    async def _give_up(self, reason: str) -> None:
        await self._stop_all()
        parent = self._parent
        if parent is None:
            await self._node.stop(reason)
        elif parent._too_often():
            parent._escalate(reason)
        else:
            try:
                await self._restart_all()
            except Exception as error:
                parent._escalate("%s; then: %s" % (reason, error))

    async def _restart_all(self) -> None:
        log(WARNING, "uockam.supervisor", "starting all workers of a supervisor anew")
        self._giving_up = False
        self._times = []
        specs, self._specs = self._specs, []
        for at, factory, access, kind in specs:
            await self.start_worker(at, factory, access, kind)
        for child in self._children:
            await child._restart_all()

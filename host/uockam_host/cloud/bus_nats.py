"""The bus between the processes of an orchestrator: a NATS server, of which nothing but its core is used.

What is published is heard by this process directly, and by the others through the server, which never sends it back. So
while the server is gone each process goes on by itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription

from uockam.errors import Error, LimitError
from uockam.log import ERROR, INFO, WARNING, log

from ..errors import HostError
from .bus import BusError, Handler, LocalBus, NobodyError, Subscription

_PREFIX = "uockam."
_CONNECT_S = 5.0  # for the first time; later it is tried for ever
_RECONNECT_S = 0.25
_PING_S = 5  # a server that is silent for two of these is gone
_GAP_S = 5.0  # how often who has to know of a gap is told, while it lasts
_MOST_LEAVING = 1024  # messages that wait to be published
_NOBODY = "503"  # what the server answers when nobody listens


class NatsBus(LocalBus):
    """See Bus. Made by `open_nats`."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._client: Client = None  # type: ignore[assignment]  # `open` is called first
        self._far: dict[str, NatsSubscription] = {}
        self._unheard: dict[str, Callable[[], None]] = {}
        self._leaving: deque[tuple[str, bytes]] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._gap: asyncio.Task[None] | None = None
        self._inbox = ""
        self._changing = asyncio.Lock()  # subscriptions
        self._reason = f"no answer within {_CONNECT_S:.0f} s"  # why there is no connection

    async def open(self) -> None:
        """Connect. Raises HostError."""
        self._client = Client()
        connecting = self._client.connect(
            self._url,
            name="uockam orchestrator",
            no_echo=True,
            skip_subject_validation=True,  # ours are made of hexadecimal digits, dots and a few words
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RECONNECT_S,  # type: ignore[arg-type]  # parts of a second are fine
            ping_interval=_PING_S,
            error_cb=self._failed,
            disconnected_cb=self._lost,
            reconnected_cb=self._restored,
        )
        try:
            await asyncio.wait_for(connecting, _CONNECT_S)
        except Exception as error:
            self._client._disconnected_cb = None  # it is no gap
            await self._client.close()
            reason = str(error) or self._reason
            raise HostError(f"The bus cannot be reached: {reason}", "Start nats-server, or check the URL") from error
        self._inbox = self._client.new_inbox()
        await self._client.subscribe(f"{self._inbox}.>", cb=self._nobody)

    @property
    def up(self) -> bool:
        """Whether the server is there."""
        return self._client.is_connected

    async def subscribe(self, subject: str, handler: Handler) -> Subscription:
        """Call the handler with what is published under this subject, here or elsewhere."""
        subscription = await super().subscribe(subject, handler)
        async with self._changing:
            if subject not in self._far:
                self._far[subject] = await self._client.subscribe(_PREFIX + subject, cb=self._heard)
        return subscription

    async def remove(self, subject: str, handler: Handler) -> None:
        """For subscriptions that end."""
        await super().remove(subject, handler)
        async with self._changing:
            if subject not in self._handlers and subject in self._far:
                with suppress(errors.Error):  # it was closed
                    await self._far.pop(subject).unsubscribe()

    async def publish(self, subject: str, data: bytes) -> None:
        """Tell all who listen; who cannot be reached now is told of the gap."""
        await super().publish(subject, data)
        if self.up:
            await self._client.publish(_PREFIX + subject, data)

    async def request(self, subject: str, data: bytes, timeout_s: float) -> bytes:
        """The first answer. Raises NobodyError, BusError."""
        with suppress(NobodyError):
            return await super().request(subject, data, timeout_s)
        self._check_up()
        try:
            return (await self._client.request(_PREFIX + subject, data, timeout_s)).data
        except errors.NoRespondersError:
            raise NobodyError(f"nobody answers at '{subject}'") from None
        except errors.Error as error:
            raise BusError(f"no answer at '{subject}': {error}") from error

    def offer(self, subject: str, data: bytes, unheard: Callable[[], None]) -> bool:
        """Publish soon to the others. Raises BusError, LimitError."""
        self._check_up()
        if len(data) > self._client.max_payload:
            raise LimitError(f"a message of {len(data)} bytes is larger than the bus between gateways takes")
        if len(self._leaving) >= _MOST_LEAVING:
            return False
        self._unheard[subject] = unheard
        self._leaving.append((subject, data))
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())
        return True

    async def room(self) -> None:
        """Returns when offering again makes sense."""
        if self._sending is not None:
            await asyncio.wait([self._sending])

    async def close(self) -> None:
        """Leave the server."""
        await super().close()
        for task in (self._sending, self._gap):
            if task is not None:
                task.cancel()
        self._client._disconnected_cb = None  # it is no gap
        await self._client.close()

    def _check_up(self) -> None:
        if not self.up:
            raise BusError("the bus between gateways is gone")

    async def _send(self) -> None:
        try:
            while self._leaving:
                subject, data = self._leaving.popleft()
                await self._client.publish(_PREFIX + subject, data, f"{self._inbox}.{subject}")
        except errors.Error as error:  # what is sent over the bus is lost with it
            log(WARNING, "uockam.bus", f"{len(self._leaving) + 1} messages were not sent: {error}")
            self._leaving.clear()
        finally:
            self._sending = None

    # -- called by the client -----------------------------------------------------------------------------------------

    async def _heard(self, message: Msg) -> None:
        for handler in tuple(self._handlers.get(message.subject.removeprefix(_PREFIX), ())):
            try:
                answer = await handler(message.data)
            except Error as error:
                log(ERROR, "uockam.bus", f"'{message.subject}' was not understood: {error}")
            else:
                if answer is not None and message.reply:
                    await self._client.publish(message.reply, answer)

    async def _nobody(self, message: Msg) -> None:
        subject = message.subject.removeprefix(f"{self._inbox}.")
        unheard = self._unheard.pop(subject, None)
        if unheard is not None and (message.headers or {}).get("Status") == _NOBODY:
            unheard()

    async def _failed(self, error: Exception) -> None:
        self._reason = str(error) or type(error).__name__
        log(INFO, "uockam.bus", f"{type(error).__name__}: {error}")

    async def _lost(self) -> None:
        log(WARNING, "uockam.bus", "the bus is gone; each process goes on by itself")
        self._catch_up(self._bridge_gap())

    async def _restored(self) -> None:
        log(WARNING, "uockam.bus", "the bus is back")
        self._catch_up(self.tell_watchers())

    def _catch_up(self, work: Coroutine[None, None, None]) -> None:
        """In the background: the client goes on only when what it calls has returned."""
        if self._gap is not None:
            self._gap.cancel()
        self._gap = asyncio.get_running_loop().create_task(work)

    async def _bridge_gap(self) -> None:
        while True:
            await asyncio.sleep(_GAP_S)
            await self.tell_watchers()


async def open_nats(url: str) -> NatsBus:
    """The bus at this URL. Raises HostError."""
    bus = NatsBus(url)
    await bus.open()
    return bus

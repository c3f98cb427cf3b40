"""A site of HTTP served inside the orchestrator's process."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from ..errors import HostError

_STOP_S = 1  # what a client is still asking for may be finished
_BACKLOG = 128


class HttpServer:
    """A site at `address`, "host:port", from `start` to `stop`."""

    def __init__(self, what: str, listen: str) -> None:
        """what: the site in words, for errors. listen: "host:port", port 0 for a free one."""
        self.address = listen
        self._what = what
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Take the port, so that `address` is known. Raises HostError."""
        host, _, port = self.address.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._listener = socket.create_server((host.strip("[]"), int(port)), family=family, backlog=_BACKLOG)
        except OSError as error:
            remedy = "End what uses it, or choose another address"
            raise HostError(f"{self._what} cannot listen at {self.address}: {error.strerror}", remedy) from error
        self.address = f"{host}:{self._listener.getsockname()[1]}"

    async def start(self, site: ASGIApp, behind_proxy: bool = False) -> None:
        """Serve the site from now on. behind_proxy: whether a proxy on this machine says who asks."""
        assert self._listener is not None
        self._server = _Server(_config(site, behind_proxy))
        self._serving = asyncio.create_task(self._server.serve([self._listener]))
        await self._server.ready.wait()

    async def stop(self) -> None:
        """Finish what is being answered and give the port back."""
        if self._server and self._serving:
            self._server.end.set()
            await self._serving
        elif self._listener:
            self._listener.close()


class _Server(uvicorn.Server):
    """uvicorn within a process that has its own ideas of signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.end = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.end.wait()  # instead of looking ten times a second

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(site: ASGIApp, behind_proxy: bool) -> uvicorn.Config:
    return uvicorn.Config(
        site,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # addresses in it would hold user codes
        server_header=False,
        date_header=False,
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=_STOP_S,
    )

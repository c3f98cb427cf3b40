"""The site for operators, on loopback: /health and /metrics."""

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from uockam.errors import Error

from .http import HttpServer
from .metrics import REGISTRY, Counts, Gauges

_CHECK_S = 5  # within which every part has to answer

Checks = dict[str, Callable[[], Awaitable[object]]]


class Monitor:
    """Serves what is known of the orchestrator's state; checks: parts by name, each raises or hangs when it is ill."""

    def __init__(self, counts: Counts, checks: Checks, listen: str) -> None:
        self._gauges = Gauges(counts)
        self._checks = checks
        self._registered = False
        self._server = HttpServer("The monitor", listen)

    @property
    def address(self) -> str:
        """ "host:port"."""
        return self._server.address

    async def start(self) -> None:
        """Serve from now on. Raises HostError."""
        self._server.open()
        REGISTRY.register(self._gauges)
        self._registered = True
        routes = [Route("/health", self._health), Route("/metrics", self._metrics)]
        await self._server.start(Starlette(routes=routes))

    async def stop(self) -> None:
        """Give the port back."""
        if self._registered:
            REGISTRY.unregister(self._gauges)
            self._registered = False
        await self._server.stop()

    async def _health(self, request: Request) -> Response:
        names = list(self._checks)
        states = await asyncio.gather(*(_state(check) for check in self._checks.values()))
        sound = all(state == "ok" for state in states)
        body = {"status": "ok" if sound else "failing", **dict(zip(names, states, strict=True))}
        return JSONResponse(body, 200 if sound else 503)

    async def _metrics(self, request: Request) -> Response:
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


async def _state(check: Callable[[], Awaitable[object]]) -> str:
    try:
        await asyncio.wait_for(check(), _CHECK_S)
    except asyncio.TimeoutError:
        return f"no answer within {_CHECK_S} s"
    except Error as error:
        return str(error)
    return "ok"

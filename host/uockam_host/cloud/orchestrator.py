"""The orchestrator: controller, authorities, nodes of projects and the gateway that devices connect to, in one process.

All of them are reached at one TCP port, at which this node listens:

    api                              the controller
    PROJECT_ID, api                  the node of a project
    PROJECT_ID, authority, api       its authority
"""

import socket
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from uockam.address import TCP
from uockam.identifier import identifier_text
from uockam.node import Node
from uockam.transport.tcp import Listener, Tcp

from .bus import Bus
from .controller import OWNER, start_controller
from .database import Database
from .fleet import ProjectFleet
from .identities import Own, load_identity, make_identity
from .metrics import Counts
from .monitor import Monitor
from .open import open_bus, open_database
from .place import Settings, Status, route_of
from .signin.server import SignIn
from .tables.accounts import Accounts

if TYPE_CHECKING:
    from .signin.external import Issuer

_ANY_HOST = ("0.0.0.0", "::", "")


class Orchestrator:
    """start() it, and stop() it whatever start did."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ending = AsyncExitStack()
        self._counters: list[Counts] = []

    async def start(self) -> Status:
        """Returns when everything answers. Raises uockam's Error."""
        settings = self._settings
        database = await open_database(settings.database_url)
        self._ending.push_async_callback(database.close)
        bus = await open_bus(settings.bus)
        self._ending.push_async_callback(bus.close)
        async with database.alone():
            own = await load_identity(database, OWNER) or await make_identity(database, OWNER)
        self._ending.push_async_callback(own.secrets.close)
        node = Node("orchestrator")
        self._ending.push_async_callback(node.stop)
        listener = await self._listen(node)
        node.name = listener.address  # what `project devices` calls this gateway
        place = route_of(_advertised(settings, listener.address))
        signin = SignIn(database, settings.signin_listen, settings.signin_url or None, _issuer(settings))
        self._ending.push_async_callback(signin.stop)
        await signin.start()
        await self._start_roles(node, own, database, bus, signin, place)
        monitor = Monitor(self.gauges, {"database": Accounts(database).count}, settings.monitor_listen)
        self._ending.push_async_callback(monitor.stop)
        await monitor.start()
        return Status(
            listen=listener.address,
            route=f"{place}/service/api",
            identifier=identifier_text(own.identifier),
            signin_url=signin.url,
            client_id=signin.client_id,
            monitor=monitor.address,
        )

    async def _listen(self, node: Node) -> Listener:
        tcp = Tcp(node)
        listener = await tcp.listen(self._settings.listen)
        del node.router.dialers[TCP]  # nobody has this node connect to others, wherever they come from
        self._counters.append(lambda: [("connections", "TCP connections that are open.", len(tcp.connections))])
        return listener

    async def _start_roles(
        self, node: Node, own: Own, database: Database, bus: Bus, signin: SignIn, place: str
    ) -> None:
        fleet = ProjectFleet(node, database, bus, place)
        channels = await start_controller(node, own, database, fleet, signin.person)
        await fleet.start()
        self._ending.push_async_callback(fleet.stop)
        what = "Secure channels with the controller."
        self._counters += [fleet.gauges, lambda: [("controller_channels", what, len(channels.all))]]
        self._counters.append(lambda: [("bus_up", "Whether the bus to other gateways is there.", int(bus.up))])

    async def stop(self) -> None:
        """End everything, and keep what is in the database."""
        await self._ending.aclose()

    def gauges(self) -> Iterable[tuple[str, str, int]]:
        """(name without the prefix, meaning, value now) of what can be counted."""
        return [gauge for counter in self._counters for gauge in counter()]


def known_ports(settings: Settings, status: Status) -> Settings:
    """The settings, with the ports that were free ones until now."""
    kept = replace(settings, listen=_with_port(settings.listen, status.listen))
    if settings.listen == kept.listen:
        return kept
    return replace(
        kept,
        signin=settings.signin or (status.signin_url.partition("://")[2] if not settings.signin_url else ""),
        monitor=settings.monitor or status.monitor,
    )


def _issuer(settings: Settings) -> "Issuer | None":
    if not settings.issuer:
        return None
    from .signin.external import Issuer

    return Issuer(settings.issuer, settings.issuer_client, settings.issuer_secret)


def _with_port(wanted: str, bound: str) -> str:
    return f"{wanted.rpartition(':')[0]}:{bound.rpartition(':')[2]}"


def _advertised(settings: Settings, bound: str) -> str:
    """By what "host:port" others reach the orchestrator."""
    if settings.advertise:
        return settings.advertise
    host, _, port = bound.rpartition(":")
    return f"{socket.getfqdn()}:{port}" if host.strip("[]") in _ANY_HOST else bound

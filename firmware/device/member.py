"""The board as a member of a project: holds its credential, and keeps a relay there by which others reach it.

It gets there by its own network, or over the cable: the computer there connects for it. An address such as `localhost`
means the computer at the cable, if there is one.
"""

import asyncio

from uockam import api
from uockam.address import TCP
from uockam.cbor import Map
from uockam.errors import ConnectionLost, Error, RemoteError
from uockam.identifier import parse_identifier
from uockam.message import name_of
from uockam.services.relay_client import RelayClient, Way

from . import clock, config, net
from .channels import channels
from .main import HOST

CODE = b"ticket"  # the record of the vault with the code of a ticket that was not redeemed yet
RELAY = b"ockam-relay"  # the attribute that names the relay that the board may have

_ANY = "*"
_AHEAD_S = 120  # before a credential ends, another one is fetched
_AGAIN_S = 10  # after that has failed
_STEP_S = 3600  # how long to sleep at a time
_ASK_MS = 30_000
_LOOPBACK = ("127.", "localhost:", "[::1]:")


class Member(Way):
    """In one project, as the setting `project` says; `run` it. Raises InvalidAddress, KeyError."""

    def __init__(self, node: object, wanted: "dict[str, str]") -> None:
        from uockam import multiaddr  # is lent

        self._node = node
        self._name = wanted["name"]
        self._project = multiaddr.to_route(multiaddr.parse(wanted["route"]))
        self._identifier = parse_identifier(wanted["identifier"])
        self._authority = multiaddr.to_route(multiaddr.parse(wanted["authority"]))
        self._issuer = parse_identifier(wanted["issuer"])
        self._client = RelayClient(node, wanted["relay"], self)
        self._tried = False
        self._doubtful = False  # whether the credential that is kept may be of no use
        self._expires_at: "int | None" = None
        self._by = ""
        self._channel: "object | None" = None
        self._refreshing: "object | None" = None
        self._fetching: "object | None" = None

    def standing(self) -> "dict[str, object]":
        """The fields of STANDING."""
        return {
            "name": self._name,
            "relay": self._client.name,
            "trying": not self._tried,
            "reason": self._client.reason or None,
            "expires_at": self._expires_at,
            "by": self._by or None,
        }

    async def run(self) -> None:
        """Keep the relay until closed, and print what becomes of it."""
        client = self._client
        await client.start()
        await client.tried()
        told = None
        while not client.closed:
            self._tried = True
            reason = client.reason
            self._doubtful = bool(reason)
            if reason != told:
                told = reason
                where = name_of(client.address) if client.address else client.name
                print("uockam: project %s: %s %s" % (self._name, where, reason or "leads here"))
            await client.changed()

    def close(self) -> None:
        """Leave the project's node; also called by the relay client, after a loss."""
        for task in (self._refreshing, self._fetching):
            if task is not None:
                task.cancel()
        self._refreshing = self._fetching = None
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def leave(self) -> None:
        """Be reachable no more."""
        self._client.close()

    # -- for the relay client -----------------------------------------------------------------------------------------

    async def open(self) -> "tuple[object, ...]":
        """A channel with the project's node, which gets to see the credential. Raises Error."""
        secure = await channels(self._node)
        lost = None
        for by, first in self._beginnings():
            self._by = by
            try:
                return await self._enter(secure, first)
            except Error as error:
                if lost is None or not isinstance(error, ConnectionLost):  # of the way that led farthest
                    lost = error
        raise lost or ConnectionLost("there is no network, and no computer at the cable")

    def _trust(self, secure: object) -> None:
        """What the authority attests of others counts on this board."""
        from uockam.secure import identity

        history = secure.keys.known.get(self._issuer)
        if history is not None:
            secure.authorities = {self._issuer: identity.decode(history)}

    def _beginnings(self) -> "list[tuple[str, tuple[object, ...]]]":
        """What routes may begin with, the best first."""
        cable = [("cable", (HOST,))] if HOST.value in self._node.router.endpoints else []
        own = [("network", ())] if net.connected() else []
        if own and TCP not in self._node.router.dialers:
            from uockam.transport.tcp import Tcp

            Tcp(self._node)
        near = self._project[0].value.decode().startswith(_LOOPBACK)
        return cable + own if near else own + cable

    async def _enter(self, secure: object, first: "tuple[object, ...]") -> "tuple[object, ...]":
        issued = await self._credential(secure, first, self._doubtful)
        self._trust(secure)
        allowed = issued.credential.attributes.get(RELAY, b"").decode()
        if not allowed:
            raise RemoteError("the membership allows no relay: ask for a ticket made with --relay")
        if allowed != _ANY:
            self._client.name = allowed
        self._channel = await secure.create(first + self._project, _only(self._identifier), credentials=(issued,))
        self._refreshing = self._node.spawn("project", self._refresh(secure, self._channel, first, issued))
        if config.load().get("mailbox"):
            from .mailbox import follow

            self._fetching = self._node.spawn("mailbox", follow(self._node, self._channel, self._client.name))
        return (self._channel.address,)

    # -- the credential -----------------------------------------------------------------------------------------------

    async def _credential(self, secure: object, first: "tuple[object, ...]", anew: bool) -> object:
        from uockam.services.membership import credential_of

        code = secure.keys.store.get(CODE)
        if code is not None:
            await self._redeem(secure, first, code)
        issued = await credential_of(secure, first + self._authority, self._issuer, anew or code is not None)
        self._expires_at = issued.credential.expires_at
        return issued

    async def _redeem(self, secure: object, first: "tuple[object, ...]", code: bytes) -> None:
        channel = await secure.create(first + self._authority, _only(self._issuer), credentials=())
        try:
            request = api.encode_request(1, api.POST, "/", Map((1, code)))
            answer = await self._node.ask((channel.address, "enrollment_token_acceptor"), request, _ASK_MS)
        finally:
            channel.close()
        response = api.decode_response(answer)
        if response.status != api.OK and not _is_member(response):
            raise RemoteError("the authority says: %s" % api.error_text(response.body))
        secure.keys.store.put({CODE: None})

    async def _refresh(self, secure: object, channel: object, first: "tuple[object, ...]", issued: object) -> None:
        """Show the next credential before this one ends."""
        left_s = _left_s(issued.credential, secure.now())
        while True:
            await _sleep(left_s - _AHEAD_S)
            try:
                fresh = await self._credential(secure, first, True)
                await secure.show(channel, (fresh,))
                left_s = _left_s(fresh.credential, secure.now())
            except Error as error:
                left_s = 0
                print("uockam: project %s: the credential is not refreshed yet: %s" % (self._name, error))


def _left_s(credential: object, now: "int | None") -> int:
    """For how long it is valid; on a board without a clock it was fetched just now."""
    return credential.expires_at - (now or credential.created_at)


async def _sleep(seconds: int) -> None:
    """For so long, but for a while at least. What is asked for may be more than the clock of asyncio can count."""
    end_s = clock.uptime_s() + max(seconds, _AGAIN_S)
    while clock.uptime_s() < end_s:
        await asyncio.sleep(min(end_s - clock.uptime_s(), _STEP_S))


def _is_member(response: object) -> bool:
    return response.status == api.FORBIDDEN and "already a member" in api.error_text(response.body).lower()


def _only(identifier: bytes) -> object:
    from uockam.secure.policy import Only

    return Only(identifier)

"""Messages that a project kept while the board was away (docs/mailbox.md): the setting `mailbox`.

project     MultiAddr of the project's channel listener, and `identifier` of who has to be there
authority   MultiAddr of its authority's channel listener, and `issuer` of who has to be there
name        by which others store for the board; its membership has to allow a relay of that name
every       seconds between two visits; 0 for one at each start only
"""

import asyncio

import uockam
from uockam import multiaddr
from uockam.errors import Error, InvalidAddress
from uockam.identifier import parse_identifier

from . import net

_EVERY_S = 600
_LOOK_S = 1  # how often a network is looked for


async def run(node: object, wanted: "dict[str, object]") -> None:
    """Visit the mailbox once there is a network, and then every so often."""
    try:
        places = _places(wanted)
    except (InvalidAddress, KeyError, TypeError, AttributeError) as error:
        print("uockam: uockam.json: 'mailbox' is left out: %s" % error)
        return
    every_s = wanted.get("every", _EVERY_S)
    while True:
        while not net.connected():
            await asyncio.sleep(_LOOK_S)
        if await _try(node, places, wanted.get("name", "")) and not every_s:
            return
        await asyncio.sleep(every_s or _EVERY_S)


def _places(wanted: "dict[str, object]") -> "tuple[object, bytes, object, bytes]":
    """(way to the project, who is there, way to the authority, who is there). Raises InvalidAddress, KeyError."""
    project, authority = [multiaddr.to_route(multiaddr.parse(wanted[key])) for key in ("project", "authority")]
    return project, parse_identifier(wanted["identifier"]), authority, parse_identifier(wanted["issuer"])


async def _try(node: object, places: "tuple[object, bytes, object, bytes]", name: str) -> bool:
    """Whether a visit went well; what stood against it is told."""
    try:
        done = await _visit(node, places, name)
    except (Error, MemoryError) as error:
        print("uockam: the mailbox: %s" % (error or "too little memory"))
        return False
    print("uockam: the mailbox: %d messages, %d of no use" % (done.delivered, done.useless))
    return True


async def _visit(node: object, places: "tuple[object, bytes, object, bytes]", name: str) -> object:
    """Show what is known of the membership; if that is not enough, ask for it again, once."""
    from uockam.errors import RemoteError
    from uockam.services.mailbox_client import MailboxClient
    from uockam.services.membership import credential_of
    from uockam.transport.tcp import TCP, Tcp

    from .channels import channels

    secure = await channels(node)
    if TCP not in node.router.dialers:
        Tcp(node)
    project, who, authority, issuer = places
    client = MailboxClient(node, name, "uockam " + uockam.__version__)
    try:
        return await client.visit(project, _only(who), (await credential_of(secure, authority, issuer),))
    except RemoteError:
        return await client.visit(project, _only(who), (await credential_of(secure, authority, issuer, True),))


def _only(identifier: bytes) -> object:
    from uockam.secure.policy import Only

    return Only(identifier)

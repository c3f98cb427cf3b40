"""Whoever has a board's cable may let identities own it: who proves to be one of them over a secure channel may do what
the cable allows. The computer that makes a board's node, or installs uockam on it, does so for its default identity.
"""

import logging
from typing import TYPE_CHECKING

from uockam import api
from uockam.errors import Error
from uockam.records import Record

from .. import identities

if TYPE_CHECKING:
    from .board import Board

OWNER = Record("an owner", (1, "identifier", bytes, True))

_log = logging.getLogger("uockam.host.board")


def owner() -> str:
    """The default identity's identifier; the identity is made if there is none. Raises VaultLocked, VaultError."""
    return identities.ensure().identity.identifier


async def claim(board: "Board") -> None:
    """Let the default identity own the board. A board that does not take that can still be used: it is logged."""
    try:
        identifier = bytes.fromhex(owner()[1:])
        request = api.encode_request(1, api.POST, "node/owner", OWNER.pack(identifier=identifier))
        response = api.decode_response(await board.manage(request))
        reason = "" if response.status == api.OK else api.error_text(response.body)
    except Error as error:
        reason = str(error)
    if reason:
        _log.warning("the board does not know its owner, who has no right over secure channels: %s", reason)

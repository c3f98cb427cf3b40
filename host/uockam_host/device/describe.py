"""What a board is and how it does (docs/services.md, `info`), with the room in its file system."""

import json
from typing import Any

from uockam import api
from uockam.address import LOCAL, Address
from uockam.bare import decode_text, encode_text
from uockam.errors import ProtocolError

from ..errors import HostError
from . import live
from .asking import TIMEOUT_MS, Service

_INFO = (Address(LOCAL, b"info"),)


def describe(board: live.Board) -> dict[str, Any]:
    """All that a board says of itself. Raises MessageError, ApiError, HostError."""
    with board.connect() as client:
        client.request(api.POST, "node/services/info")
        payload = client.ask(_INFO, encode_text("info"), TIMEOUT_MS)
        try:
            found = json.loads(decode_text(payload))
        except (ProtocolError, ValueError) as error:
            raise HostError("The board says nothing of itself that makes sense", "Update it") from error
        total, free = Service(client, "files").ask(api.GET, "space")
    return {"node": board.name, **found, "storage_bytes": total, "storage_free_bytes": free}

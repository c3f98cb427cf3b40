"""What the owner says of the project that the board shall join: `POST node/project`."""

from uockam import api
from uockam.errors import Error, InvalidAddress
from uockam.identifier import identifier_text
from uockam.secure.store import CREDENTIAL, KNOWN
from uockam.services.enrollment import JOIN

from . import config, project
from .alone import paced
from .channels import channels
from .lent import Lent
from .member import CODE

_IDENTIFIER_BYTES = 32
_MOST_HISTORY = 2048  # bytes: the vault has room for it


async def join(node: object, body: object) -> None:
    """Keep what there is to know of the project, and begin. Raises api.Reject."""
    values = JOIN.unpack(body)
    _check(values)
    try:
        secure = await channels(node)
        await _prove(values["history"], values["issuer"])
        kept = CREDENTIAL + values["issuer"] + secure.identifier  # what it says may be changed now
        secure.keys.store.put({KNOWN + values["issuer"]: values["history"], CODE: values["code"], kept: None})
        wanted = {name: values[name] for name in ("name", "route", "authority", "relay")}
        wanted["identifier"] = identifier_text(values["identifier"])
        wanted["issuer"] = identifier_text(values["issuer"])
        config.change(project.KEY, wanted)
    except Error as error:
        raise api.Reject(api.BAD_REQUEST, str(error))
    except (OSError, ValueError) as error:
        raise api.Reject(api.INTERNAL, "the settings of the board cannot be written: %s" % error)
    project.start(node, wanted)


def _check(values: "dict[str, object]") -> None:
    for name in ("identifier", "issuer"):
        if len(values[name]) != _IDENTIFIER_BYTES:
            raise api.Reject(api.BAD_REQUEST, "an identifier has %d bytes" % _IDENTIFIER_BYTES)
    if len(values["history"]) > _MOST_HISTORY:
        raise api.Reject(api.BAD_REQUEST, "the history of the authority is too long for a board")
    try:
        with Lent():
            from uockam import multiaddr

            for name in ("route", "authority"):
                multiaddr.to_route(multiaddr.parse(values[name]))
    except InvalidAddress as error:
        raise api.Reject(api.BAD_REQUEST, str(error))


async def _prove(history: bytes, issuer: bytes) -> None:
    from uockam.secure import identity

    found = identity.decode(history)
    if found.identifier != issuer:
        raise api.Reject(api.BAD_REQUEST, "the history of the authority is that of somebody else")
    await paced(identity.verify_steps(found))

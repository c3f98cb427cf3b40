"""The project that the board is a member of, and is reached through (docs/projects.md): the setting `project`.

name        of the project
route       MultiAddr of its channel listener, and `identifier` of who has to be there
authority   MultiAddr of its authority's channel listener, and `issuer` of who has to be there
relay       the name by which the board wants to be reached

The owner sets it with `POST node/project`. What does the work is in member.py and joining.py, loaded when it is needed.
"""

import asyncio

from uockam import api

from . import identity
from .alone import load
from .lent import Lent

KEY = "project"

_ANSWER_S = 0.3  # for the answer to the owner, who may have come by way of the former project

member: "object | None" = None  # the Member, once there is one
why_not = ""  # there is none


def start(node: object, wanted: "dict[str, str]") -> None:
    """Be reachable through this project from now on, and no other."""
    global member
    former, member = member, None
    node.spawn(KEY, _start(node, wanted, former))


async def _start(node: object, wanted: "dict[str, str]", former: "object | None") -> None:
    global member, why_not
    await identity.settled.wait()
    if former is not None:
        await asyncio.sleep(_ANSWER_S)
        former.leave()
    try:
        await load("uockam.services.relay_client", "device.member")
        from .member import Member

        with Lent():
            member = Member(node, wanted)
        why_not = ""
    except Exception as error:
        why_not = "%s: %s" % (type(error).__name__, error)
        print("uockam: uockam.json: '%s' is left out: %s" % (KEY, why_not))
        return
    await member.run()


def standing() -> "dict[str, object] | None":
    """The fields of STANDING; None when the board is in no project."""
    if member is not None:
        return member.standing()
    from . import config

    wanted = config.load().get(KEY)
    if wanted is None:
        return None
    found = {"name": wanted.get("name", ""), "relay": wanted.get("relay", ""), "trying": not why_not}
    found["reason"] = why_not or identity.why_not or None
    return found


def table(node: object) -> "tuple[tuple[int, str, object], ...]":
    """Rows for the management service."""

    async def join(parts: "list[str]", body: object) -> None:
        from .joining import join

        await join(node, body)

    async def tell(parts: "list[str]", body: object) -> object:
        from uockam.services.enrollment import STANDING

        found = standing()
        if found is None:
            raise api.Reject(api.NOT_FOUND, "the board is a member of no project")
        return STANDING.pack(**found)

    return ((api.POST, "node/project", join), (api.GET, "node/project", tell))

"""The credential of a member of a project, as boards hold it: fetched, kept with the keys, fetched again in time."""

from .. import api
from ..errors import ProtocolError, RemoteError
from ..port import TYPE_CHECKING, const
from ..secure import credential
from ..secure.policy import Only
from ..secure.store import CREDENTIAL

if TYPE_CHECKING:
    from ..route import Hops
    from ..secure.credential import Issued
    from ..secure.workers import SecureChannels

ISSUER = "credential_issuer"  # the worker at an authority (secure.md 4.4)
GAP_S = const(60)  # by which clocks may differ: what is valid for no longer than that is not shown


async def credential_of(secure: "SecureChannels", route: "Hops", issuer: bytes, anew: bool = False) -> "Issued":
    """What the authority, an identifier, at whose channel listener the route ends, says of this node.

    anew: ask, whatever is kept; without a clock nobody here knows when that ends. Raises RemoteError for who is no
    member, and as SecureChannels.create.
    """
    name = CREDENTIAL + issuer + secure.identifier
    kept = None if anew else secure.keys.store.get(name)
    if kept is not None:
        issued = credential.decode(kept)
        if issued.credential.expires_at > (secure.now() or 0) + GAP_S:
            return issued
    issued = await _fetch(secure, route, issuer)
    if issued.credential.subject != secure.identifier:
        raise ProtocolError("a credential of somebody else")
    secure.keys.store.put({name: issued.encode()})
    return issued


async def _fetch(secure: "SecureChannels", route: "Hops", issuer: bytes) -> "Issued":
    channel = await secure.create(route, Only(issuer), credentials=())
    try:
        answer = await secure.node.ask((channel.address, ISSUER), api.encode_request(1, api.POST, "/"), 30_000)
    finally:
        channel.close()
    response = api.decode_response(answer)  # type: ignore[arg-type]
    if response.status != api.OK:
        raise RemoteError("the authority says: %s" % api.error_text(response.body))
    return credential.read(response.body)

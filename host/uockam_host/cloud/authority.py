"""The authority of a project: who is a member, and the credentials that say so (secure.md 4.4, controller.md 6)."""

from uockam.access import CHANNEL
from uockam.node import Node
from uockam.secure.workers import SecureChannels
from uockam.services.echo import Echo
from uockam.worker import Worker

from .identities import Own
from .services.issuer import CredentialIssuer
from .services.members import MembersService
from .services.membership import Changes, Membership
from .services.tokens import TokenAcceptor, TokenIssuer

_ROLE = "authority"


async def start_authority(node: Node, own: Own, membership: Membership, changes: Changes) -> SecureChannels:
    """Start it on a node of its own; changes: is told when the members are others."""
    workers: dict[str, Worker] = {
        "credential_issuer": CredentialIssuer(membership, own.issuer(_ROLE), changes),
        "direct_authenticator": MembersService(membership, changes),
        "enrollment_token_issuer": TokenIssuer(membership),
        "enrollment_token_acceptor": TokenAcceptor(membership, changes),
        "echo": Echo(),
    }
    for address, worker in workers.items():
        await node.start_worker(address, worker, access=CHANNEL)
    channels = SecureChannels(node, own.keys, own.identifier)
    await channels.listen("api")
    return channels

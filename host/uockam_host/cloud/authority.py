"""The authority of a project: who is a member, and the credentials that say so (secure.md 4.4, controller.md 6)."""

from uockam.access import CHANNEL
from uockam.node import Node
from uockam.secure.identity import History
from uockam.secure.workers import SecureChannels
from uockam.services.echo import Echo
from uockam.worker import Worker

from .identities import Own
from .services.issuer import CredentialIssuer
from .services.members import MembersService
from .services.membership import Changes, Membership
from .services.tokens import TokenAcceptor, TokenIssuer

_ROLE = "authority"


async def start_authority(
    node: Node, own: Own, membership: Membership, changes: Changes, controller: History
) -> SecureChannels:
    """Start it on a node of its own.

    controller: whose credentials say who administers a project. changes: is told who became or is no longer a member.
    """
    workers: dict[str, Worker] = {
        "credential_issuer": CredentialIssuer(membership, own.issuer(_ROLE), changes),
        "direct_authenticator": MembersService(membership, changes),
        "enrollment_token_issuer": TokenIssuer(membership),
        "enrollment_token_acceptor": TokenAcceptor(membership, changes),
        "echo": Echo(),
    }
    for address, worker in workers.items():
        await node.start_worker(address, worker, access=CHANNEL)
    channels = SecureChannels(node, own.keys, own.identifier, authorities={controller.identifier: controller})
    await channels.listen("api")
    return channels

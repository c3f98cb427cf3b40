"""The controller: accounts, spaces and projects, for people who enrolled (controller.md 1 to 3)."""

from uockam.access import CHANNEL
from uockam.node import Node
from uockam.secure.workers import SecureChannels

from .database import Database
from .identities import Own
from .services.accounts import AdminCredentials, VersionInfo
from .services.enroll import Enroller, WhoHas
from .services.fleet import Fleet
from .services.projects import ProjectsService
from .services.service import Service
from .services.spaces import SpacesService
from .tables.accounts import Accounts
from .tables.projects import Projects
from .tables.spaces import Spaces

OWNER = "controller"  # of its keys


async def start_controller(node: Node, own: Own, database: Database, fleet: Fleet, who_has: WhoHas) -> SecureChannels:
    """Start it on a node: a listener for secure channels with whoever comes, and what they may ask over them."""
    accounts, spaces, projects = Accounts(database), Spaces(database), Projects(database)
    workers: dict[str, Service] = {
        "auth0_authenticator": Enroller(who_has, accounts, spaces),
        "spaces": SpacesService(accounts, spaces, projects, fleet),
        "projects": ProjectsService(accounts, spaces, projects, fleet),
        "accounts": AdminCredentials(projects, own.issuer(OWNER)),
        "version_info": VersionInfo(),
    }
    for address, worker in workers.items():
        await node.start_worker(address, worker, access=CHANNEL)
    channels = SecureChannels(node, own.keys, own.identifier)
    await channels.listen("api")
    return channels

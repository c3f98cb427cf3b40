"""What services of the controller have in common: their callers are people with accounts."""

from uockam import api

from ..tables.accounts import Account, Accounts
from ..tables.admins import Admins
from .bodies import ADMIN, MAX_ADMINS, email
from .service import Asked, Caller, Service, bad, forbidden


class PeopleService(Service):
    """A Service for those who have enrolled."""

    def __init__(self, accounts: Accounts, *table: tuple[int, str, Asked]) -> None:
        super().__init__(*table)
        self.accounts = accounts

    async def account(self, caller: Caller) -> Account:
        """Whose identity asks. Raises api.Reject."""
        account = await self.accounts.of(caller.identifier)
        if account is None:
            raise api.Reject(api.UNAUTHORIZED, "this identity is not enrolled: run `enroll`")
        return account


async def list_admins(admins: Admins, id: str) -> list[object]:
    """The administrators of a space or project."""
    return [ADMIN.pack(email=each) for each in await admins.all(id)]


async def add_admin(admins: Admins, id: str, text: str) -> list[object]:
    """Add one; all of them, this one written as it is here. Raises api.Reject."""
    if len(await admins.all(id)) >= MAX_ADMINS:
        raise bad(f"{MAX_ADMINS} administrators at most")
    await admins.add(id, email(text))
    return await list_admins(admins, id)


async def remove_admin(admins: Admins, id: str, text: str) -> list[object]:
    """Remove one; the others. Raises api.Reject."""
    if not await admins.remove(id, text):
        raise forbidden("the last administrator stays")
    return await list_admins(admins, id)

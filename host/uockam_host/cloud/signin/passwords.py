"""Trying a password, a limited number of times."""

from .limits import Limit
from .users import User, Users

WINDOW_S = 900
_OF_ONE = 10  # wrong ones for an e-mail within the window
_FROM_ONE = 50  # wrong ones from an address, whatever the e-mails
WRONG = "This e-mail and password do not belong together. After some wrong ones you have to wait for 15 minutes."


class Passwords:
    """The only way from a password to a user."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._of_email = Limit(_OF_ONE, WINDOW_S)
        self._from_address = Limit(_FROM_ONE, WINDOW_S)

    async def check(self, email: str, password: str, address: str) -> User | None:
        """The user; None for a wrong password, no such e-mail, or too many wrong ones: nobody is told which it is."""
        email = email.strip().lower()
        if self._of_email.reached(email) or self._from_address.reached(address):
            return None
        self._of_email.note(email)  # before the slow check, so that many at once count, too
        self._from_address.note(address)
        user = await self._users.check(email, password)
        if user:
            self._of_email.clear(email)
            self._from_address.clear(address)
        return user

"""Logins of machines by the codes of RFC 8628: a machine asks with its device code until a person has answered with the
user code.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..database import Database
from .errors import OAuthError
from .limits import Limit
from .pending import Pending, PendingTable, TooMany
from .person import Person
from .users import Users

EXPIRES_S = 600  # as long as a person may take from the terminal to the page
INTERVAL_S = 2  # the page is near, so asking is cheap
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 6.1: no vowels that make words, no digits that look like letters
_CODE_LENGTH = 8  # 34 bits, in halves of four
_EARLY = 0.8  # clocks, and the way of a request, may shorten an interval to so much of it


@dataclass(frozen=True)
class Begun:
    """What a machine is told: the code for itself, the one to show, and the page where a person enters it."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


@dataclass(frozen=True)
class Waiting:
    """A machine that waits for a person: the code that it shows, and the address that it asked from."""

    user_code: str
    origin: str


class Logins(Protocol):
    """Who lets persons in: the pages of this package, or another provider."""

    async def begin(self, origin: str) -> Begun:
        """A machine at the address `origin` waits from now on. Raises OAuthError."""

    async def poll(self, device_code: str) -> Person:
        """Who allowed it, once. Raises OAuthError: `authorization_pending` and the others of RFC 8628 3.5."""


class Devices:
    """Logins that a person with an account here confirms at `page_url`.

    steady: seconds that nobody sets, by which it is seen who asks too often.
    """

    def __init__(
        self,
        database: Database,
        users: Users,
        page_url: str,
        interval_s: int = INTERVAL_S,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pending = PendingTable(database, "device")
        self._users = users
        self._page_url = page_url
        self._interval_s = interval_s
        self._pace = Limit(1, interval_s * _EARLY, steady)

    async def begin(self, origin: str) -> Begun:
        """See Logins."""
        device_code, user_code = secrets.token_urlsafe(32), _new_user_code()
        try:
            while not await self._pending.add(device_code, _waits(user_code, origin), EXPIRES_S):
                user_code = _new_user_code()
        except TooMany:
            text = "Too many machines are waiting, try again in some minutes"
            raise OAuthError("temporarily_unavailable", text, 503) from None
        complete = f"{self._page_url}?user_code={user_code}"
        return Begun(device_code, user_code, self._page_url, complete, EXPIRES_S, self._interval_s)

    async def find(self, user_code: str) -> Waiting | None:
        """The machine that shows this code, however it was typed, while nobody has answered."""
        pending = await self._pending.unanswered(tidy(user_code))
        return Waiting(tidy(user_code), pending.detail) if pending else None

    async def answer(self, user_code: str, person: Person | None) -> bool:
        """A person allows it, or, with None, somebody refuses; whether nobody had answered."""
        return await self._pending.answer(tidy(user_code), person.sub if person else None)

    async def poll(self, device_code: str) -> Person:
        """See Logins."""
        done = await self._pending.take(device_code)
        if done is None:
            raise await self._not_yet(device_code)
        user = await self._users.get(done.sub) if done.sub else None
        if user is None:
            raise OAuthError("access_denied", "The sign-in was refused in the browser")
        return user.person

    async def _not_yet(self, device_code: str) -> OAuthError:
        if await self._pending.find(device_code) is None:
            return OAuthError("expired_token", "The code is unknown, was used, or has expired")
        early = self._pace.reached(device_code)
        self._pace.note(device_code)
        if early:
            return OAuthError("slow_down", f"Ask every {self._interval_s} seconds")
        return OAuthError("authorization_pending", "Nobody has confirmed the code yet")


def _waits(user_code: str, origin: str) -> Pending:
    return Pending(user_code, origin, None, denied=False)


def _new_user_code() -> str:
    return tidy("".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)))


def tidy(user_code: str) -> str:
    """A user code as it is shown, `BCDF-GHJK`, out of what a person typed."""
    letters = "".join(letter for letter in user_code.upper() if letter in _LETTERS)
    return f"{letters[: _CODE_LENGTH // 2]}-{letters[_CODE_LENGTH // 2 :]}"

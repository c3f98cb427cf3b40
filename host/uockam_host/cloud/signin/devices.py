"""Pending logins of machines by the codes of RFC 8628, in memory: a machine asks with its device code until a person
has answered with the user code. No input and no output; the clock is an argument.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .errors import OAuthError
from .person import Person

EXPIRES_S = 600  # as long as a person may take from the terminal to the page
INTERVAL_S = 2  # the page is near, so asking is cheap
_MAX_PENDING = 1000  # of all machines together: some 300 kB
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


class Logins(Protocol):
    """Who lets persons in: the pages of this package, or another provider."""

    async def begin(self, origin: str) -> Begun:
        """A machine at the address `origin` waits from now on. Raises OAuthError."""

    async def poll(self, device_code: str) -> Person:
        """Who allowed it, once. Raises OAuthError: `authorization_pending` and the others of RFC 8628 3.5."""


@dataclass
class Pending:
    """One machine that waits. person: who allowed it; denied: somebody refused."""

    user_code: str
    origin: str
    expires_at: float
    asked_at: float | None = None
    person: Person | None = None
    denied: bool = False

    @property
    def answered(self) -> bool:
        """Whether a person has said yes or no."""
        return self.denied or self.person is not None


class Devices:
    """Logins that a person confirms at `page_url`."""

    def __init__(
        self, page_url: str, interval_s: int = INTERVAL_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._page_url = page_url
        self._interval_s = interval_s
        self._clock = clock
        self._by_device: dict[str, Pending] = {}
        self._by_user: dict[str, Pending] = {}

    async def begin(self, origin: str) -> Begun:
        """See Logins."""
        self._purge()
        if len(self._by_device) >= _MAX_PENDING:
            raise OAuthError("temporarily_unavailable", "Too many machines are waiting, try again in some minutes", 503)
        device_code, user_code = secrets.token_urlsafe(32), self._new_user_code()
        pending = Pending(user_code, origin, self._clock() + EXPIRES_S)
        self._by_device[_digest(device_code)] = self._by_user[user_code] = pending
        complete = f"{self._page_url}?user_code={user_code}"
        return Begun(device_code, user_code, self._page_url, complete, EXPIRES_S, self._interval_s)

    def find(self, user_code: str) -> Pending | None:
        """The machine that shows this code, however it was typed, while nobody has answered."""
        self._purge()
        pending = self._by_user.get(tidy(user_code))
        return None if pending is None or pending.answered else pending

    async def poll(self, device_code: str) -> Person:
        """See Logins."""
        self._purge()
        pending = self._by_device.get(_digest(device_code))
        if pending is None:
            raise OAuthError("expired_token", "The code is unknown, was used, or has expired")
        if not pending.answered:
            raise self._not_yet(pending)
        del self._by_device[_digest(device_code)]
        if pending.person is None:
            raise OAuthError("access_denied", "The sign-in was refused in the browser")
        return pending.person

    def _not_yet(self, pending: Pending) -> OAuthError:
        last, pending.asked_at = pending.asked_at, self._clock()
        if last is not None and pending.asked_at - last < self._interval_s * _EARLY:
            return OAuthError("slow_down", f"Ask every {self._interval_s} seconds")
        return OAuthError("authorization_pending", "Nobody has confirmed the code yet")

    def _new_user_code(self) -> str:
        while True:
            code = tidy("".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH)))
            if code not in self._by_user:
                return code

    def _purge(self) -> None:
        now = self._clock()
        self._by_device = {code: one for code, one in self._by_device.items() if one.expires_at > now}
        self._by_user = {one.user_code: one for one in self._by_device.values()}


def tidy(user_code: str) -> str:
    """A user code as it is shown, `BCDF-GHJK`, out of what a person typed."""
    letters = "".join(letter for letter in user_code.upper() if letter in _LETTERS)
    return f"{letters[: _CODE_LENGTH // 2]}-{letters[_CODE_LENGTH // 2 :]}"


def _digest(device_code: str) -> str:
    return hashlib.sha256(device_code.encode()).hexdigest()  # looking it up says nothing about codes that are near

"""The worker `auth0_authenticator`: ties an identity to a person's account (controller.md 2.3)."""

import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from uockam import api

from ..tables.accounts import Account, Accounts
from ..tables.spaces import Space, Spaces
from .bodies import ENROLL
from .service import Caller, Service, bad

_BEARER = 0
_MAX_TOKEN = 16_384  # characters; providers put signed claims into theirs
_MAX_PERSON_NAME = 128


class Person(Protocol):
    """What is needed of whom a token speaks for."""

    @property
    def email(self) -> str:
        """Proven to be this person's."""
        ...

    @property
    def name(self) -> str:
        """What the person is called."""
        ...


WhoHas = Callable[[str], Awaitable["Person | None"]]


class Enroller(Service):
    """Answers POST v0/enroll. Whoever comes for the first time gets a space, since Ockam's command makes none."""

    def __init__(self, who_has: WhoHas, accounts: Accounts, spaces: Spaces) -> None:
        """who_has: the person that an access token speaks for, None for a token that is not valid."""
        super().__init__((api.POST, "v0/enroll", self._enroll))
        self._who_has = who_has
        self._accounts = accounts
        self._spaces = spaces

    async def _enroll(self, caller: Caller, parts: list[str], body: Any) -> None:
        values: dict[str, Any] = ENROLL.unpack(body)
        if values["kind"] != _BEARER or len(values["token"]) > _MAX_TOKEN:
            raise bad("a bearer token is wanted")
        person = await self._who_has(values["token"])
        if person is None:
            raise api.Reject(api.UNAUTHORIZED, "the sign-in is not valid any more: sign in again")
        account = await self._accounts.enroll(caller.identifier, person.email, person.name[:_MAX_PERSON_NAME])
        await self._give_space(account)

    async def _give_space(self, account: Account) -> None:
        if not await self._spaces.of(account.who):
            await self._spaces.make(Space(str(uuid.uuid4()), secrets.token_hex(4)), [account.who])

"""The workers `enrollment_token_issuer` and `enrollment_token_acceptor` of an authority (secure.md 4.4)."""

import secrets
from typing import Any

from uockam import api

from ..tables.members import Token
from .bodies import CODE, NEW_TOKEN, attributes
from .membership import Changes, Membership, check_grant
from .service import Caller, Service, bad, forbidden

_CODE_BYTES = 32
_LIFETIME_S = 600  # of a token whose maker does not say
_MAX_LIFETIME_S = 366 * 86_400
_MAX_USES = 1_000_000
_MAX_TOKENS = 10_000  # of one project that are open at once


class TokenIssuer(Service):
    """Answers enrollers with one-time codes."""

    def __init__(self, membership: Membership) -> None:
        super().__init__((api.POST, "", self._make), (api.POST, "tokens", self._make))
        self._membership = membership

    async def _make(self, caller: Caller, parts: list[str], body: object) -> Any:
        standing = await self._membership.enroller(caller)
        values: dict[str, Any] = NEW_TOKEN.unpack(body)
        wanted = attributes(values["attributes"])
        check_grant(standing, wanted)
        lifetime_s = _within(values["ttl_s"], _LIFETIME_S, _MAX_LIFETIME_S, "seconds that a token is valid")
        uses = _within(values["uses"], 1, _MAX_USES, "uses of a token")
        code = secrets.token_bytes(_CODE_BYTES)
        token = Token(wanted, caller.identifier, lifetime_s, uses)
        if not await self._membership.added.add_token(code, token, _MAX_TOKENS):
            raise bad(f"a project has {_MAX_TOKENS} open tokens at most: wait until some expire")
        return CODE.pack(code=code)


class TokenAcceptor(Service):
    """Makes members of those who have a code."""

    def __init__(self, membership: Membership, changes: Changes) -> None:
        super().__init__((api.POST, "", self._accept), (api.POST, "credential", self._accept))
        self._membership = membership
        self._changes = changes

    async def _accept(self, caller: Caller, parts: list[str], body: object) -> None:
        code = CODE.unpack(body)["code"]
        if (await self._membership.standing(caller)).attributes is not None:
            raise forbidden("Already a member")
        if not isinstance(code, bytes) or not await self._membership.added.accept(code, caller.identifier):
            raise forbidden("the ticket is not valid: it has expired, or was used as often as it may be")
        await self._changes.changed()


def _within(value: int | None, default: int, most: int, what: str) -> int:
    if value is None:
        return default
    if not 0 < value <= most:
        raise bad(f"{most} {what} at most, and at least 1")
    return value

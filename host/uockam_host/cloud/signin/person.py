"""Whom a sign-in is about, and the tokens that prove it."""

from dataclasses import asdict, dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

TOKEN_S = 600  # an access token is used once, right after it was given out
_MAX_TOKEN = 4096  # characters; one of ours has a few hundred
_SALT = "uockam access token"


@dataclass(frozen=True)
class Person:
    """sub: what never changes about a person; email: in small letters, and proven to be this person's."""

    sub: str
    email: str
    name: str
    is_admin: bool = False


class Tokens:
    """Access tokens that any process with the same secret can verify, so none has to be stored."""

    def __init__(self, secret: str, lifetime_s: int = TOKEN_S) -> None:
        self.lifetime_s = lifetime_s
        self._signer = URLSafeTimedSerializer(secret, salt=_SALT)

    def issue(self, person: Person) -> str:
        """A token that says who this is, for `lifetime_s`."""
        token: str | bytes = self._signer.dumps(asdict(person))
        return token if isinstance(token, str) else token.decode()

    def person(self, token: str) -> "Person | None":
        """Who has this token; None when it is forged, damaged or too old."""
        if len(token) > _MAX_TOKEN:
            return None
        try:
            return Person(**self._signer.loads(token, max_age=self.lifetime_s))
        except BadData:
            return None

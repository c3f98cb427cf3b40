"""Accounts: invitations by the administrator, and everyone's own password."""

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...errors import InvalidArgument
from ..database import Session
from .oauth import origin
from .passwords import WRONG, Passwords
from .sessions import Refused, ask_to_sign_in, current, go, page, read_form, sign_in, text
from .users import User, Users, check_email, check_name, check_password

_INVITATION_S = 7 * 86_400
_SALT = "uockam invitation"
_VOID = "This invitation was used, is too old, or was not copied whole. Ask the administrator for another one."


class Invitations:
    """Links with which one person sets a password once: for a new account, or when the old one is lost."""

    def __init__(self, users: Users, secret: str, url: str) -> None:
        self._users = users
        self._url = url
        self._signer = URLSafeTimedSerializer(secret, salt=_SALT)

    async def invite(self, email: str, name: str) -> str:
        """The link."""
        user = await self._users.by_email(email)
        token = self._signer.dumps([email.strip().lower(), name.strip(), user.stamp if user else ""])
        return f"{self._url}/invitation/{token if isinstance(token, str) else token.decode()}"

    async def read(self, token: str) -> tuple[str, str, User | None]:
        """E-mail, name, and the user who has the e-mail now. Raises Refused for a link that is void."""
        try:
            email, name, stamp = self._signer.loads(token, max_age=_INVITATION_S)
        except BadData as error:
            raise Refused(_VOID, 404) from error
        user = await self._users.by_email(email)
        if (user.stamp if user else "") != stamp:
            raise Refused(_VOID, 404)
        return email, name, user

    async def accept(self, token: str, password: str) -> User:
        """The user, with this password from now on. Raises Refused."""
        email, name, user = await self.read(token)
        if user:
            await self._users.set_password(user.person.sub, password)
            accepted = await self._users.get(user.person.sub)
        else:
            first = not await self._users.any()
            accepted = await self._users.add(email, name, password, is_admin=first)
        if accepted is None:  # somebody was faster
            raise Refused(_VOID, 404)
        return accepted


async def invite(database: Session, url: str, email: str, name: str) -> str:
    """The link of an invitation, for whoever has the database: also for an administrator without password.

    url: of the site. name: "" for that of the account. Raises InvalidArgument.
    """
    users = Users(database)
    user = await users.by_email(email)
    name = name or (user.person.name if user else "")
    wrong = check_email(email) or (check_name(name) if name else f"Nobody has an account with the e-mail {email} yet.")
    if wrong:
        raise InvalidArgument(wrong, "To invite somebody new add `--name NAME`")
    return await Invitations(users, await users.secret(), url).invite(email, name)


class PeoplePages:
    """The pages about accounts; `routes` are their places."""

    def __init__(self, users: Users, passwords: Passwords, invitations: Invitations) -> None:
        self._users = users
        self._passwords = passwords
        self._invitations = invitations
        self.routes = [
            Route("/people", self._people, methods=["GET"]),
            Route("/people", self._invite, methods=["POST"]),
            Route("/people/remove", self._remove, methods=["POST"]),
            Route("/invitation/{token}", self._invitation, methods=["GET", "POST"]),
            Route("/password", self._password, methods=["GET", "POST"]),
        ]

    async def _people(self, request: Request) -> Response:
        user = await current(request, self._users)
        if user is None:
            return await ask_to_sign_in(request, self._users)
        return await self._list(request, _administrator(user))

    async def _invite(self, request: Request) -> Response:
        user = _administrator(await current(request, self._users))
        form = await read_form(request)
        email, name = text(form, "email"), text(form, "name")
        wrong = check_email(email) or check_name(name)
        if wrong:
            return await self._list(request, user, 422, wrong=wrong, email=email, name=name)
        return await self._list(request, user, link=await self._invitations.invite(email, name), invited=name)

    async def _remove(self, request: Request) -> Response:
        _administrator(await current(request, self._users))
        form = await read_form(request)
        await self._users.remove(text(form, "sub"))
        return go("/people")

    async def _list(self, request: Request, user: User, status: int = 200, **values: object) -> Response:
        people = await self._users.all()
        return page(request, "people", status, user=user.person, people=people, **values)

    async def _invitation(self, request: Request) -> Response:
        token = request.path_params["token"]
        email, name, _ = await self._invitations.read(token)
        if request.method == "GET":
            return page(request, "invitation", email=email, name=name)
        password = text(await read_form(request), "password")
        wrong = check_password(password)
        if wrong:
            return page(request, "invitation", 422, email=email, name=name, wrong=wrong)
        return sign_in(request, await self._invitations.accept(token, password))

    async def _password(self, request: Request) -> Response:
        user = await current(request, self._users)
        if user is None:
            return await ask_to_sign_in(request, self._users)
        if request.method == "GET":
            return page(request, "password", user=user.person)
        form = await read_form(request)
        new = text(form, "new")
        right = await self._passwords.check(user.person.email, text(form, "password"), origin(request))
        wrong = check_password(new) if right else WRONG
        if wrong:
            return page(request, "password", 422, user=user.person, wrong=wrong)
        await self._users.set_password(user.person.sub, new)
        changed = await self._users.get(user.person.sub)
        return sign_in(request, changed) if changed else go("/signin")


def _administrator(user: User | None) -> User:
    if user is None or not user.person.is_admin:
        raise Refused("Only the administrator can do this.", 403)
    return user

"""What persons see: making the first account, signing in, and confirming the code that a terminal shows."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .devices import Devices, Waiting, tidy
from .limits import Limit
from .oauth import origin
from .passwords import WINDOW_S, WRONG, Passwords
from .sessions import Refused, ask_to_sign_in, current, go, page, read_form, sign_in, sign_out, static, text
from .users import User, Users, check_account

_CODES_OF_ONE = 10  # wrong codes of a person: 10 of 25 billion
_FROM_OUTSIDE = (
    "There is no account yet. For the first one run `uockam orchestrator invite EMAIL --name NAME` "
    "on the computer of the orchestrator, and open its link here."
)
_NO_CODE = "No machine shows this code now. A code is valid for 10 minutes: compare it, or run the command again."


class Pages:
    """The pages for everyone; `routes` are their places. private: only this computer reaches them."""

    def __init__(self, users: Users, passwords: Passwords, devices: Devices, private: bool) -> None:
        self._users = users
        self._private = private
        self._devices = devices
        self._passwords = passwords
        self._codes = Limit(_CODES_OF_ONE, WINDOW_S)
        self.routes = [
            Route("/", self._home),
            *static,
            Route("/setup", self._setup, methods=["GET", "POST"]),
            Route("/signin", self._signin, methods=["GET", "POST"]),
            Route("/signout", self._signout, methods=["POST"]),
            Route("/device", self._device, methods=["GET"]),
            Route("/device", self._answer, methods=["POST"]),
            Route("/device/success", _success),
        ]

    async def _home(self, request: Request) -> Response:
        user = await current(request, self._users)
        if user is None:
            return await ask_to_sign_in(request, self._users)
        return page(request, "code", user=user.person)

    async def _setup(self, request: Request) -> Response:
        if await self._users.any():
            return go("/signin")
        if not self._private:  # whoever comes first owns everything
            raise Refused(_FROM_OUTSIDE, 403)
        if request.method == "GET":
            return page(request, "setup")
        form = await read_form(request)
        email, name, password = (text(form, field) for field in ("email", "name", "password"))
        wrong = check_account(email, name, password)
        if wrong:
            return page(request, "setup", 422, wrong=wrong, email=email, name=name)
        user = await self._users.add(email, name, password, is_admin=True)
        return sign_in(request, user) if user else go("/signin")

    async def _signin(self, request: Request) -> Response:
        if not await self._users.any():
            return go("/setup")
        if request.method == "GET":
            return page(request, "signin")
        form = await read_form(request)
        email = text(form, "email")
        user = await self._passwords.check(email, text(form, "password"), origin(request))
        return sign_in(request, user) if user else page(request, "signin", 403, wrong=WRONG, email=email)

    async def _signout(self, request: Request) -> Response:
        await read_form(request)
        return sign_out(request)

    async def _device(self, request: Request) -> Response:
        user = await current(request, self._users)
        if user is None:
            return await ask_to_sign_in(request, self._users)
        code = request.query_params.get("user_code")
        return await self._show(request, user, code) if code else page(request, "code", user=user.person)

    async def _answer(self, request: Request) -> Response:
        user = await current(request, self._users)
        if user is None:
            return await ask_to_sign_in(request, self._users)
        form = await read_form(request)
        code, decision = text(form, "user_code"), text(form, "decision")
        if decision not in ("allow", "deny"):
            return await self._show(request, user, code)
        allowed = decision == "allow"
        found = await self._find(user, code)
        if found is None or not await self._devices.answer(code, user.person if allowed else None):
            return _no_code(request, user, code)
        return go("/device/success") if allowed else _denied(request, user)

    async def _show(self, request: Request, user: User, code: str) -> Response:
        pending = await self._find(user, code)
        if pending is None:
            return _no_code(request, user, code)
        return page(request, "confirm", user=user.person, pending=pending)

    async def _find(self, user: User, code: str) -> Waiting | None:
        if self._codes.reached(user.person.sub):
            raise Refused("Too many wrong codes: wait for 15 minutes.", 429)
        pending = await self._devices.find(code)
        if pending is None:
            self._codes.note(user.person.sub)
        return pending


def _no_code(request: Request, user: User, code: str) -> Response:
    return page(request, "code", 404, user=user.person, wrong=_NO_CODE, code=tidy(code))


def _denied(request: Request, user: User) -> Response:
    return page(request, "message", user=user.person, title="Refused", text="The machine was told, and has no access.")


async def _success(request: Request) -> Response:
    return page(
        request, "message", title="Done", text="The machine is signed in. You can close this page and go back to it."
    )

"""Who is at the browser: a signed cookie, the token against forged forms in it, and drawing a page with both."""

import hmac
import secrets
from pathlib import Path
from urllib.parse import SplitResult

from jinja2 import Environment, FileSystemLoader
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.routing import Route

from .users import User, Users

LOOPBACK = ("127.0.0.1", "localhost", "::1")  # hosts of URLs that lead to this machine
SESSION_S = 12 * 3600  # a working day

_CSRF, _SUB, _STAMP, _WANTED = "csrf", "sub", "stamp", "wanted"  # keys of the session
_FOLDER = Path(__file__).parent / "templates"
_TEMPLATES = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True)


def cookie_name(site: SplitResult) -> str:
    """Of the session: browsers keep cookies apart by host only, so that of a loopback site has its port in it."""
    return "__Host-uockam_signin" if site.scheme == "https" else f"uockam_signin_{site.port or 80}"


class Refused(Exception):
    """A person is shown this text instead of the page; `status` is that of HTTP."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


async def current(request: Request, users: Users) -> User | None:
    """The user who signed in at this browser and has had the same password since."""
    user = await users.get(request.session.get(_SUB, ""))
    same = user is not None and hmac.compare_digest(user.stamp, request.session.get(_STAMP, ""))
    return user if same else None


def sign_in(request: Request, user: User) -> RedirectResponse:
    """Make the browser this user's, in a new session, and go on to where the person wanted to go."""
    wanted = request.session.get(_WANTED, "/")
    request.session.clear()
    request.session.update({_SUB: user.person.sub, _STAMP: user.stamp})
    return go(wanted)


def sign_out(request: Request) -> RedirectResponse:
    """Make the browser nobody's."""
    request.session.clear()
    return go("/signin")


async def ask_to_sign_in(request: Request, users: Users) -> RedirectResponse:
    """Send a stranger to the right form, and remember the page that was asked for."""
    query = request.url.query
    request.session[_WANTED] = request.url.path + (f"?{query}" if query else "")
    return go("/signin" if await users.any() else "/setup")


async def read_form(request: Request) -> FormData:
    """The fields of a form that this site gave to this browser. Raises Refused."""
    form = await request.form()
    expected = request.session.get(_CSRF, "")
    if not expected or not hmac.compare_digest(text(form, "csrf").encode(), expected.encode()):
        raise Refused("This form is too old. Go back, load the page again, and fill it in once more.", 403)
    return form


def text(form: FormData, name: str) -> str:
    """A field of a form; "" when it is missing."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def page(request: Request, template: str, /, status: int = 200, **values: object) -> HTMLResponse:
    """A page with its values; every one may hold a form."""
    csrf = request.session.setdefault(_CSRF, secrets.token_urlsafe(16))
    return HTMLResponse(_TEMPLATES.get_template(f"{template}.html").render(csrf=csrf, **values), status)


def go(path: str) -> RedirectResponse:
    """Send the browser to another page of this site."""
    return RedirectResponse(path, 303)


def explain(request: Request, error: Exception) -> HTMLResponse:
    """The page for Refused."""
    assert isinstance(error, Refused)
    return page(request, "message", error.status, title="That did not work", text=str(error))


async def _style(request: Request) -> FileResponse:
    return FileResponse(_FOLDER / "style.css", media_type="text/css")


static = [Route("/style.css", _style)]  # what every site with pages needs, too

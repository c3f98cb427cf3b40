"""A person at a browser without scripts: opens pages, fills in the form that is there, and presses a button."""

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2


@dataclass
class Form:
    """A form of a page: where it goes, its fields as they are filled in, its buttons."""

    action: str
    method: str
    name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What a person sees: `text`, links and forms; a button may stand outside of the form that it names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._button: dict[str, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get"), values.get("id", "")))
        elif tag == "a":
            self.links.append(values.get("href", ""))
        elif tag == "input" and self.forms and "name" in values:
            self.forms[-1].fields[values["name"]] = values.get("value", "")
        elif tag == "button":
            self._button = values

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._button is not None and data.strip():
            form = next((form for form in self.forms if form.name == self._button.get("form")), self.forms[-1])
            form.buttons[data.strip()] = (self._button.get("name", ""), self._button.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._button = None


class Browser:
    """Keeps cookies and follows redirects, as long as they stay on this machine."""

    def __init__(self) -> None:
        self._client = httpx2.Client(follow_redirects=False, trust_env=False, timeout=None)
        self.url = ""
        self.status = 0
        self.page = Page("")
        self.headers = httpx2.Headers()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def path(self) -> str:
        """Of the page that is shown."""
        return urlsplit(self.url).path

    def open(self, url: str, **settings: object) -> "Browser":
        """Type an address, absolute or on this site."""
        return self._request("GET", urljoin(self.url, url), **settings)

    def press(self, button: str, follow: bool = True, **fields: str) -> "Browser":
        """Fill in the form that has this button, and press it; follow: go where the answer leads."""
        form = next(one for one in self.page.forms if button in one.buttons)
        unknown = set(fields) - set(form.fields)
        assert not unknown, f"The page has no field {unknown}"
        name, value = form.buttons[button]
        data = {**form.fields, **fields, **({name: value} if name else {})}
        return self._request(form.method.upper(), urljoin(self.url, form.action), follow, data=data)

    def _request(self, method: str, url: str, follow: bool = True, **settings: object) -> "Browser":
        answer = self._client.request(method, url, **settings)
        while follow and answer.next_request is not None and answer.next_request.url.host in ("127.0.0.1", "localhost"):
            answer = self._client.send(answer.next_request)
        self.url, self.status, self.headers = str(answer.url), answer.status_code, answer.headers
        self.page = Page(answer.text if answer.headers.get("content-type", "").startswith("text/html") else "")
        return self


EMAIL, NAME, PASSWORD = "ada@example.com", "Ada Lovelace", "correct horse battery"


def confirm(page: str) -> None:
    """A person who allows whatever the page asks, and makes the first account at a new site."""
    with Browser() as browser:
        browser.open(page)
        if browser.path == "/setup":
            browser.press("Make the account", email=EMAIL, name=NAME, password=PASSWORD)
        elif browser.path == "/signin":
            browser.press("Sign in", email=EMAIL, password=PASSWORD)
        browser.press("Allow")
        assert browser.path == "/device/success", browser.page.text


if __name__ == "__main__":  # for the variable BROWSER: `python browser.py PAGE`
    confirm(sys.argv[1])

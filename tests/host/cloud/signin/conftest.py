"""A sign-in site that runs, beside the test, and a person at a browser."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import argon2
import pytest

from uockam_host.cloud.signin import users
from uockam_host.cloud.signin.server import SignIn
from uockam_host.cloud.sqlite import open_sqlite

from ....lib.browser import Browser

_T = TypeVar("_T")
PASSWORD = "correct horse battery"


class Site:
    """The site, in an event loop of its own thread."""

    def __init__(self, file: Path, listen: str = "127.0.0.1:0", **settings: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.database = self.run(open_sqlite(file))
        self.signin = SignIn(self.database, listen, **settings)

    @property
    def url(self) -> str:
        return self.signin.url

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something where the site runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self.run(self.signin.stop())
        self.run(self.database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def serving(file: Path, **settings: Any) -> Iterator[Site]:
    """A site whose accounts are in this file."""
    site = Site(file, **settings)
    try:
        site.run(site.signin.start())
        yield site
    finally:
        site.close()


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with next to no work, so that a test can try some."""
    quick = partial(argon2.PasswordHasher, time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(users, "PasswordHasher", quick)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that nobody has an account at."""
    with serving(tmp_path / "signin.sqlite3", interval_s=1) as one:
        yield one


@pytest.fixture
def browser(site: Site) -> Iterator[Browser]:
    """A person who has not been there yet."""
    with Browser() as one:
        one.url = site.url
        yield one


@pytest.fixture
def ada(browser: Browser) -> Browser:
    """The administrator, who has just made the account."""
    browser.open("/")
    browser.press("Make the account", email="Ada@Example.com", name="Ada Lovelace", password=PASSWORD)
    assert browser.path == "/"
    return browser

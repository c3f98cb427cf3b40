"""Where the text of a ticket comes from."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from uockam_host.errors import HostError, InvalidArgument
from uockam_host.projects.source import load
from uockam_host.projects.ticket import MAX_TEXT

from . import worked

PAGES = {"/ticket": worked.TICKET.encode(), "/large": b"0" * (MAX_TEXT + 1), "/bytes": b"\xff"}
MOVED = {"/moved": "/ticket", "/away": "http://example.com/ticket"}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES.get(self.path)
        self.send_response(302 if self.path in MOVED else 200 if page else 404)
        self.send_header("Location", MOVED.get(self.path, ""))
        self.end_headers()
        self.wfile.write(page or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The host and port of a site with PAGES."""
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "text", [worked.TICKET, worked.TICKET.encode().hex(), '{"project": {}}', "", "a\0b", "/no/file"]
)
def test_a_text_is_itself(text: str) -> None:
    assert load(f" {text}\n") == text


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "ticket").write_text(worked.TICKET + "\n")
    assert load(str(tmp_path / "ticket")) == worked.TICKET + "\n"


def test_a_url_is_fetched_with_and_without_its_scheme(site: str) -> None:
    assert load(f"http://{site}/ticket") == worked.TICKET
    assert load(f"{site}/ticket") == worked.TICKET


@pytest.mark.parametrize(("page", "words"), [("large", "too large"), ("bytes", "no text")])
def test_what_cannot_be_a_ticket_is_refused(site: str, tmp_path: Path, page: str, words: str) -> None:
    (tmp_path / page).write_bytes(PAGES[f"/{page}"])
    for where in (f"http://{site}/{page}", str(tmp_path / page)):
        with pytest.raises(InvalidArgument, match=words):
            load(where)


def test_a_page_that_is_not_there_is_said(site: str) -> None:
    with pytest.raises(HostError, match="cannot be fetched"):
        load(f"http://{site}/nothing")


def test_it_goes_on_to_where_a_page_has_moved_unless_others_can_read_it_on_the_way(site: str) -> None:
    assert load(f"http://{site}/moved") == worked.TICKET
    with pytest.raises(InvalidArgument, match="not encrypted"):
        load(f"http://{site}/away")


def test_a_secret_is_not_fetched_unencrypted_from_another_machine() -> None:
    with pytest.raises(InvalidArgument, match="not encrypted"):
        load("http://example.com/ticket")

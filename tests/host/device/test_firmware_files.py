"""Firmware as file, address and version, from a server of our own on loopback."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from uockam_host.device import firmware_files
from uockam_host.device.boards import by_name
from uockam_host.device.firmware_files import NoFirmware, get
from uockam_host.device.flasher import BadFirmware, silent
from uockam_host.device.releases import NEWEST, RELEASES

from . import firmware

PICO = by_name("RPI_PICO")
FILE = firmware.noise(300_000)


class Server(ThreadingHTTPServer):
    """Serves `files`. cut: ends each answer after so many bytes. tag: of the files. asked: (path, Range) of each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.cut: int | None = None
        self.tag = '"one"'
        self.asked: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append((self.path, wanted))
        data = self.server.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        start = 0
        if wanted and self.headers.get("If-Range") == self.server.tag:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        if start and start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("ETag", self.server.tag)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:][: self.server.cut])


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    monkeypatch.setenv("UOCKAM_HOME", str(tmp_path))
    monkeypatch.setenv(firmware_files.SOURCE_ENVIRONMENT, server.address + "/firmware/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def kept() -> "list[Path]":
    return sorted(firmware_files.folder().iterdir())


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "own.uf2"
    path.write_bytes(FILE)
    got = get(str(path), None, silent)
    assert (got.name, got.data, got.sha256) == ("own.uf2", FILE, hashlib.sha256(FILE).hexdigest())


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (None, f"RPI_PICO-{RELEASES[NEWEST]}-v{NEWEST}.uf2"),
        ("1.25.0", "RPI_PICO-20250415-v1.25.0.uf2"),
        ("v1.25.0", "RPI_PICO-20250415-v1.25.0.uf2"),
        ("20991231-v2.0.0", "RPI_PICO-20991231-v2.0.0.uf2"),
    ],
)
def test_a_version_is_the_official_file_of_the_board(server: Server, wanted: "str | None", name: str) -> None:
    server.files[f"/firmware/{name}"] = FILE
    got = get(wanted, PICO, silent)
    assert (got.name, got.data) == (name, FILE)


def test_the_files_of_the_table_have_the_names_that_board_files_know() -> None:
    for version, date in RELEASES.items():
        assert PICO.version_of(PICO.firmware.file.format(date=date, version=version)) == version


def test_what_was_downloaded_is_not_downloaded_again(server: Server) -> None:
    server.files["/a/x.bin"] = FILE
    for _ in range(2):
        assert get(server.address + "/a/x.bin", None, silent).data == FILE
    assert server.asked == [("/a/x.bin", "")]
    assert [path.suffix for path in kept()] == [".bin", ".sha256"]


def test_two_addresses_with_the_same_name_are_two_files(server: Server) -> None:
    server.files |= {"/a/x.bin": b"a", "/b/x.bin": b"b"}
    assert [get(f"{server.address}/{one}/x.bin", None, silent).data for one in "aba"] == [b"a", b"b", b"a"]


def test_what_is_kept_and_has_changed_is_downloaded_again(server: Server) -> None:
    server.files["/x.bin"] = FILE
    get(server.address + "/x.bin", None, silent)
    kept()[0].write_bytes(FILE[:-1] + b"?")
    assert get(server.address + "/x.bin", None, silent).data == FILE
    assert len(server.asked) == 2


def test_a_download_that_ends_too_early_goes_on_where_it_stopped(server: Server) -> None:
    server.files["/x.bin"] = FILE
    server.cut = 110_000
    assert get(server.address + "/x.bin", None, silent).data == FILE
    assert [wanted for _, wanted in server.asked] == ["", "bytes=110000-", "bytes=220000-"]


def test_a_download_that_was_given_up_goes_on_with_the_next_command(server: Server) -> None:
    server.files["/x.bin"] = FILE
    server.cut = 10_000
    with pytest.raises(NoFirmware, match="ended too early") as caught:
        get(server.address + "/x.bin", None, silent)
    assert "goes on where it stopped" in caught.value.remedy
    server.cut = None
    server.asked.clear()
    assert get(server.address + "/x.bin", None, silent).data == FILE
    assert server.asked == [("/x.bin", "bytes=30000-")]


def test_a_download_that_was_interrupted_goes_on_with_the_next_command(server: Server) -> None:
    server.files["/x.bin"] = FILE

    @contextmanager
    def progress(total: int, text: str):
        def step(count: int) -> None:
            if count:
                raise KeyboardInterrupt

        yield step

    with pytest.raises(KeyboardInterrupt):
        get(server.address + "/x.bin", None, progress)
    server.asked.clear()
    assert get(server.address + "/x.bin", None, silent).data == FILE
    assert re.fullmatch(r"bytes=[1-9]\d*-", server.asked[0][1])


def test_a_file_that_changed_meanwhile_is_not_put_together_from_two(server: Server) -> None:
    server.files["/x.bin"] = FILE
    server.cut = 10_000
    with pytest.raises(NoFirmware):
        get(server.address + "/x.bin", None, silent)
    server.cut, server.tag = None, '"two"'
    server.files["/x.bin"] = new = firmware.noise(310_000, b"new")
    assert get(server.address + "/x.bin", None, silent).data == new


def test_a_file_that_became_shorter_is_downloaded_anew(server: Server) -> None:
    server.files["/x.bin"] = FILE
    server.cut = 20_000
    with pytest.raises(NoFirmware):
        get(server.address + "/x.bin", None, silent)
    server.cut = None
    server.files["/x.bin"] = b"short"
    assert get(server.address + "/x.bin", None, silent).data == b"short"


def test_an_address_may_say_which_sum_the_file_must_have(server: Server) -> None:
    server.files["/x.bin"] = FILE
    digest = hashlib.sha256(FILE).hexdigest()
    assert get(f"{server.address}/x.bin#sha256={digest}", None, silent).sha256 == digest
    with pytest.raises(BadFirmware, match="has another SHA-256"):
        get(f"{server.address}/x.bin#sha256={'0' * 64}", None, silent)


def test_a_file_that_is_too_large_is_not_downloaded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firmware_files, "_MOST_BYTES", 1000)
    server.files["/x.bin"] = FILE
    with pytest.raises(BadFirmware, match="300000 bytes, too many"):
        get(server.address + "/x.bin", None, silent)
    assert all(path.suffix != ".bin" for path in kept())


def test_progress_begins_where_the_download_does(server: Server) -> None:
    server.files["/x.bin"] = FILE
    counts: list[int] = []

    @contextmanager
    def progress(total: int, text: str):
        assert (total, text) == (len(FILE), "Downloading firmware")
        counts.clear()
        yield counts.append

    server.cut = 200_000
    get(server.address + "/x.bin", None, progress)
    assert counts[0] == 200_000
    assert sum(counts) == len(FILE)


@pytest.mark.parametrize(
    ("wanted", "board", "text"),
    [
        ("1.99.0", PICO, "does not know the date of MicroPython 1.99.0"),
        ("1.25.0", None, "Which board it is cannot be told"),
        ("nonsense.bin", PICO, "'nonsense.bin' is no file, no address and no version"),
        ("ftp://127.0.0.1/x.bin", PICO, "cannot be downloaded"),
        ("1.24.0", PICO, "There is no firmware at"),
    ],
)
def test_what_cannot_be_had_is_told_with_a_remedy(server: Server, wanted: str, board, text: str) -> None:
    with pytest.raises(NoFirmware, match=re.escape(text)) as caught:
        get(wanted, board, silent)
    assert caught.value.remedy


def test_a_server_that_is_not_there_is_told(server: Server) -> None:
    with pytest.raises(NoFirmware, match="cannot be downloaded"):
        get("http://127.0.0.1:1/x.bin", None, silent)


def test_a_folder_is_no_firmware(tmp_path: Path) -> None:
    with pytest.raises(NoFirmware, match="cannot be read"):
        get(str(tmp_path), None, silent)

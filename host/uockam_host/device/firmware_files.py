"""Firmware as a file, an address or a version of MicroPython: found, downloaded, and kept with its SHA-256.

A download that was interrupted goes on where it stopped. What is kept is verified each time before it is used.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urldefrag, urlsplit
from urllib.request import Request, urlopen

from ..errors import HostError
from ..state import home, locks
from .boards import Board
from .flasher import BadFirmware, Firmware, Progress
from .releases import NEWEST, RELEASES

SOURCE = "https://micropython.org/resources/firmware"
SOURCE_ENVIRONMENT = "UOCKAM_FIRMWARE_URL"  # of a mirror with the same file names

_VERSION = re.compile(r"(?:(\d{8})-)?v?(\d+\.\d+(?:\.\d+)?)")
_PIN = "sha256="  # what an address may end with, after a #
_MOST_BYTES = 64 << 20  # of a UF2 file that fills a flash of 32 MB
_CHUNK = 1 << 16
_TRIES = 3  # of a download that ends too early, each goes on where the last stopped
_TIMEOUT_S = 30


class NoFirmware(HostError):
    """There is no such file or version, or it cannot be downloaded."""


def get(wanted: "str | None", board: "Board | None", progress: Progress) -> Firmware:
    """The firmware that FILE, URL or VERSION means; None: the newest MicroPython that uockam knows, for this board.

    Raises NoFirmware, BadFirmware.
    """
    if wanted and os.path.exists(wanted):
        return _read(Path(wanted))
    if wanted and "://" in wanted:
        return _cached(wanted, progress)
    return _cached(_address(wanted or NEWEST, board), progress)


def folder() -> Path:
    """Where downloads are kept."""
    return home.cache_folder("firmware")


def _address(wanted: str, board: "Board | None") -> str:
    match = _VERSION.fullmatch(wanted)
    if match is None:
        raise NoFirmware(f"'{wanted}' is no file, no address and no version", f"Give a file, a URL, or say {NEWEST}")
    if board is None:
        raise NoFirmware("Which board it is cannot be told from its chip", "Name it: --board RPI_PICO, for instance")
    date, version = match.groups()
    date = date or RELEASES.get(version)
    if date is None:
        known = ", ".join(list(RELEASES)[-3:])
        raise NoFirmware(
            f"uockam does not know the date of MicroPython {version}, which is in the name of its file",
            f"Take one of {known}, or write the date before it: 20250415-{version}",
        )
    source = os.environ.get(SOURCE_ENVIRONMENT, SOURCE).rstrip("/")
    return f"{source}/{board.firmware.file.format(date=date, version=version)}"


def _read(path: Path) -> Firmware:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadFirmware(f"The file {path} is too large for firmware", "Give the .bin or .uf2 file of MicroPython")
        return Firmware(path.name, path.read_bytes())
    except OSError as error:
        raise NoFirmware(
            f"The file {path} cannot be read: {error.strerror}", "Give the .bin or .uf2 file itself"
        ) from error


def _cached(address: str, progress: Progress) -> Firmware:
    address, pin = urldefrag(address)
    name = unquote(urlsplit(address).path.rpartition("/")[2]) or "firmware"
    if urlsplit(address).scheme not in ("http", "https"):
        raise NoFirmware(f"'{address}' cannot be downloaded", "Give an address that begins with https://")
    place = folder() / f"{hashlib.sha256(address.encode()).hexdigest()[:12]}-{re.sub(r'[^A-Za-z0-9._-]', '_', name)}"
    with locks.one_at_a_time(place.with_name(f"{place.name}.lock")):
        data = _kept(place)
        if data is None:
            _download(address, _Part(place), progress)
            data = _kept(place)
    assert data is not None
    firmware = Firmware(name, data)
    if pin.startswith(_PIN) and pin[len(_PIN) :].lower() != firmware.sha256:
        raise BadFirmware(
            f"The file {name} has another SHA-256 than {address} was given with", f"It has {firmware.sha256}"
        )
    return firmware


def _kept(place: Path) -> "bytes | None":
    """What was downloaded before, if it is what it was then."""
    try:
        data = place.read_bytes()
        wanted = _sum_file(place).read_text(encoding="ascii").split()[0]
    except (OSError, IndexError, UnicodeDecodeError):
        return None
    return data if hashlib.sha256(data).hexdigest() == wanted else None


def _sum_file(place: Path) -> Path:
    return place.with_name(f"{place.name}.sha256")


class _Part:
    """A file on its way. The server's tag of it is kept beside it, so that no two versions are put together."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._path = place.with_name(f"{place.name}.part")
        self._tag_path = place.with_name(f"{place.name}.tag")

    def state(self) -> "tuple[int, str]":
        """(bytes that are there, tag); (0, "") when the server cannot go on with it."""
        try:
            tag = self._tag_path.read_text(encoding="latin-1")
            return (self._path.stat().st_size, tag) if tag else (0, "")
        except OSError:
            return 0, ""

    @contextmanager
    def open(self, start: int, tag: str) -> "Iterator[IO[bytes]]":
        """The file, to write from `start` on."""
        with self._path.open("r+b" if start else "wb") as file:
            self._tag_path.write_text(tag, encoding="latin-1")
            file.seek(start)
            yield file

    def finish(self) -> None:
        """All of it is there."""
        digest = hashlib.sha256(self._path.read_bytes()).hexdigest()
        os.replace(self._path, self._place)
        _sum_file(self._place).write_text(f"{digest}  {self._place.name}\n", encoding="ascii")
        self._tag_path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Begin anew."""
        self._path.unlink(missing_ok=True)
        self._tag_path.unlink(missing_ok=True)


def _download(address: str, part: _Part, progress: Progress) -> None:
    for left in reversed(range(_TRIES)):
        try:
            if _go_on(address, part, progress):
                part.finish()
                return
            cause = "the connection ended too early"
        except HTTPError as error:
            error.close()
            if error.code != 416:  # what is here is longer than the file has become
                raise _refused(address, error) from error
            part.forget()
            cause = "the file was changed meanwhile"
        except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
            cause = str(getattr(error, "reason", error)) or type(error).__name__
        except OSError as error:
            raise NoFirmware(f"Nothing can be kept in {folder()}: {error.strerror}", "Make room there") from error
        if not left:
            raise NoFirmware(f"The file at {address} cannot be downloaded: {cause}", _RESUME)


def _go_on(address: str, part: _Part, progress: Progress) -> bool:
    """Download what is missing; whether all of it has come."""
    have, tag = part.state()
    headers = {"Range": f"bytes={have}-", "If-Range": tag} if have else {}
    request = Request(address, headers={"User-Agent": "uockam", **headers})
    with urlopen(request, timeout=_TIMEOUT_S) as response:
        start = have if response.status == 206 else 0
        total = start + int(response.headers.get("Content-Length") or 0)
        if total > _MOST_BYTES:
            raise BadFirmware(
                f"The file at {address} has {total} bytes, too many for firmware", "Is it the right address?"
            )
        with part.open(start, _tag(response)) as file, progress(total, "Downloading firmware") as step:
            step(start)
            end = start
            while chunk := response.read1(_CHUNK):
                end += len(chunk)
                if end > _MOST_BYTES:
                    raise BadFirmware(
                        f"The file at {address} has too many bytes for firmware", "Is it the right address?"
                    )
                file.write(chunk)
                step(len(chunk))
            file.truncate()
    return end == total or total == start


def _tag(response: Any) -> str:
    """What tells this version of the file from others; a weak tag does not."""
    tag = response.headers.get("ETag") or ""
    return "" if tag.startswith("W/") else tag or response.headers.get("Last-Modified") or ""


def _refused(address: str, error: HTTPError) -> NoFirmware:
    if error.code == 404:
        return NoFirmware(f"There is no firmware at {address}", "See micropython.org/download for what there is")
    return NoFirmware(f"The file at {address} cannot be downloaded: {error.code} {error.reason}", "Try again later")


_RESUME = (
    "Run the same command again, it goes on where it stopped; or download the file elsewhere, for `uockam device flash "
    "--firmware FILE`"
)

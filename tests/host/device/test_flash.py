"""`uockam device flash` and `device image`: the real program, against boot loaders of our own."""

import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from uockam_host.cli.progress import size
from uockam_host.device import uf2

from ..cli.conftest import Cli
from . import firmware
from .fake_esp import FakeEsp
from .fake_uf2 import FakeDrive

BANNER = b"MicroPython v1.25.0 on 2025-04-15; "


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home")


@pytest.fixture
def chip(tmp_path: Path) -> Iterator[FakeEsp]:
    chip = FakeEsp(tmp_path / "tty", "ESP32-C3")
    chip.plug()
    yield chip
    chip.unplug()


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[FakeDrive]:
    drive = FakeDrive(tmp_path / "drive")
    drive.plug()
    yield drive
    drive.unplug()


def file(tmp_path: Path, name: str, data: bytes) -> str:
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


def test_an_esp_board_is_flashed_in_one_line_a_step(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    data = firmware.esp("ESP32-C3")
    ran = cli("device flash --port", chip.port, "--firmware", file(tmp_path, "esp.bin", data))
    assert (ran.code, ran.out) == (0, f"{chip.port}\n")
    assert ran.err == f"       Writing firmware ({size(len(data))})\n"
    assert chip.flash[: len(data)] == data


def test_the_result_as_json_says_what_is_on_the_board(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    path = file(tmp_path, "esp.bin", firmware.esp("ESP32-C3"))
    found = cli("device flash --output json --port", chip.port, "--firmware", path).json
    assert found["chip"] == "ESP32-C3"
    assert found["board"] == "ESP32_GENERIC_C3"
    assert found["port"] == chip.port
    assert len(found["sha256"]) == 64


def test_a_file_for_another_chip_is_refused_with_both_names(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    for name, data in (("s3.bin", firmware.esp("ESP32-S3")), ("pico.uf2", firmware.rp2())):
        ran = cli("device flash --port", chip.port, "--firmware", file(tmp_path, name, data))
        assert ran.code == 70
        assert f"{name} is for {'ESP32-S3' if name == 's3.bin' else 'RP2040'}, and the board has ESP32-C3" in ran.err
    assert chip.blocks == 0


def test_a_board_that_is_named_wrongly_is_told(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    path = file(tmp_path, "s3.bin", firmware.esp("ESP32-S3"))
    ran = cli("device flash --board ESP32_GENERIC_S3 --port", chip.port, "--firmware", path)
    assert "ESP32_GENERIC_S3 has ESP32-S3, and the board that is plugged in has ESP32-C3" in ran.err
    assert chip.blocks == 0


def test_what_is_no_firmware_is_refused(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    ran = cli("device flash --port", chip.port, "--firmware", file(tmp_path, "notes.txt", b"hello"))
    assert "notes.txt is no firmware" in ran.err


def test_a_pulled_cable_is_told_with_the_way_on(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    path = file(tmp_path, "esp.bin", firmware.esp("ESP32-C3"))
    chip.pull_after = 8
    ran = cli("device flash --port", chip.port, "--firmware", path)
    assert ran.code == 70
    assert "went away while it was written\n       Plug it in and run the same command again" in ran.err
    chip.unplug()
    chip.pull_after = None
    chip.plug()
    assert cli("device flash --port", chip.port, "--firmware", path).code == 0


def test_ctrl_c_says_how_to_go_on(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    data = firmware.esp("ESP32-C3", firmware.noise(400_000))
    path = file(tmp_path, "esp.bin", data)
    with cli.start("device flash --port", chip.port, "--firmware", path) as process:
        chip.at_block = (4, lambda: os.kill(process.pid, signal.SIGINT))
        _, err = process.communicate()
    assert process.returncode == 130
    assert "Run the same command again: a download and an ESP32 go on where they stopped" in err.decode()
    assert chip.flash[: len(data)] != data
    chip.at_block = None
    assert cli("device flash --port", chip.port, "--firmware", path).code == 0
    assert chip.flash[: len(data)] == data


def test_a_pico_is_flashed_on_its_drive(cli: Cli, drive: FakeDrive, tmp_path: Path) -> None:
    data = firmware.rp2()
    ran = cli("device flash --output json --port", str(drive.folder), "--firmware", file(tmp_path, "pico.uf2", data))
    assert ran.code == 0, ran
    assert (ran.json["chip"], ran.json["bytes"], ran.json["port"]) == ("RP2040", len(data), "")
    assert drive.flash == uf2.pages(data, "RP2040", "file.uf2")
    assert "The serial port of the board has not appeared" in ran.err


def test_a_file_for_a_pico_2_is_refused_by_a_pico_before_a_byte_is_written(
    cli: Cli, drive: FakeDrive, tmp_path: Path
) -> None:
    path = file(tmp_path, "pico2.uf2", firmware.rp2("RP2350"))
    ran = cli("device flash --port", str(drive.folder), "--firmware", path)
    assert "pico2.uf2 is for RP2350, and the board has RP2040" in ran.err
    assert list(drive.folder.glob("*.uf2")) == []


def test_an_image_is_made_and_flashed_in_one_step(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    path = file(tmp_path, "micropython.bin", firmware.esp("ESP32-C3", BANNER + firmware.noise(50_000)))
    target = tmp_path / "node.bin"
    made = cli("device image --output json --board ESP32_GENERIC_C3 --name c3 --firmware", path, str(target))
    assert made.code == 0, made
    assert (made.json["micropython"], made.json["form"]) == ("1.25.0", "mpy")
    ran = cli("device flash --port", chip.port, "--firmware", str(target))
    assert ran.code == 0, ran
    assert chip.flash[: made.json["bytes"]] == target.read_bytes()
    assert b"littlefs" in chip.flash[0x200000 : 0x200000 + 64]


def test_an_image_for_another_size_of_flash_is_refused_with_the_way_to_the_right_one(
    cli: Cli, chip: FakeEsp, tmp_path: Path
) -> None:
    data = firmware.esp("ESP32-C3", BANNER + firmware.noise(50_000), rows=firmware.TABLE[:-1])
    path = file(tmp_path, "micropython.bin", data)
    target = str(tmp_path / "node.bin")
    for flash in ("8MB", "4MB"):
        cli.ok("device image --board ESP32_GENERIC_C3 --firmware", path, "--flash-size", flash, target)
        ran = cli("device flash --port", chip.port, "--firmware", target)
        assert (ran.code == 0) == (flash == "4MB"), ran
        assert ("Make it with `uockam device image --flash-size 4MB`" in ran.err) == (flash == "8MB")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("--board NONE x.bin", "There is no board named NONE"),
        ("--board ESP32_GENERIC_C3 --flash-size 4 x.bin", "'4' is no size of a flash; write 4MB, or 512KB."),
        ("--board ESP32_GENERIC_C3 x.uf2", "A file for this board ends in .bin"),
    ],
)
def test_what_cannot_be_made_is_told(cli: Cli, tmp_path: Path, words: str, text: str) -> None:
    path = file(tmp_path, "micropython.bin", firmware.esp("ESP32-C3", BANNER + firmware.noise(50_000)))
    ran = cli(f"device image --firmware {path} {words}")
    assert ran.code in (64, 70)
    assert text in ran.err


def test_a_version_is_downloaded_kept_and_flashed(cli: Cli, chip: FakeEsp, tmp_path: Path) -> None:
    name = "ESP32_GENERIC_C3-20250415-v1.25.0.bin"
    data = firmware.esp("ESP32-C3")
    (tmp_path / name).write_bytes(data)
    handler = partial(Quiet, directory=str(tmp_path))
    words = ("device flash --firmware 1.25.0 --output json --port", chip.port)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        mirror = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        first = cli(*words, UOCKAM_FIRMWARE_URL=mirror)
        server.shutdown()
    again = cli(*words, UOCKAM_FIRMWARE_URL=mirror)  # nobody is there any more
    assert (first.code, again.code) == (0, 0), (first, again)
    assert first.json == again.json
    assert first.json["firmware"] == name
    assert "Downloading firmware" in first.err
    assert "Downloading firmware" not in again.err
    assert chip.flash[: len(data)] == data


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *arguments: object) -> None:
        """Nothing."""

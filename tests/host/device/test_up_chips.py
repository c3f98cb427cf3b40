"""`uockam up` from a chip without MicroPython: real flashing onto a fake chip, then a virtual board in its place."""

import os
import threading
from functools import partial
from http.server import ThreadingHTTPServer

import pytest

from uockam_host.device import up as library
from uockam_host.device.releases import NEWEST, RELEASES
from uockam_host.link import ports
from uockam_host.node import control

from . import firmware
from .boards import Plugged
from .fake_esp import FakeEsp
from .fake_uf2 import FakeDrive
from .test_flash import Quiet


@pytest.fixture
def board(tmp_path, home):
    """Not plugged in yet: what the chip becomes with MicroPython on it."""
    one = Plugged(tmp_path / "board")
    one.flash.mkdir(parents=True)
    yield one
    control.reset()
    one.unplug()


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A folder whose files can be downloaded as MicroPython's are."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("UOCKAM_FIRMWARE_URL", f"http://127.0.0.1:{server.server_address[1]}")
        yield folder
        server.shutdown()


def release(mirror, board, ending, data):
    (mirror / f"{board}-{RELEASES[NEWEST]}-v{NEWEST}.{ending}").write_bytes(data)


def test_up_flashes_an_esp32_and_the_node_answers(board, mirror, here, monkeypatch):
    data = firmware.esp("ESP32")
    release(mirror, "ESP32_GENERIC", "bin", data)
    chip = FakeEsp(board.flash.parent / "tty", "ESP32")
    chip.plug()

    def flash(*arguments, real=library.flash, **options):
        done = real(*arguments, **options)
        chip.unplug()
        board.plug_in()
        return done

    monkeypatch.setattr(library, "flash", flash)
    done = here(f"up --port {chip.port} --board ESP32_GENERIC --name n --yes --output json")
    assert done.code == 0, done.err
    assert (done.json["flashed"], done.json["installed"], done.json["reply"]) == (True, True, "HELLO")
    offset = 0x1000
    assert chip.flash[offset : offset + len(data)] == data


def test_up_flashes_a_pico_in_its_boot_loader_and_the_node_answers(board, mirror, here, monkeypatch, tmp_path):
    release(mirror, "RPI_PICO", "uf2", firmware.rp2())
    drive = FakeDrive(tmp_path / "drive")
    drive.restarted = board.plug_in
    monkeypatch.setattr(ports, "names", lambda: [board.port] if os.path.exists(board.port) else [])
    drive.plug()
    done = here(f"up --port {drive.folder} --board RPI_PICO --name n --yes --output json")
    assert done.code == 0, done.err
    assert (done.json["flashed"], done.json["installed"], done.json["reply"]) == (True, True, "HELLO")
    assert (drive.restarts, done.json["port"]) == (1, board.port)

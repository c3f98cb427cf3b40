"""What `device image` makes for a Pico, on an emulated one: MicroPython itself mounts its file system."""

import json
from pathlib import Path

from uockam_host.device import image, install
from uockam_host.device.boards import by_name
from uockam_host.device.flasher import Firmware

from .conftest import tool
from .emulated import FIRMWARE

_LOOK = """
import os, json, sys
print(sorted(os.listdir("/")))
print(json.dumps(json.load(open("/uockam.json"))))
print(os.statvfs("/")[2])
import app
print(app.WORD, sys.path[0])
"""


async def test_a_pico_that_is_flashed_with_an_image_has_its_runtime_and_settings(tmp_path: Path) -> None:
    board = by_name("RPI_PICO")
    wanted = install.Wanted({"name": "pico1"}, ("app", b"WORD = 'it runs'\nasync def main(node): pass\n"))
    file = tmp_path / "pico1.uf2"
    file.write_bytes(image.make(board, Firmware(FIRMWARE.name, FIRMWARE.read_bytes()), wanted).data)
    output = await tool("rp2040py", "micropython", "--image", str(file), "-c", _LOOK)
    lines = output.splitlines()[-4:]
    assert lines[0] == "['.uockam', 'app.py', 'boot.py', 'main.py', 'uockam.json', 'uockam.pack']"
    assert json.loads(lines[1]) == {"name": "pico1", "main": "app"}
    assert int(lines[2]) == board.flash.files_kb // 4
    assert lines[3] == "it runs /.uockam"

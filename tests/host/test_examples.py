"""Each example does what its first line says, on real interpreters and a virtual board."""

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from uockam_host import resources
from uockam_host.device import chip, virtual

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
CORE = resources.folder("uockam").parent
INTERPRETERS = {"cpython": [sys.executable], "micropython": [virtual.find_micropython()]}

each_interpreter = pytest.mark.parametrize("interpreter", INTERPRETERS.values(), ids=INTERPRETERS.keys())


def environment():
    return {**os.environ, "MICROPYPATH": f".frozen:{CORE}"}


def output_of(interpreter, *command):
    """What an example prints that ends by itself."""
    arguments = [*interpreter, *map(str, command)]
    result = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment())
    assert result.returncode == 0, result.stderr
    return result.stdout


def free_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def running(command):
    """A process and the first line that it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()


@contextmanager
def board(folder, program=None, **settings):
    """The port of a virtual board that runs this program beside its node."""
    flash = folder / "flash"
    flash.mkdir(parents=True)
    if program is not None:
        (flash / program.name).write_text(program.read_text())
        settings["main"] = program.stem
    (flash / "uockam.json").write_text(json.dumps(settings))
    with running([sys.executable, "-m", "uockam_host.device.virtual", str(folder)]) as port:
        yield port.strip()


@each_interpreter
def test_the_ten_line_program_doubles(interpreter):
    assert output_of(interpreter, EXAMPLES / "doubler.py") == "b'hihi'\n"


def test_a_worker_on_a_board_sends_to_a_worker_of_a_program(tmp_path):
    with board(tmp_path, EXAMPLES / "collect" / "board.py") as port:
        lines = output_of([sys.executable], EXAMPLES / "collect" / "host.py", port, 3).splitlines()
    assert [line.rstrip("0123456789 ms") for line in lines] == ["running for"] * 3


def test_a_program_lights_the_led_of_a_board_while_its_button_is_pressed(tmp_path):
    button = chip.Chip(tmp_path / virtual.IO_NAME)
    command = [sys.executable, str(EXAMPLES / "button" / "button.py")]
    with board(tmp_path, services=["gpio", "led"], gpio=[4]) as port:
        with subprocess.Popen([*command, port, "2"], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "LED off\n"
            for level, light in ((0, "on"), (1, "off")):
                button.connect(4, level)
                assert process.stdout.readline() == f"LED {light}\n"
            assert button.pins()["LED"]["value"] == 0
        assert process.returncode == 0


def readings(address):
    lines = output_of([sys.executable], EXAMPLES / "sensor" / "watch.py", address, 2).splitlines()
    return [float(line.removeprefix("reading ")) for line in lines]


@each_interpreter
def test_a_sensor_publishes_to_who_subscribes(interpreter):
    address = free_address()
    with running([*interpreter, str(EXAMPLES / "sensor" / "sensor.py"), address]) as first:
        assert first == f"listening at {address}\n"
        assert all(20 <= reading <= 21 for reading in readings(address))


def test_a_sensor_on_a_board_publishes_over_the_network(tmp_path):
    address = free_address()
    with board(tmp_path, EXAMPLES / "sensor" / "sensor.py", listen=address):
        host, port = address.rsplit(":", 1)
        while True:
            try:
                socket.create_connection((host, int(port))).close()
                break
            except ConnectionRefusedError:
                continue
        assert all(20 <= reading <= 21 for reading in readings(address))

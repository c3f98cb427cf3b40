"""Boards for these tests: one in a process of its own, as at a cable, and one that is only its flash."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from uockam_host.device.copier import PromptCopier
from uockam_host.device.virtual import find_micropython

FLASH = Path(__file__).with_name("flash_file.py")


class Plugged:
    """A virtual board with nothing but MicroPython, whose cable can be pulled."""

    def __init__(self, folder):
        self._folder = folder
        self.flash = folder / "flash"
        self.port = str(folder / "tty")

    def plug_in(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uockam_host.device.virtual", str(self._folder), "--blank"],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout.readline().decode().strip() == self.port

    def pull(self):
        """Power and port are gone at once."""
        self._end(signal.SIGKILL)
        Path(self.port).unlink(missing_ok=True)

    def unplug(self):
        self._end(signal.SIGTERM)

    def _end(self, number):
        os.kill(self._process.pid, number)
        self._process.stdout.close()
        self._process.wait()

    def files(self):
        """Content of every file by its path on the board."""
        return {
            f"/{path.relative_to(self.flash)}": path.read_bytes() for path in self.flash.rglob("*") if path.is_file()
        }


@contextmanager
def plugged(folder, **files):
    """A board with these files: `main_py` is main.py."""
    board = Plugged(folder)
    board.flash.mkdir(parents=True)
    for name, text in files.items():
        (board.flash / name.replace("_py", ".py").replace("_json", ".json")).write_text(text)
    board.plug_in()
    try:
        yield board
    finally:
        board.unplug()


class FlashCopier(PromptCopier):
    """Works on a file system in a file, by real MicroPython, and keeps the programs that it ran there."""

    def __init__(self, image, kind):
        self._image, self._kind = str(image), kind
        self._helper = []
        self._walk = []  # what the hashes that are asked for next go on from
        self.ran = []

    def exec(self, code):
        if code.startswith("u_call(u_walk"):
            self._walk = []
        output = self._micropython("run", [*self._helper, *self._walk, code])
        self.ran.append(code)
        if code.startswith(("u_call(u_walk", "u_call(u_hashes")):
            self._walk.append(code)
        if not self._helper:
            self._helper.append(code)  # the first program defines what the others call
        return output.splitlines()[-1] if output else b""

    def recorded(self):
        """What was run since this was asked last, to be run again from the beginning."""
        ran, self.ran = self._helper + self.ran, []
        return ran

    def cut_everywhere(self, codes):
        """Lines that tell what the board is after the power was cut before each write of these programs."""
        output = self._micropython("cut", codes).decode().splitlines()
        return [line.split(" ", 2)[2] for line in output if line.startswith("after ")]

    def reset(self):
        pass

    def close(self):
        pass

    def _micropython(self, action, codes):
        listed = Path(f"{self._image}.json")
        listed.write_text(json.dumps(codes))
        command = [find_micropython(), "-X", "heapsize=32M", str(FLASH), action, self._image, self._kind, str(listed)]
        done = subprocess.run(command, capture_output=True, check=False, env={})
        assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()[-2000:]
        return done.stdout

"""An installation whose power is cut before any write of the flash leaves the former version or the new one.

On real file systems, littlefs and FAT, by real MicroPython; and on a board at a cable that is pulled.
"""

import json
import shutil

import pytest

from uockam_host.device import install
from uockam_host.device.bundle import Bundle
from uockam_host.device.flasher import silent
from uockam_host.device.install import Wanted

from .boards import FlashCopier


def version(number):
    """A runtime that is small, in several files that must not be mixed."""
    return Bundle(
        "py",
        {
            "device/__init__.py": b"VERSION = %d\nran = None\n" % number,
            "device/boot.py": b"def run():\n    pass\n",
            "device/main.py": b"import device\ndef run():\n    device.ran = %d\n" % number,
            "uockam/__init__.py": b"VERSION = %d\n" % number,
        },
    )


def bring(copier, bundle, **changes):
    steps = install.plan(install.read_state(copier), bundle, Wanted(changes))
    install.apply(copier, steps, silent)


@pytest.mark.parametrize("kind", ["lfs2", "fat"])
def test_a_new_version_is_there_whole_or_not_at_all(tmp_path, kind):
    image = tmp_path / "flash"
    copier = FlashCopier(image, kind)
    bring(copier, version(1), name="old")
    before = tmp_path / "before"
    shutil.copyfile(image, before)
    copier.recorded()
    bring(copier, version(2), name="new")
    programs = copier.recorded()
    found = FlashCopier(before, kind).cut_everywhere(programs)
    states = [json.loads(line) for line in dict.fromkeys(found)]
    assert states == [
        [1, 1, 1, {"name": "old"}],
        [2, 2, 2, {"name": "old"}],  # settings are one file, the runtime is another
        [2, 2, 2, {"name": "new"}],
    ]


@pytest.mark.parametrize("kind", ["lfs2", "fat"])
def test_the_first_installation_leaves_the_users_program_or_a_node(tmp_path, kind):
    image = tmp_path / "flash"
    copier = FlashCopier(image, kind)
    copier.write({"/main.py": b"RAN = 'mine'\n", "/boot.py": b"BOOTED = True\n"})
    before = tmp_path / "before"
    shutil.copyfile(image, before)
    copier.recorded()
    bring(copier, version(1), name="new")
    programs = copier.recorded()
    found = FlashCopier(before, kind).cut_everywhere(programs)
    assert [json.loads(line) for line in dict.fromkeys(found)] == ["mine", [1, 1, 1, {"name": "new"}]]

"""The files that make a board a uockam node: where they are, and putting them into a folder."""

import filecmp
import shutil
from pathlib import Path

from .. import resources

PACKAGES = ("uockam", "device")
START = "main.py"  # what MicroPython runs after boot.py
START_TEXT = b"import device.main\ndevice.main.run()\n"


def copy_into(root: Path) -> None:
    """Make the packages in `root` equal to this computer's; a start file of its user's own is kept."""
    for name in PACKAGES:
        _mirror(resources.folder(name), root / name)
    start = root / START
    if not start.exists():
        start.write_bytes(START_TEXT)


def _mirror(source: Path, target: Path) -> None:
    wanted = {path.relative_to(source) for path in source.rglob("*.py")}
    for path in target.rglob("*.py"):
        if path.relative_to(target) not in wanted:
            path.unlink()
    for relative in wanted:
        copy = target / relative
        if not copy.exists() or not filecmp.cmp(source / relative, copy, shallow=False):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / relative, copy)

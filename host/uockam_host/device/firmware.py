"""The files that make a board a uockam node, put into a folder that is the board's file system."""

import filecmp
import shutil
from pathlib import Path

from .. import resources

PACKAGES = ("uockam", "device")


def copy_into(root: Path) -> None:
    """Make the packages in `root` equal to this computer's; start files that are there already are kept.

    Raises HostError when this installation lacks them.
    """
    for name in PACKAGES:
        _mirror(name, root / name)
    for path in (resources.folder("device") / resources.START_FILES).glob("*.py"):
        if not (root / path.name).exists():
            shutil.copyfile(path, root / path.name)


def _mirror(name: str, target: Path) -> None:
    source = resources.folder(name)
    wanted = set(resources.board_files(name))
    for path in target.rglob("*.py"):
        if path.relative_to(target) not in wanted:
            path.unlink()
    for relative in wanted:
        copy = target / relative
        if not copy.exists() or not filecmp.cmp(source / relative, copy, shallow=False):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / relative, copy)

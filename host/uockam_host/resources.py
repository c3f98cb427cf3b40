"""Where the source for boards is on this computer: the same in a checkout, an editable install and a wheel."""

from pathlib import Path

import uockam

from .errors import HostError

START_FILES = "start"  # folder inside `device` of what goes to the top of a board's file system
_CPYTHON = "_cpython"  # ending of the core's modules that no board can use

_HERE = Path(__file__).parent
_CORE = Path(uockam.__file__).parent  # the package itself is what goes onto a board
_PLACES = {
    "uockam": (_CORE,),
    "device": (_HERE / "_data" / "device", _CORE.parent / "device"),
    "boards": (_HERE / "_data" / "boards", _CORE.parent.parent / "boards"),
}


def folder(name: str) -> Path:
    """The folder of `uockam` (the core), `device` (what runs a board) or `boards` (what is known of each board).

    Raises HostError when the installation lacks it.
    """
    for place in _PLACES[name]:
        if place.is_dir():
            return place
    raise HostError(f"The folder '{name}' is missing from this installation of uockam", "Install uockam again")


def board_files(name: str) -> list[Path]:
    """What a board needs of the package `uockam` or `device`, relative to its folder: no file that is for CPython, and
    none of the START_FILES. Raises HostError.
    """
    top = folder(name)
    found = (path.relative_to(top) for path in sorted(top.rglob("*.py")))
    return [path for path in found if not path.stem.endswith(_CPYTHON) and START_FILES not in path.parts]

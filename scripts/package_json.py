"""Writes firmware/package.json, from which mip installs uockam on a board; `make package` runs it."""

import json
from pathlib import Path

import uockam
from uockam_host import resources

FILE = Path(__file__).parent.parent / "firmware" / "package.json"


def text() -> str:
    """The content: every file that a board needs, at its place."""
    paths = [f"{name}/{path.as_posix()}" for name in ("uockam", "device") for path in resources.board_files(name)]
    return json.dumps({"version": uockam.__version__, "urls": [[path, path] for path in paths]}, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())

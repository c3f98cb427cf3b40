"""Writes firmware/package.json, from which mip installs uockam on a board; `make package` runs it."""

import json
from pathlib import Path

import uockam
from uockam_host import resources

FILE = Path(__file__).parent.parent / "firmware" / "package.json"

paths = [f"{name}/{path.as_posix()}" for name in ("uockam", "device") for path in resources.board_files(name)]
package = {"version": uockam.__version__, "urls": [[path, path] for path in paths]}
FILE.write_text(json.dumps(package, indent=1) + "\n")

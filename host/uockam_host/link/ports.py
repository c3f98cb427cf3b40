"""What the system knows about its serial ports."""

import os
from collections.abc import Iterator
from pathlib import Path


def names() -> list[str]:
    """Paths of the USB serial ports that are plugged in, sorted."""
    import serialx

    return sorted(str(info.device) for info in serialx.list_serial_ports() if info.vid is not None)


def exists(port: str) -> bool:
    """Whether the port is there; the address of a remote one always is."""
    return "://" in port or (port in names() if os.name == "nt" else os.path.exists(port))


def group_of(port: str) -> "str | None":
    """The group whose members may use the port; None where there is no such thing."""
    try:
        import grp

        found = os.stat(port)
        return grp.getgrgid(found.st_gid).gr_name if found.st_mode & 0o060 == 0o060 and found.st_gid else None
    except (ImportError, OSError, KeyError):
        return None


def users_of(port: str) -> list[tuple[int, str]]:
    """(process id, name) of other processes that have the port open, as far as the system lets us see."""
    import psutil

    found = []
    for pid in _holders(os.path.realpath(port)):
        try:
            found.append((pid, psutil.Process(pid).name()))
        except psutil.Error:
            continue
    return found


def _holders(path: str) -> Iterator[int]:
    """Linux tells by /proc; psutil leaves devices out of a process's open files."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            held = any(os.readlink(item) == path for item in (folder / "fd").iterdir())
        except OSError:  # somebody else's, or it has just ended
            continue
        if held and int(folder.name) != os.getpid():
            yield int(folder.name)

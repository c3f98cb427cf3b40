"""What Linux lets a user do with serial ports, read from its files; each function takes the root of the file system."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = "root"
MEMBER = "member"
NEXT_LOGIN = "next login"  # in the group by /etc/group, but not in this session
OUTSIDE = "outside"

_GROUPS = ("dialout", "uucp")  # of serial ports: Debian, Ubuntu, Fedora; Arch, SUSE
_RULES = ("etc/udev/rules.d", "run/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d")


@dataclass(frozen=True)
class User:
    """Who runs this process: its name, its number, the numbers of the groups of its session."""

    name: str
    uid: int
    gids: frozenset[int]

    @classmethod
    def now(cls) -> "User":
        """This process; a user without a name or number where the system has none."""
        if not hasattr(os, "getuid"):
            return cls("", -1, frozenset())
        import pwd

        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            name = ""
        return cls(name, os.geteuid(), frozenset([*os.getgroups(), os.getegid()]))


def serial_group(root: Path, user: User) -> tuple[str, str]:
    """(what the user is to the group of serial ports, its name)."""
    found = {name: (gid, members) for name, gid, members in _groups(root) if name in _GROUPS}
    name = next((group for group in _GROUPS if group in found), _GROUPS[0])
    gid, members = found.get(name, (-1, []))
    if user.uid == 0:
        return ROOT, name
    if gid in user.gids:
        return MEMBER, name
    return (NEXT_LOGIN if user.name in members else OUTSIDE), name


def has_rules(root: Path, word: str, others: Iterable[str]) -> bool:
    """Whether for each of the others there is a udev rule that has it and the word, on one line."""
    lines = [line.lower() for line in _rules(root) if word.lower() in line.lower()]
    return all(any(other in line for line in lines) for other in others)


def runs(root: Path, program: str) -> bool:
    """Whether a process of this name runs."""
    return any(_text(path).strip() == program for path in _files(root / "proc", "[0-9]*/comm"))


def _groups(root: Path) -> Iterator[tuple[str, int, list[str]]]:
    for line in _text(root / "etc/group").splitlines():
        name, _, rest = line.partition(":")
        _, gid, members = [*rest.split(":"), "", "", ""][:3]
        if gid.isdigit():
            yield name, int(gid), members.split(",")


def _rules(root: Path) -> Iterator[str]:
    for folder in _RULES:
        for path in _files(root / folder, "*.rules"):
            yield from (line for line in _text(path).splitlines() if not line.lstrip().startswith("#"))


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:  # it may not be read
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has just ended, or is somebody else's
        return ""

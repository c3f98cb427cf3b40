"""`uockam device files`: the files of a board."""

import sys
from pathlib import Path
from typing import Any

import click

from ...device import filing, live
from ...device.copier import Entry
from ..options import Group
from ..output import Output, block, is_terminal
from ..progress import progress
from .target import route_options

_PATH = click.argument("path", default="/", metavar="[PATH]")


@click.group(cls=Group)
def files() -> None:
    """List, read, write and remove the files of a board.

    Its node goes on running.

    Paths begin at the top of the board's file system. A board whose port no node has is asked at its prompt.

    \b
    Examples:
      uockam device files ls
      uockam device files put app.py
      uockam device files get /uockam.json -
    """


@files.command()
@_PATH
@route_options
@click.pass_obj
def ls(output: Output, path: str, place: live.Place) -> None:
    """List a folder.

    \b
    Example:
      uockam device files ls /lib --at pico1
    """
    path = filing.clean(path)
    with live.open_files(place) as copier:
        entry = filing.look(copier, path)
        found = copier.ls(path) if entry.is_folder else [entry]
    output.show(block([_line(one) for one in found]) if found else block(["(empty)"]), [_data(one) for one in found])


@files.command()
@_PATH
@route_options
@click.pass_obj
def tree(output: Output, path: str, place: live.Place) -> None:
    """List a folder and all folders in it.

    \b
    Example:
      uockam device files tree /
    """
    path = filing.clean(path)
    with live.open_files(place) as copier:
        filing.look(copier, path)
        found = list(filing.walk(copier, path))
    depth = len(path.rstrip("/").split("/"))
    lines = [_line(entry, len(inner.split("/")) - depth - 1) for inner, entry in found]
    output.show(block(lines or ["(empty)"]), [{"path": inner, **_data(entry)} for inner, entry in found])


@files.command()
@click.argument("path", metavar="PATH")
@click.argument("local", required=False, metavar="[LOCAL]", type=click.Path(path_type=Path, allow_dash=True))
@route_options
@click.pass_obj
def get(output: Output, path: str, local: Path | None, place: live.Place) -> None:
    """Copy a file or a folder from the board; LOCAL `-` prints a file.

    \b
    Examples:
      uockam device files get /uockam.json -
      uockam device files get /lib backup
    """
    with live.open_files(place) as copier:
        if local == Path("-"):
            _print(output, copier.get(filing.clean(path)))
            return
        transfers = filing.from_board(copier, path, local)
        with progress(output, sum(one.size for one in transfers), f"Reading {path}") as step:
            done = [filing.get(copier, one, step) for one in transfers]
    _report(output, done)


@files.command()
@click.argument("local", metavar="LOCAL", type=click.Path(path_type=Path))
@click.argument("path", required=False, metavar="[PATH]")
@route_options
@click.pass_obj
def put(output: Output, local: Path, path: str | None, place: live.Place) -> None:
    """Copy a file or a folder to the board.

    What is the same there already is left alone.

    A file appears whole under its name, or the former one stays.

    \b
    Examples:
      uockam device files put app.py
      uockam device files put lib /lib
    """
    with live.open_files(place) as copier:
        transfers = filing.to_board(copier, local, path)
        with progress(output, sum(one.size for one in transfers), f"Writing {local}") as step:
            done = [filing.put(copier, one, step) for one in transfers]
    _report(output, done)


@files.command()
@click.argument("path_list", metavar="PATH...", nargs=-1, required=True)
@click.option("-r", "--recursive", is_flag=True, help="Remove folders with all that is in them.")
@route_options
@click.pass_obj
def rm(output: Output, path_list: tuple[str, ...], recursive: bool, place: live.Place) -> None:
    """Remove files, and folders with --recursive.

    \b
    Example:
      uockam device files rm /app.py
    """
    with live.open_files(place) as copier:
        for path in path_list:
            filing.remove(copier, path, recursive)
    output.done([f"Removed {', '.join(path_list)}"], {"removed": [filing.clean(path) for path in path_list]})


def _line(entry: Entry, depth: int = 0) -> str:
    size = "" if entry.is_folder else str(entry.size)
    return f"{size:>8}  {'  ' * depth}{entry.name}{'/' if entry.is_folder else ''}"


def _data(entry: Entry) -> dict[str, Any]:
    return {"name": entry.name, "is_folder": entry.is_folder, "size": None if entry.is_folder else entry.size}


def _report(output: Output, done: list[filing.Copied]) -> None:
    lines = [f"{one.path} ({one.size} bytes{'' if one.changed else ', unchanged'})" for one in done]
    data = [{"path": one.path, "size": one.size, "changed": one.changed} for one in done]
    output.done(lines or ["There was nothing to copy"], data)


def _print(output: Output, data: bytes) -> None:
    if is_terminal(sys.stdout):
        output.reply(data.decode(errors="replace"), data.decode(errors="replace"))
    else:
        sys.stdout.buffer.write(data)

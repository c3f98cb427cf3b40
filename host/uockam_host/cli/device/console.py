"""`uockam device console`: the terminal becomes that of a board."""

import sys
import threading

import click

from ...device import live
from ...errors import HostError, MessageError
from .. import keyboard
from ..options import Command
from ..output import Output, is_terminal
from .target import board_options

_LEAVE = b"\x1d"  # Ctrl-]
_PROMPT = b">>> "


@click.command(cls=Command)
@board_options
@click.pass_obj
def console(output: Output, at: str | None, port: str | None) -> None:
    """Watch what a board prints, and type to it.

    Its node keeps the port.

    Ctrl-C stops the board's node and gives its prompt. Ctrl-] leaves, and starts the node again. Several may watch at a
    time. In a pipe it prints what the board prints, until it is interrupted.

    \b
    Examples:
      uockam device console
      uockam device console --at pico1
    """
    name = live.node_of(at, port)
    with live.Watching(name) as watching:
        if is_terminal(sys.stdin) and is_terminal(sys.stdout):
            _converse(output, watching)
        else:
            _print_all(output, watching)


def _print_all(output: Output, watching: live.Watching) -> None:
    for kind, data in watching:
        if kind == live.TEXT:
            write(data)
        else:
            _tell_state(output, watching.name, data)


def _converse(output: Output, watching: live.Watching) -> None:
    left = threading.Event()
    with keyboard.raw():
        output.hint(f"Board of {watching.name}. Ctrl-C stops its node and gives the prompt, Ctrl-] leaves")
        threading.Thread(target=_type, args=(watching, left), daemon=True).start()
        shown = b""  # the end of it
        try:
            for kind, data in watching:
                if kind == live.TEXT:
                    write(data)
                    shown = (shown + data)[-len(_PROMPT) :]
                elif kind == live.FAREWELL:
                    break
                elif data and shown != _PROMPT:  # which says more
                    write(f"\r\n[{data.decode(errors='replace')}]\r\n".encode())
        except MessageError:
            if not left.is_set():
                raise
    _after(output, watching.name, data)


def _type(watching: live.Watching, left: threading.Event) -> None:
    """Until Ctrl-], or the end of the keyboard."""
    keys = b"-"
    while keys:
        keys, mark, _ = (keyboard.read() or _LEAVE).partition(_LEAVE)
        if keys:
            watching.type(keys)
        if mark:
            break
    left.set()
    watching.leave()


def _after(output: Output, name: str, reason: bytes) -> None:
    click.echo("\r", err=True)
    if reason:
        raise HostError(f"The node of the board is not back: {reason.decode(errors='replace')}", _START.format(name))
    output.note(f"Left the console; the board's node {name} runs")


_START = "Run `uockam node stop {0}` and `uockam node start {0}`"


def _tell_state(output: Output, name: str, reason: bytes) -> None:
    if reason:
        output.warn(f"The board of {name} does not answer: {reason.decode(errors='replace')}")


def write(data: bytes) -> None:
    """What a board printed, as it is: a prompt with colours and arrow keys needs its escapes."""
    sys.stdout.buffer.write(data)
    sys.stdout.flush()

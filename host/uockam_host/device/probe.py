"""Asking what is at a serial port: a prompt shows itself after one Ctrl-B, and a uockam node answers a call.

Neither ends what runs on the board. Opening the port asserts DTR and RTS together and leaves them so, which boards with
USB of their own do not take for a reset.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from uockam import api
from uockam.errors import Error
from uockam.flow import Flow
from uockam.node import Node
from uockam.services.manager import ADDRESS as MANAGER
from uockam.services.manager import NODE_STATUS
from uockam.transport.connection import OUTGOING, Connection
from uockam.transport.serial import Serial, SerialLink

from ..errors import HostError
from ..link.serial import SerialLine, open_port
from .discover import MICROPYTHON, SILENT, UOCKAM
from .repl import FRIENDLY, PROMPT, Repl

_SHOW_S = 0.5  # a prompt shows itself within this time
_ANSWER_S = 2.0  # a node that runs answers one of the first calls, made within 0.8 s
_ASK_MS = 3000
_BANNER = re.compile(rb"MicroPython v?([\w.-]+)[^;\r\n]*; ([^\r\n]+)")


@dataclass(frozen=True)
class Answer:
    """state: of discover.py; machine: what MicroPython says of its board."""

    state: str
    machine: str = ""
    micropython: str = ""
    node: str = ""
    version: str = ""
    detail: str = ""


def look_at(ports: Sequence[str]) -> "dict[str, Answer | HostError]":
    """What is at each of the ports, or the error of opening it; all at the same time."""

    async def every() -> "list[Answer | HostError]":
        return list(await asyncio.gather(*map(look, ports)))

    return dict(zip(ports, asyncio.run(every()), strict=True))


async def look(port: str) -> "Answer | HostError":
    """What is at the port, or the error of opening it."""
    try:
        line = await open_port(port)
    except HostError as error:
        return error
    try:
        return await _at_prompt(line) or await _node(line) or Answer(SILENT, detail="it does not answer")
    finally:
        line.close()
        await line.ended.wait()


async def _at_prompt(line: SerialLine) -> "Answer | None":
    repl = Repl(line, lambda text: None)
    line.write(FRIENDLY)
    shown = await repl.until(PROMPT, _SHOW_S)
    if shown is None:
        return None
    banner = _BANNER.search(shown)
    version, machine = (part.decode(errors="replace") for part in banner.groups()) if banner else ("", "")
    return Answer(MICROPYTHON, machine, version, detail="at its prompt")


async def _node(line: SerialLine) -> "Answer | None":
    """Call the board's node, ask it what it is, and hang up."""
    node = Node("probe")
    linked: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()

    def on_up(link: SerialLink) -> Connection:
        connection = Connection(node, link, Flow(), OUTGOING)
        if not linked.done():
            linked.set_result(connection)
        return connection

    line.receiver = serial = Serial(node.runner, line, on_up)
    serial.start()
    try:
        return await _introduced(node, await asyncio.wait_for(linked, _ANSWER_S))
    except asyncio.TimeoutError:
        return None
    except Error as error:
        return Answer(UOCKAM, detail=f"its node does not say what it is: {error}")
    finally:
        serial.close()
        await node.stop()


async def _introduced(node: Node, connection: Connection) -> Answer:
    from ..node.board import DETAILS

    status: dict[str, Any] = NODE_STATUS.unpack(await _get(node, connection, "node"))
    details: dict[str, Any] = DETAILS.unpack(await _get(node, connection, "node/board"))
    machine, micropython, version = (details[name] or "" for name in ("machine", "micropython", "uockam"))
    return Answer(UOCKAM, machine, micropython, status["name"], version)


async def _get(node: Node, connection: Connection, path: str) -> Any:
    request = api.encode_request(1, api.GET, path)
    answer = await node.ask_message((connection.address, MANAGER), request, _ASK_MS)
    response = api.decode_response(answer.payload)
    if response.status != api.OK:
        raise HostError(api.error_text(response.body))
    return response.body

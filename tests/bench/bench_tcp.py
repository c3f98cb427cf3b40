"""Echo over loopback TCP: a node of ours beside a bare asyncio echo of the same bytes and a node of the real Ockam."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack

import commands
from measure import Figures, Table, alternate, figure
from peers import (
    BENCH,
    FIRMWARE,
    free_port,
    micropython,
    micropython_command,
    micropython_environment,
    python_environment,
    running,
)
from raw_client import IN_FLIGHT, PAYLOAD_BYTES, RawClient

ROUND_TRIPS = 1000  # a round
MESSAGES = 10_240  # a round
BARE = "bare asyncio echo"
OURS = "uockam node"
REAL = "real Ockam node"
BARE_MICRO = "bare asyncio echo, MicroPython"
OURS_MICRO = "uockam node, MicroPython"


def run(seconds: float) -> Iterator[Table]:
    """Latency and throughput on CPython beside the real node, then the same on MicroPython."""
    with ExitStack() as stack:
        clients = {BARE: _echo(stack, "bare"), OURS: _echo(stack, "uockam")}
        program = stack.enter_context(commands.programs()).get(commands.REAL)
        if program is not None:
            clients[REAL] = _real(stack, program)
        yield from _tables(clients, BARE, seconds * 0.7)
    if micropython() is not None:
        with ExitStack() as stack:
            clients = {BARE_MICRO: _echo_micro(stack, "bare"), OURS_MICRO: _echo_micro(stack, "uockam")}
            yield from _tables(clients, BARE_MICRO, seconds * 0.3)


def _tables(clients: dict[str, RawClient], base: str, seconds: float) -> Iterator[Table]:
    rounds = alternate({side: lambda client=client: _round(client) for side, client in clients.items()}, seconds)
    title = f"echo of {PAYLOAD_BYTES} bytes over loopback TCP"
    yield Table(f"{title}, one at a time, p50", "us", figure("p50", rounds), base, "aim: within 3x of the bare echo")
    yield Table(f"{title}, one at a time, p99", "us", figure("p99", rounds), base)
    peer, note = (REAL, "aim: twice the real node") if REAL in clients else (base, "")
    yield Table(f"{title}, {IN_FLIGHT} in flight", "messages/s", figure("rate", rounds), peer, note)


def _round(client: RawClient) -> Figures:
    return {**client.one_at_a_time(ROUND_TRIPS), **client.many_at_a_time(MESSAGES)}


def _echo(stack: ExitStack, kind: str) -> RawClient:
    return _connect(stack, [sys.executable], python_environment(), kind)


def _echo_micro(stack: ExitStack, kind: str) -> RawClient:
    return _connect(stack, micropython_command(), micropython_environment(FIRMWARE), kind)


def _connect(stack: ExitStack, interpreter: list[str], environment: dict[str, str], kind: str) -> RawClient:
    port = free_port()
    stack.enter_context(running([*interpreter, str(BENCH / "echo_server.py"), kind, str(port)], environment))
    return _client(stack, f"127.0.0.1:{port}", kind != "bare")


def _real(stack: ExitStack, program: commands.Program) -> RawClient:
    program.ok("node create n1")
    return _client(stack, commands.listener(program, "n1"), True)


def _client(stack: ExitStack, address: str, version: bool) -> RawClient:
    client = RawClient(address, version)
    stack.callback(client.close)
    return client

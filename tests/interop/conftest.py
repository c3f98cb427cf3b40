"""One real node and two of ours, a host's and a board's, for all tests that leave them as they are."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache

import pytest

from .driven import Driven, start
from .programs import Program, ours, real

PAIRS = (("rust", "cpython"), ("cpython", "rust"), ("rust", "micropython"), ("micropython", "rust"))
OURS = (("cpython", "micropython"), ("micropython", "cpython"))


@pytest.fixture(scope="session")
def ockam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The real command, with the node r1 and a hop service there."""
    program = real(tmp_path_factory.mktemp("ockam"))
    try:
        program.ok("node create r1")
        program.ok("service start hop --at r1")
        yield program
    finally:
        program("node", "delete", "--all", "--yes")


@pytest.fixture(scope="session")
def uockam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Our command, with the nodes n1, of this computer, and v1, of a virtual board, and a hop service at each."""
    program = ours(tmp_path_factory.mktemp("uockam"))
    try:
        program.ok("node create n1")
        program.ok("node create v1 --board virtual")
        program.ok("service start hop --at n1")
        program.ok("service start hop --at v1")
        yield program
    finally:
        assert program("reset", "--yes").code == 0


@pytest.fixture(scope="session")
def r1(ockam: Program) -> str:
    """The route to the real node, as its `node show` has it."""
    return ockam.route("r1")


@pytest.fixture(scope="session")
def n1(uockam: Program) -> str:
    """The route to our host's node."""
    return uockam.route("n1")


@pytest.fixture(scope="session")
def v1(uockam: Program) -> str:
    """The route to our board's node."""
    return uockam.route("v1")


@pytest.fixture(params=["n1", "v1"])
def node(request: pytest.FixtureRequest) -> str:
    """The name of a node of ours: the test is run for each."""
    return str(request.param)


@pytest.fixture
def free_port() -> int:
    """A port for what cannot tell which one the system gave it."""
    return unused_port()


def unused_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def driven() -> Iterator[Callable[..., Driven]]:
    """Nodes that are driven by lines: each kind and number has one, which lasts for all tests."""
    with ExitStack() as stack:

        @cache
        def find(kind: str, number: int = 1) -> Driven:
            return stack.enter_context(closing(start(kind, unused_port())))

        yield find


@pytest.fixture(params=PAIRS + OURS, ids="-".join)
def pair(request: pytest.FixtureRequest, driven: Callable[..., Driven]) -> tuple[Driven, Driven]:
    """Who begins and who answers: one of them of Ockam's crates and the other ours, or ours on both interpreters."""
    begins, answers = request.param
    return driven(begins), driven(answers)

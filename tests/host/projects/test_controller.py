"""Asking a controller and an authority that answer as a test says."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam import api, cbor
from uockam.errors import ProtocolError
from uockam.identifier import identifier_text
from uockam.message import Message
from uockam.node import Node
from uockam.secure.workers import SecureChannels
from uockam.services.requests import Requests
from uockam.transport.tcp import Tcp
from uockam_host import identities
from uockam_host.errors import ApiError, MessageError
from uockam_host.projects import authority
from uockam_host.projects.address import Orchestrator
from uockam_host.projects.controller import Controller
from uockam_host.projects.errors import ProjectError

from ...lib.patience import PATIENCE_S
from . import worked

Answers = dict[tuple[str, int, str], Callable[[Any], Any]]  # by worker, method and path


class Scripted(Requests):
    """A worker that answers as `answers` say, and 404 otherwise; it notes what it was asked."""

    def __init__(self, name: str, answers: Answers, asked: list[tuple[str, int, str]]) -> None:
        super().__init__()
        self._name = name
        self._answers = answers
        self._asked = asked

    async def _dispatch(self, request: api.Request, message: Message) -> object:
        key = (self._name, request.method, request.path)
        self._asked.append(key)
        answer = self._answers.get(key)
        if answer is None:
            raise api.Reject(api.NOT_FOUND, "no such thing")
        return answer(request.body)


class Server:
    """A node in a thread of its own, since commands run an event loop themselves."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.asked: list[tuple[str, int, str]] = []
        self.route = ""
        self._up = threading.Event()
        self._end: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        identities.ensure()
        self.keys, self.identifier = identities.open_keys(identities.create("server").identity.name)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        node = Node()
        await SecureChannels(node, self.keys, self.identifier).listen("api")
        for name in ("spaces", "projects", "version_info", "auth0_authenticator"):
            await node.start_worker(name, Scripted(name, self.answers, self.asked))
        port = (await Tcp(node).listen()).address.rpartition(":")[2]
        self.route = f"/dnsaddr/localhost/tcp/{port}/service/api"
        self._up.set()
        await self._end.wait()
        await node.stop()

    def start(self) -> None:
        self._thread.start()
        assert self._up.wait(PATIENCE_S)

    def stop(self) -> None:
        assert self._loop is not None
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    @property
    def orchestrator(self) -> Orchestrator:
        return Orchestrator(self.route, identifier_text(self.identifier), "http://127.0.0.1:1")


@pytest.fixture
def server(home: object) -> Iterator[Server]:
    one = Server()
    one.start()
    yield one
    one.stop()


def unready(**more: Any) -> dict[int, Any]:
    body = {key: value for key, value in worked.PROJECT_BODY.items() if key not in (8, 9, 10, 17)}
    return {**body, 5: "", **{int(key[1:]): value for key, value in more.items()}}


GET, POST, DELETE = api.GET, api.POST, api.DELETE
CREATE = ("projects", POST, "/v1/spaces/s1/projects")
SHOW = ("projects", GET, f"/v0/{worked.ID}")
OPERATION = ("projects", GET, "/v1/operations/op")


def test_paths_and_bodies_are_those_of_the_notes(server: Server) -> None:
    server.answers.update(
        {
            ("spaces", GET, "/v0/"): lambda body: [worked.SPACE_BODY],
            ("projects", GET, "/v0"): lambda body: [worked.PROJECT_BODY],
            ("version_info", GET, ""): lambda body: {1: "0.1.0", 2: "0.2.0"},
            ("auth0_authenticator", POST, "v0/enroll"): lambda body: None if body == {1: 0, 2: "tok"} else 1 / 0,
            ("spaces", POST, "/v0/"): lambda body: {**worked.SPACE_BODY, 2: body[1], 3: body[2]},
            ("spaces", DELETE, "/v0/s1"): lambda body: None,
            ("projects", DELETE, "/v0/s1/p1"): lambda body: None,
        }
    )
    controller = Controller(server.orchestrator)
    controller.enroll("tok")
    assert controller.spaces()[0].name == "demo-space"
    assert controller.projects()[0].identity == worked.IDENTITY
    assert controller.versions() == ("0.1.0", "0.2.0")
    assert controller.create_space("lab", ["a@b.c"]).users == ("a@b.c",)
    controller.delete_space("s1")
    controller.delete_project("s1", "p1")


def test_a_project_that_is_ready_at_once_is_not_asked_for_again(server: Server) -> None:
    server.answers[CREATE] = lambda body: worked.PROJECT_BODY if body == {1: "default", 3: []} else None
    assert Controller(server.orchestrator).create_project("s1", "default").ready
    assert server.asked == [CREATE]


def test_a_project_is_waited_for_until_it_is_ready(server: Server) -> None:
    bodies = [unready(_15="op"), unready(), worked.PROJECT_BODY]
    server.answers[CREATE] = lambda body: unready(_15="op")
    server.answers[SHOW] = lambda body: bodies.pop(0)
    slept: list[float] = []
    assert Controller(server.orchestrator).create_project("s1", "default", slept.append).ready
    assert server.asked == [
        CREATE,
        OPERATION,
        SHOW,
        OPERATION,
        SHOW,
        SHOW,
    ]  # an operation that is not there yet is fine
    assert len(slept) == 3


def test_a_project_that_could_not_be_made_is_an_error(server: Server) -> None:
    server.answers[CREATE] = lambda body: unready(_15="op")
    server.answers[OPERATION] = lambda body: {1: "op", 2: 2}
    with pytest.raises(ProjectError, match="could not be made"):
        Controller(server.orchestrator).create_project("s1", "default", lambda seconds: None)


def test_what_the_controller_says_against_it_is_told(server: Server) -> None:
    with pytest.raises(ApiError, match="No such thing"):
        Controller(server.orchestrator).space("s1")


def test_answers_without_sense_are_errors(server: Server) -> None:
    for answer in (None, 1, [1], {1: 2}):
        server.answers["spaces", GET, "/v0/"] = lambda body, answer=answer: answer
        with pytest.raises(MessageError, match="The controller sent"):
            Controller(server.orchestrator).spaces()


def test_a_controller_with_another_identity_is_not_trusted(server: Server) -> None:
    other = Orchestrator(server.route, f"I{'0' * 64}", "http://127.0.0.1:1")
    with pytest.raises(MessageError, match="is not trusted here"):
        Controller(other).spaces()
    assert server.asked == []


def test_a_controller_that_is_away_is_an_error_with_its_cause(server: Server) -> None:
    gone = Orchestrator("/ip4/127.0.0.1/tcp/1/service/api", identifier_text(server.identifier), "http://127.0.0.1:1")
    with pytest.raises(MessageError, match="refused"):
        Controller(gone).spaces()


ENTRY = {1: {tuple(b"role"): list(b"member")}, 2: 5, 4: bytes(32)}


def test_the_members_of_an_authority_are_read() -> None:
    (member,) = authority._members({bytes(32): ENTRY})
    assert (member.attributes, member.added_at, member.attested_by) == ({"role": "member"}, 5, f"I{'0' * 64}")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.text(max_size=5) | st.binary(max_size=33),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 5) | st.binary(max_size=33), inner),
    max_leaves=6,
)


@given(_VALUES, st.sampled_from([1, 2, 3, 4]), _VALUES)
def test_any_answer_of_an_authority_is_read_or_refused(body: object, field: int, value: object) -> None:
    for members in (body, {bytes(32): {**ENTRY, field: value}}):
        with suppress(ProtocolError):
            authority._members(members)
    with suppress(ProtocolError):
        authority._identifiers(body)


@given(st.binary(max_size=60))
def test_any_bytes_of_an_authority_are_read_or_refused(data: bytes) -> None:
    with suppress(ProtocolError):
        authority._members(cbor.decode(b"\xa1\x58\x20" + bytes(32) + data))

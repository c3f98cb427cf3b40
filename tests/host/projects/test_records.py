"""Spaces and projects out of a controller's answers and out of JSON."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam.errors import ProtocolError
from uockam_host.projects.records import PROJECT, Project, Role, Space

from . import worked


def test_the_space_of_the_notes_is_read():
    space = Space.of_body(worked.SPACE_BODY)
    assert (space.id, space.name, space.users) == (worked.SPACE_ID, "demo-space", ("ada@example.com",))
    assert space.to_dict()["subscription"]["name"] == "Gold"


def test_the_project_of_the_notes_is_read_and_its_histories_are_right():
    project = Project.of_body(worked.PROJECT_BODY)
    node, authority = project.proven()
    assert project.ready
    assert (project.identity, node.identifier.hex()) == (worked.IDENTITY, worked.IDENTITY[1:])
    assert authority.identifier.hex() == worked.AUTHORITY[1:]
    assert project.user_roles == (Role("ada@example.com", 1, "Admin", "Project"),)


def test_a_letter_of_an_e_mail_may_be_large_or_small():
    project = Project.of_body(worked.PROJECT_BODY)
    assert project.is_admin("Ada@Example.com")
    assert not project.is_admin("bob@example.com")


def test_what_json_says_of_a_project_is_read_again():
    project = Project.of_body(worked.PROJECT_BODY)
    values = json.loads(json.dumps(project.to_dict()))
    assert list(values)[:4] == ["id", "name", "space_name", "access_route"]
    assert values["user_roles"] == [{"email": "ada@example.com", "id": 1, "role": "Admin", "scope": "Project"}]
    assert Project.of_json(values) == project


def test_a_project_that_is_not_up_yet_has_no_route_and_is_not_ready():
    body = {**worked.PROJECT_BODY, 5: "", 15: "op"}
    del body[8], body[9], body[10], body[17]
    project = Project.of_body(body)
    assert not project.ready
    assert (project.access_route, project.operation_id) == ("", "op")
    assert project.to_dict()["identity"] is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (1, ""),
        (1, "a/b"),
        (2, "a,b"),
        (2, "x" * 300),
        (5, "/service/api"),
        (5, "/dnsaddr/localhost/tcp/4400/node/n1"),
        (5, "nonsense"),
        (8, b"short"),
        (6, ["a"] * 2000),
        (6, [1]),
        (16, [{1: "a", 2: 1, 3: 9, 4: 0}]),
        (16, [{1: "a"}]),
        (13, "line\nfeed"),
    ],
)
def test_a_project_that_makes_no_sense_is_refused(key: int, value: object):
    with pytest.raises(ProtocolError):
        Project.of_body({**worked.PROJECT_BODY, key: value})


@pytest.mark.parametrize(
    "change",
    [
        {"project_change_history": worked.AUTHORITY_HISTORY},
        {"project_change_history": worked.HISTORY[:-1] + "f"},
        {"project_change_history": "zz"},
        {"authority_identity": worked.AUTHORITY_HISTORY[:-2] + "ff"},
        {"authority_identity": ""},
    ],
)
def test_a_project_whose_histories_are_not_right_is_not_proven(change: dict[str, str]):
    values = {**Project.of_body(worked.PROJECT_BODY).to_dict(), **change}
    with pytest.raises(ProtocolError):
        Project.of_json(values).proven()


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 5) | st.text(max_size=5), inner),
    max_leaves=8,
)
_NUMBERS = [number for number, *_ in PROJECT.fields]


@given(st.dictionaries(st.sampled_from(_NUMBERS), _VALUES, max_size=6))
def test_any_body_is_a_project_or_refused(changes: dict[int, object]):
    with suppress(ProtocolError):
        project = Project.of_body({**worked.PROJECT_BODY, **changes})
        assert Project.of_json(json.loads(json.dumps(project.to_dict()))) == project


@given(_VALUES | st.dictionaries(st.sampled_from([name for _, name, *_ in PROJECT.fields]), _VALUES))
def test_any_json_is_a_project_or_refused(values: object):
    if isinstance(values, dict):
        values = {**Project.of_body(worked.PROJECT_BODY).to_dict(), **values}
    with suppress(ProtocolError):
        Project.of_json(values).proven()


@given(_VALUES)
def test_any_body_is_a_space_or_refused(value: object):
    with suppress(ProtocolError):
        Space.of_body({**worked.SPACE_BODY, 4: value})
        Space.of_body(value)

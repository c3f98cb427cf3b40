"""What is remembered of spaces, projects, people and credentials."""

from dataclasses import replace

import pytest

from uockam_host.errors import StateError
from uockam_host.projects.records import Project, Role, Space
from uockam_host.state.database import Database
from uockam_host.state.people import Credentials, EnrollmentRecord, People, UserRecord
from uockam_host.state.projects import Projects, Spaces

ONE = Project("id1", "default", "space", "/dnsaddr/localhost/tcp/1/service/api", ("a@b.c",), "s1", version="1")
TWO = Project("id2", "other", user_roles=(Role("a@b.c", 1, "Admin", "Project"),), running=True)


@pytest.fixture
def database():
    with Database() as opened:
        yield opened


def test_a_project_is_found_by_its_name_and_by_its_id(database):
    projects = Projects(database)
    projects.put(ONE)
    projects.put(TWO)
    assert (projects.get("default"), projects.get("id2"), projects.get("nobody")) == (ONE, TWO, None)
    assert (projects.all(), projects.names()) == ([ONE, TWO], ["default", "other"])


def test_the_first_project_is_the_default_until_another_one_is(database):
    projects = Projects(database)
    assert projects.default() is None
    projects.put(ONE)
    projects.put(TWO)
    assert projects.default() == ONE
    projects.set_default("id2")
    assert projects.default() == TWO
    projects.delete("id2")
    assert projects.default() == ONE


def test_a_project_that_is_put_again_keeps_its_mark_and_its_place(database):
    projects = Projects(database)
    projects.put(ONE)
    projects.put(TWO)
    renamed = replace(ONE, name="new")
    projects.put(renamed)
    assert (projects.default(), projects.all()) == (renamed, [renamed, TWO])


def test_of_two_projects_of_one_name_the_default_one_is_meant_else_the_latest(database):
    projects = Projects(database)
    twin = replace(TWO, name="default")
    projects.put(ONE)
    projects.put(twin)
    assert projects.get("default") == ONE
    projects.put(Project("id3", "first"))
    projects.set_default("id3")
    assert projects.get("default") == twin


def test_a_broken_entry_says_what_to_do(database):
    Projects(database).put(ONE)
    Spaces(database).put(Space("s1", "space"))
    with database.writing() as connection:
        connection.execute("UPDATE project SET body = '{}'")
        connection.execute("UPDATE space SET body = '{'")
    for read in (Projects(database).all, Spaces(database).default):
        with pytest.raises(StateError, match="cannot be read"):
            read()


def test_spaces_are_those_that_were_told_last(database):
    spaces = Spaces(database)
    one, two, three = (Space(f"s{number}", f"space{number}", ("a@b.c",), {"name": "Gold"}) for number in (1, 2, 3))
    spaces.replace([one, two])
    spaces.set_default("s2")
    spaces.replace([two, three])
    assert (spaces.all(), spaces.default()) == ([two, three], two)
    spaces.replace([one])
    assert (spaces.all(), spaces.default()) == ([one], one)
    spaces.delete("s1")
    assert spaces.default() is None


def test_people_and_the_identities_enrolled_for_them(database):
    people = People(database)
    user = UserRecord("Ada@example.com", "sub", "Ada", "ada", "", "", True)
    people.put_user(replace(user, email="ada@example.com"))
    people.put_user(user)
    people.put_enrollment(EnrollmentRecord("I1", "ada@example.com", 5.0))
    assert people.users() == [user]
    assert people.enrollment("I1") == EnrollmentRecord("I1", "ada@example.com", 5.0)
    assert people.enrollment("I2") is None


def test_a_credential_is_kept_until_it_expires(database):
    credentials = Credentials(database)
    credentials.put(b"a", b"s", 100, b"old")
    credentials.put(b"a", b"s", 200, b"new")
    assert credentials.get(b"a", b"s", 199) == b"new"
    assert credentials.get(b"a", b"s", 200) is None
    assert credentials.get(b"b", b"s", 0) is None
    credentials.forget(b"a", b"s")
    assert credentials.get(b"a", b"s", 0) is None

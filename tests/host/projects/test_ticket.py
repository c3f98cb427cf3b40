"""Tickets in each of their forms."""

import json
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam.errors import ProtocolError
from uockam_host.projects import ticket
from uockam_host.projects.records import Project

from . import worked

TICKET = ticket.Ticket(worked.CODE, Project.of_body(worked.PROJECT_BODY))
FORMS = {
    "plain": worked.TICKET,
    "hex": worked.TICKET.encode().hex(),
    "upper hex": worked.TICKET.encode().hex().upper(),
    "legacy": ticket.legacy(TICKET),
    "legacy JSON": json.dumps(ticket.legacy_dict(TICKET)),
    "JSON": json.dumps(ticket.to_dict(TICKET), indent=2),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_each_form_is_read(text: str):
    found = ticket.decode(text)
    project = found.project
    assert found.code == worked.CODE
    assert (project.id, project.name, project.identity) == (worked.ID, "default", worked.IDENTITY)
    assert (project.access_route, project.authority_access_route) == (worked.ROUTE, worked.AUTHORITY_ROUTE)
    assert project.ready


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_white_space_around_a_ticket_and_wrapped_lines_do_not_matter(text: str):
    wrapped = "\n".join(text[at : at + 80] for at in range(0, len(text), 80)) if "\n" not in text else text
    assert ticket.decode(f"  {wrapped}\r\n") == ticket.decode(text)


def test_the_plain_form_is_that_of_the_notes():
    assert ticket.plain(TICKET) == worked.TICKET
    assert bytes.fromhex(ticket.in_hex(TICKET)).decode() == worked.TICKET


def test_the_legacy_form_tells_nothing_of_people():
    project = ticket.legacy_dict(TICKET)["project"]
    assert (project["users"], project["user_roles"], project["space_id"]) == ([], [], "")
    assert project["version"] is project["running"] is project["operation_id"] is None


def test_a_bare_id_stands_for_a_project_at_the_hosted_service():
    line = ",".join(["abc", *worked.TICKET.split(",")[1:6]])
    project = ticket.decode(line.encode().hex()).project
    assert project.id == "abc"
    assert project.access_route == "/dnsaddr/abc.projects.orchestrator.ockam.io/tcp/443/service/abc/service/api"
    assert project.authority_access_route.endswith("/service/abc/service/authority/service/api")


def test_more_fields_than_are_known_are_left_alone():
    assert ticket.decode(worked.TICKET + ",more,still more") == ticket.decode(worked.TICKET)


@pytest.mark.parametrize("field", range(7))
def test_a_ticket_without_one_of_its_fields_is_refused(field: int):
    fields = worked.TICKET.split(",")
    fields[field] = ""
    if field == 6:  # which may be missing: it was before 0.150
        assert ticket.decode(",".join(fields)).project.authority_access_route
        return
    with pytest.raises(ProtocolError):
        ticket.decode(",".join(fields))


@pytest.mark.parametrize(
    "text", ["", " ", "ticket", "0", "00", "{", "{}", "[]", "{" * 5000, '{"project": 1}', "ff" * 99]
)
def test_what_is_no_ticket_is_refused(text: str):
    with pytest.raises(ProtocolError):
        ticket.decode(text)


def test_a_text_that_is_too_long_is_not_looked_at():
    with pytest.raises(ProtocolError, match="more than"):
        ticket.decode("0" * (ticket.MAX_TEXT + 1))


@given(st.sampled_from(list(FORMS.values())), st.integers(), st.integers(1, 5))
def test_a_ticket_that_was_changed_is_read_or_refused(text: str, seed: int, changes: int):
    chance = random.Random(seed)
    letters = list(text)
    for _ in range(changes):
        at = chance.randrange(len(letters))
        letters[at : at + chance.randrange(3)] = chance.choice(["", "0", ",", "/", '"', "}", "\x00", "é", "zz"])
    with suppress(ProtocolError):
        ticket.decode("".join(letters)).project.proven()


@given(st.text())
def test_any_text_is_a_ticket_or_refused(text: str):
    with pytest.raises(ProtocolError):
        ticket.decode(text)

"""Tickets: what makes an identity a member of a project, in each of the forms that Ockam has (controller.md 5).

A ticket names a project, how to reach and recognise it, and a code that works as often as its maker said.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from uockam import multiaddr
from uockam.errors import InvalidAddress, ProtocolError

from .records import MAX_HISTORY, Project

MAX_TEXT = 2 * (2 * MAX_HISTORY + 16_384)  # characters: two histories and the rest, twice as many in hex
_CODE_BYTES = 32
_FIELDS = 7
_FEWEST = 6  # before 0.150 the route of the authority could be left out
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_ID = re.compile(r"[A-Za-z0-9._-]+")
_HOSTED = "/dnsaddr/{id}.projects.orchestrator.ockam.io/tcp/443/service/{id}/service"  # what a bare id stood for


@dataclass(frozen=True)
class Ticket:
    """code: 32 bytes. project: as far as a ticket tells of it."""

    code: bytes
    project: Project


def decode(text: str) -> Ticket:
    """The ticket in a text of any of the forms, also when it was wrapped into lines. Raises ProtocolError.

    The histories in it are proven.
    """
    if len(text) > MAX_TEXT:
        raise ProtocolError(f"a ticket of more than {MAX_TEXT} characters")
    text = _out_of_hex("".join(line.strip() for line in text.splitlines()))
    ticket = _of_object(_object(text)) if text.startswith("{") else _of_line(text)
    ticket.project.proven()
    return ticket


def plain(ticket: Ticket) -> str:
    """One line, as Ockam Command 0.150 prints it."""
    project = ticket.project
    return ",".join(
        (
            project.access_route,
            project.identity,
            project.name,
            ticket.code.hex(),
            project.project_change_history,
            project.authority_identity,
            project.authority_access_route,
        )
    )


def in_hex(ticket: Ticket) -> str:
    """The plain line in hex."""
    return plain(ticket).encode().hex()


def to_dict(ticket: Ticket) -> dict[str, Any]:
    """The JSON of Ockam Command 0.150."""
    project = ticket.project
    return {
        "one_time_code": ticket.code.hex(),
        "project_route": {"id": project.id, "route": project.access_route},
        "project_identifier": project.identity,
        "project_name": project.name,
        "project_change_history": project.project_change_history,
        "authority_change_history": project.authority_identity,
        "authority_route": project.authority_access_route,
    }


def legacy_dict(ticket: Ticket) -> dict[str, Any]:
    """The JSON of Ockam Command before 0.150."""
    nobody = replace(
        ticket.project, space_name="", space_id="", users=(), user_roles=(), version="", running=None, operation_id=""
    )
    return {"one_time_code": ticket.code.hex(), "project": nobody.to_dict()}


def legacy(ticket: Ticket) -> str:
    """That JSON in hex."""
    return json.dumps(legacy_dict(ticket), separators=(",", ":")).encode().hex()


def _out_of_hex(text: str) -> str:
    if not _HEX.fullmatch(text):
        return text
    try:
        return bytes.fromhex(text).decode().strip()
    except UnicodeDecodeError:
        raise ProtocolError("a ticket in hex that is no text") from None


def _object(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("a ticket that is neither a line nor JSON") from None
    if not isinstance(values, dict):
        raise ProtocolError("a ticket whose JSON is no object")
    return values


def _of_object(values: dict[str, Any]) -> Ticket:
    if "project" in values:
        return Ticket(_code(values.get("one_time_code")), Project.of_json(values["project"]))
    route = values.get("project_route")
    if not isinstance(route, dict):
        raise ProtocolError("a ticket without a project")
    project = {
        "id": route.get("id"),
        "name": values.get("project_name"),
        "access_route": route.get("route"),
        "identity": values.get("project_identifier"),
        "project_change_history": values.get("project_change_history"),
        "authority_identity": values.get("authority_change_history"),
        "authority_access_route": values.get("authority_route"),
    }
    return Ticket(_code(values.get("one_time_code")), Project.of_json(project))


def _of_line(text: str) -> Ticket:
    fields = [field.strip() for field in text.split(",")]
    if len(fields) < _FEWEST:
        raise ProtocolError(f"a ticket of {len(fields)} fields instead of {_FIELDS}")
    where, identity, name, code, history, authority, *more = fields
    id_, route = (where, f"{_hosted(where)}/api") if _ID.fullmatch(where) else (_first_service(where), where)
    project = {
        "id": id_,
        "name": name,
        "access_route": route,
        "identity": identity,
        "project_change_history": history,
        "authority_identity": authority,
        "authority_access_route": more[0] if more and more[0] else f"{_hosted(id_)}/authority/service/api",
    }
    return Ticket(_code(code), Project.of_json(project))


def _hosted(id_: str) -> str:
    return _HOSTED.format(id=id_)


def _first_service(route: str) -> str:
    """What stands for the project's id in a line."""
    try:
        pairs = multiaddr.parse(route)
    except InvalidAddress as error:
        raise ProtocolError(f"a ticket with a wrong route: {error}") from error
    for name, value in pairs:
        if name == "service":
            return str(value)
    raise ProtocolError("a ticket whose route names no service")


def _code(text: object) -> bytes:
    if not isinstance(text, str) or len(text) != 2 * _CODE_BYTES or not _HEX.fullmatch(text):
        raise ProtocolError("a ticket without its code")
    return bytes.fromhex(text)

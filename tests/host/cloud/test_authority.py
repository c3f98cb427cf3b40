"""The authority of a project: members, tokens and credentials (secure.md 4.4, controller.md 6)."""

import asyncio
import time

import pytest

from uockam import api, cbor
from uockam.identifier import identifier_text
from uockam.secure import credential
from uockam_host.cloud.services.bodies import MAX_ATTRIBUTES
from uockam_host.cloud.tables.members import CREDENTIAL_LIFETIME_S

from .conftest import ADA, DELETE, GET, POST, PUT, Client, Project

ENROLLER = {"ockam_role": "enroller"}


async def ask(client: Client, project: Project, worker: str, method: int, path: str = "/", body=None, shows=()):
    return await client.ask(worker, method, path, body, at=project.authority, shows=shows)


async def ids(client: Client, project: Project) -> "set[bytes]":
    status, body = await ask(client, project, "direct_authenticator", GET, "/member_ids")
    assert status == 200, body
    return set(body)


async def ticket(client: Client, project: Project, attributes=None, uses=1) -> bytes:
    body = {1: attributes or {}, 3: uses}
    status, body = await ask(client, project, "enrollment_token_issuer", POST, "/", body)
    assert status == 200, body
    return body[1]


async def accept(client: Client, project: Project, code: bytes) -> int:
    status, body = await ask(client, project, "enrollment_token_acceptor", POST, "/", {1: code})
    assert status == 200 or body[3]
    return int(status)


async def test_an_administrator_is_a_member_by_that(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        issued = await project.credential(ada)
        assert issued.credential.subject == ada.identifier
        assert issued.credential.attributes == {
            b"ockam-role": b"enroller",
            b"ockam-relay": b"*",
            b"trust_context_id": project.id.encode(),
        }
        assert issued.credential.expires_at - issued.credential.created_at == CREDENTIAL_LIFETIME_S
        assert await ids(ada, project) == {ada.identifier}


async def test_a_member_gets_its_attributes_in_a_credential_and_a_stranger_gets_none(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project, role="sensor")
        shown = (await project.credential(member)).credential.attributes
        assert shown == {b"role": b"sensor", b"trust_context_id": project.id.encode()}
        status, body = await ask(cloud.client(), project, "credential_issuer", POST)
        assert (status, "ticket" in body[3]) == (api.FORBIDDEN, True)


async def test_adding_a_member_again_replaces_its_attributes(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project, role="sensor")
        body = {1: member.identifier, 2: {"floor": "2"}}
        assert await ask(ada, project, "direct_authenticator", POST, "/members", body) == (200, None)
        status, entry = await ask(
            ada, project, "direct_authenticator", GET, f"/members/{identifier_text(member.identifier)}"
        )
        assert status == 200
        assert entry[4] == ada.identifier
        assert (await project.credential(member)).credential.attributes[b"floor"] == b"2"


async def test_the_attributes_of_a_listed_member_are_arrays_of_numbers(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project, a="b")
        channel = await ada.channel(project.authority)
        payload = await ada.node.ask((channel.address, "direct_authenticator"), api.encode_request(1, GET, "/"))
        assert cbor.encode(member.identifier) + bytes.fromhex("a301a1811861811862") in payload


async def test_only_enrollers_manage_members_and_tokens(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project)
        name = f"/{identifier_text(ada.identifier)}"
        for who in (member, cloud.client()):
            for worker, method, path, body in (
                ("direct_authenticator", GET, "/", None),
                ("direct_authenticator", GET, "/member_ids", None),
                ("direct_authenticator", GET, name, None),
                ("direct_authenticator", POST, "/", {1: who.identifier, 2: {"ockam-relay": "*"}}),
                ("direct_authenticator", DELETE, name, None),
                ("direct_authenticator", DELETE, "/members", None),
                ("enrollment_token_issuer", POST, "/", {1: {}}),
            ):
                status, answer = await ask(who, project, worker, method, path, body)
                assert (status, answer[3].startswith("Non-enroller")) == (api.FORBIDDEN, True)


async def test_an_enroller_makes_members_and_only_an_administrator_makes_enrollers(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        enroller = await cloud.member(ada, project, **ENROLLER)
        other = await cloud.member(ada, project, **ENROLLER)
        member = await cloud.member(enroller, project, role="sensor")
        for worker, method, path, body in (
            ("direct_authenticator", POST, "/", {1: member.identifier, 2: {"ockam-role": "enroller"}}),
            ("direct_authenticator", POST, "/", {1: other.identifier, 2: {}}),
            ("direct_authenticator", DELETE, f"/{identifier_text(other.identifier)}", None),
            ("direct_authenticator", DELETE, f"/{identifier_text(ada.identifier)}", None),
            ("enrollment_token_issuer", POST, "/", {1: {"ockam-role": "enroller"}}),
        ):
            assert (await ask(enroller, project, worker, method, path, body))[0] == api.FORBIDDEN
        assert await ids(ada, project) == {each.identifier for each in (ada, enroller, other, member)}


async def test_deleting_all_spares_who_asks_administrators_and_other_enrollers(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        enroller, other = [await cloud.member(ada, project, **ENROLLER) for _ in range(2)]
        await cloud.member(enroller, project)
        assert await ask(enroller, project, "direct_authenticator", DELETE, "/members") == (200, None)
        assert await ids(ada, project) == {ada.identifier, enroller.identifier, other.identifier}


async def test_the_controller_attests_administrators_and_a_credential_outlives_no_administrator(running):
    async with running as cloud:
        ada, bob = await cloud.person(), await cloud.person("bob@example.com")
        project = await cloud.project(ada)
        await ada.ask("projects", PUT, f"/v0/{project.id}/admins/bob@example.com")
        issued = credential.decode(cbor.encode(await bob.get("accounts", f"/v0/project/{project.id}")))
        assert issued.credential.attributes == {b"project": project.id.encode()}
        assert (issued.credential.subject, issued.attestation.subject) == (bob.identifier, cloud.identifier)
        assert (await ask(bob, project, "direct_authenticator", GET, shows=(issued,)))[0] == 200
        await ada.ask("projects", DELETE, f"/v0/{project.id}/admins/bob@example.com")
        assert (await ask(bob, project, "direct_authenticator", GET, shows=(issued,)))[0] == api.FORBIDDEN


async def test_a_member_credential_makes_no_administrator(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project)
        shown = (await project.credential(member),)
        assert (await ask(member, project, "direct_authenticator", GET, shows=shown))[0] == api.FORBIDDEN


@pytest.mark.parametrize(
    "attributes",
    [
        {"project": "x"},
        {"identifier": "x"},
        {"has_credential": "true"},
        {"trust_context_id": "x"},
        {"": "x"},
        {"k" * 129: "x"},
        {"k": "x" * 129},
        {f"k{n}": "" for n in range(MAX_ATTRIBUTES + 1)},
        {"k": 1},
        {1: "k"},
    ],
)
async def test_attributes_that_mean_something_else_or_are_too_large_are_refused(running, attributes):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        for worker, body in (
            ("direct_authenticator", {1: bytes(32), 2: attributes}),
            ("enrollment_token_issuer", {1: attributes}),
        ):
            assert (await ask(ada, project, worker, POST, "/", body))[0] == api.BAD_REQUEST


async def test_a_token_makes_as_many_members_as_it_says(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        code = await ticket(ada, project, {"role": "sensor"}, uses=2)
        clients = [cloud.client() for _ in range(3)]
        assert [await accept(each, project, code) for each in clients] == [200, 200, api.FORBIDDEN]
        assert (await project.credential(clients[1])).credential.attributes[b"role"] == b"sensor"
        assert clients[2].identifier not in await ids(ada, project)


async def test_a_member_does_not_use_a_token_up(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        code = await ticket(ada, project)
        status, body = await ask(ada, project, "enrollment_token_acceptor", POST, "/credential", {1: code})
        assert (status, body[3]) == (api.FORBIDDEN, "Already a member")
        assert await accept(cloud.client(), project, code) == 200


async def test_a_token_ends_when_it_says_and_is_good_for_its_project_only(running, monkeypatch):
    async with running as cloud:
        ada = await cloud.person()
        project, other = await cloud.project(ada), await cloud.project(ada, "other")
        code = await ticket(ada, project)
        assert await accept(cloud.client(), other, code) == api.FORBIDDEN
        start = time.time
        monkeypatch.setattr(time, "time", lambda: start() + 601)
        assert await accept(cloud.client(), project, code) == api.FORBIDDEN


@pytest.mark.parametrize(
    "body", [{1: {}, 2: 0}, {1: {}, 3: 0}, {1: {}, 2: 1 << 40}, {1: {}, 3: 1 << 40}, {1: 5}, {}, []]
)
async def test_a_token_without_sense_is_refused(running, body):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        assert (await ask(ada, project, "enrollment_token_issuer", POST, "/", body))[0] == api.BAD_REQUEST


async def test_open_tokens_have_a_limit(running, monkeypatch):
    monkeypatch.setattr("uockam_host.cloud.services.tokens._MAX_TOKENS", 1)
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        await ticket(ada, project)
        assert (await ask(ada, project, "enrollment_token_issuer", POST, "/", {1: {}}))[0] == api.BAD_REQUEST


async def test_showing_or_removing_who_is_no_member_is_refused(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        for method in (GET, DELETE):
            path = f"/{identifier_text(bytes(32))}"
            assert (await ask(ada, project, "direct_authenticator", method, path))[0] == api.FORBIDDEN
            assert (await ask(ada, project, "direct_authenticator", method, "/Inot"))[0] == api.BAD_REQUEST


async def test_who_is_an_administrator_no_more_is_a_member_no_more(running):
    async with running as cloud:
        ada, bob = await cloud.person(), await cloud.person("bob@example.com")
        project = await cloud.project(ada)
        await ada.ask("projects", PUT, f"/v0/{project.id}/admins/bob@example.com")
        assert await project.credential(bob)
        assert await ada.ask("projects", DELETE, f"/v0/{project.id}/admins/bob@example.com") == (200, [{1: ADA}])
        assert (await ask(bob, project, "credential_issuer", POST))[0] == api.FORBIDDEN


async def test_who_is_an_administrator_no_more_loses_the_channel_with_the_project(running):
    async with running as cloud:
        ada, bob = await cloud.person(), await cloud.person("bob@example.com")
        project = await cloud.project(ada)
        for worker, id in (("projects", project.id), ("spaces", project.space_id)):
            await ada.ask(worker, PUT, f"/v0/{id}/admins/bob@example.com")
            channel = await project.channel(bob)
            assert await bob.node.ask((channel.address, "echo"), b"hello") == b"hello"
            lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            channel.on_lost = lost.set_result
            await ada.ask(worker, DELETE, f"/v0/{id}/admins/bob@example.com")
            await lost

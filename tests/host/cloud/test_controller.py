"""The controller: who is enrolled, spaces, projects, administrators; the statuses and shapes of controller.md 3."""

from typing import Any

import pytest

from uockam import api, multiaddr
from uockam.errors import Error

from .conftest import ADA, DELETE, GET, POST, PUT, Client


async def status_of(client: Client, worker: str, method: int, path: str, body: Any = None) -> int:
    status, answer = await client.ask(worker, method, path, body)
    assert status == 200 or answer[3], "a refusal says why"
    return int(status)


async def test_who_enrolls_for_the_first_time_gets_a_space_with_a_subscription(running):
    async with running as cloud:
        ada = await cloud.person()
        (space,) = await ada.get("spaces", "/v0/")
        assert len(space[2]) == 8
        assert (space[3], space[4]) == ([ADA], {1: "Gold", 2: False})
        assert await ada.get("spaces", f"/v0/{space[1]}") == space


async def test_who_enrolls_again_with_another_identity_finds_the_same_space(running):
    async with running as cloud:
        one, two = await cloud.person(), await cloud.person(ADA.upper())
        assert await one.get("spaces", "/v0/") == await two.get("spaces", "/v0/")


async def test_who_is_not_enrolled_is_sent_to_do_it(running):
    async with running as cloud:
        stranger = cloud.client()
        for worker, path in (("spaces", "/v0/"), ("projects", "/v0"), ("projects", "/v0/id")):
            status, answer = await stranger.ask(worker, GET, path)
            assert status == api.UNAUTHORIZED
            assert "enroll" in answer[3]


@pytest.mark.parametrize("token", ["", "forged", "x" * 20_000])
async def test_a_token_that_is_not_valid_enrolls_nobody(running, token):
    async with running as cloud:
        stranger = cloud.client()
        status = await status_of(stranger, "auth0_authenticator", POST, "v0/enroll", {1: 0, 2: token})
        assert status in (api.UNAUTHORIZED, api.BAD_REQUEST)
        assert await status_of(stranger, "spaces", GET, "/v0/") == api.UNAUTHORIZED


async def test_a_project_is_ready_when_its_creation_is_answered(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        assert project.values["running"] is True
        assert project.values["user_roles"] == [{1: ADA, 2: 1, 3: 0, 4: 0}]
        hops = [name for name, _ in multiaddr.parse(project.route)]
        assert hops == ["dnsaddr", "tcp", "service", "service"]
        (listed,) = await ada.get("projects", "/v0")
        assert listed == await ada.get("projects", f"/v0/{project.id}")
        assert 15 not in listed
        assert isinstance(listed[8], bytes)
        assert bytes.fromhex(listed[10]) != bytes.fromhex(listed[17])


async def test_what_belongs_to_others_is_not_there(running):
    async with running as cloud:
        ada, bob = await cloud.person(), await cloud.person("bob@example.com")
        project = await cloud.project(ada)
        for worker, method, path in (
            ("spaces", GET, f"/v0/{project.space_id}"),
            ("spaces", DELETE, f"/v0/{project.space_id}"),
            ("spaces", PUT, f"/v0/{project.space_id}/admins/bob@example.com"),
            ("projects", GET, f"/v0/{project.id}"),
            ("projects", DELETE, f"/v0/{project.space_id}/{project.id}"),
            ("projects", PUT, f"/v0/{project.id}/admins/bob@example.com"),
            ("projects", GET, f"/v0/{project.id}/admins"),
        ):
            assert await status_of(bob, worker, method, path) == api.NOT_FOUND
        path = f"/v1/spaces/{project.space_id}/projects"
        assert await status_of(bob, "projects", POST, path, {1: "mine"}) == api.NOT_FOUND
        assert await status_of(bob, "accounts", GET, f"/v0/project/{project.id}") == api.FORBIDDEN
        assert await bob.get("projects", "/v0") == []


async def test_names_are_taken_once(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        path = f"/v1/spaces/{project.space_id}/projects"
        assert await status_of(ada, "projects", POST, path, {1: "default"}) == api.CONFLICT
        assert await status_of(ada, "spaces", POST, "/v0/", {1: "lab", 2: []}) == 200
        assert await status_of(ada, "spaces", POST, "/v0/", {1: "lab", 2: []}) == api.CONFLICT


@pytest.mark.parametrize("name", ["", "a/b", "a,b", "a b", "x" * 65, "ä"])
async def test_a_name_that_would_break_routes_or_tickets_is_refused(running, name):
    async with running as cloud:
        ada = await cloud.person()
        assert await status_of(ada, "spaces", POST, "/v0/", {1: name, 2: []}) == api.BAD_REQUEST


async def test_a_space_goes_when_its_projects_have_gone(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        assert await status_of(ada, "spaces", DELETE, f"/v0/{project.space_id}") == api.CONFLICT
        assert await ada.ask("projects", DELETE, f"/v0/{project.space_id}/{project.id}") == (200, None)
        assert await ada.ask("spaces", DELETE, f"/v0/{project.space_id}") == (200, None)
        assert await ada.get("spaces", "/v0/") == []


async def test_a_deleted_project_can_be_reached_no_more(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        channel = await project.channel(ada)
        await ada.ask("projects", DELETE, f"/v0/{project.space_id}/{project.id}")
        with pytest.raises(Error):
            await ada.node.ask((channel.address, "echo"), b"?")
        with pytest.raises(Error):
            await ada.channel(project.route)


async def test_administrators_come_and_go_written_as_they_were_given(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        for worker, id in (("spaces", project.space_id), ("projects", project.id)):
            path = f"/v0/{id}/admins"
            assert await ada.get(worker, path) == [{1: ADA}]
            assert await ada.ask(worker, PUT, f"{path}/Bob@Example.com") == (200, [{1: ADA}, {1: "Bob@Example.com"}])
            assert await ada.ask(worker, DELETE, f"{path}/bob@example.com") == (200, [{1: ADA}])
            assert await status_of(ada, worker, DELETE, f"{path}/{ADA}") == api.FORBIDDEN
            assert await status_of(ada, worker, PUT, f"{path}/nobody") == api.BAD_REQUEST


async def test_who_administers_the_space_administers_its_projects(running):
    async with running as cloud:
        ada, bob = await cloud.person(), await cloud.person("bob@example.com")
        project = await cloud.project(ada)
        await ada.ask("spaces", PUT, f"/v0/{project.space_id}/admins/bob@example.com")
        roles = (await bob.get("projects", f"/v0/{project.id}"))[16]
        assert roles == [{1: ADA, 2: 1, 3: 0, 4: 0}, {1: "bob@example.com", 2: 2, 3: 0, 4: 2}]


async def test_slashes_around_a_path_mean_nothing_and_unknown_paths_are_bad(running):
    async with running as cloud:
        ada = await cloud.person()
        for path in ("v0", "/v0", "/v0/", "v0/"):
            assert await status_of(ada, "spaces", GET, path) == 200
        assert await ada.get("version_info", "") == await ada.get("version_info", "/")
        assert await status_of(ada, "spaces", GET, "/v7") == api.BAD_REQUEST
        assert await status_of(ada, "projects", GET, "/v1/operations/x") == api.NOT_FOUND


async def test_without_a_channel_nothing_is_reachable_but_channels(running):
    async with running as cloud:
        stranger = cloud.client()
        connection = await stranger.tcp.connect(cloud.status.listen)
        for worker in ("spaces", "projects", "accounts", "auth0_authenticator", "version_info", "echo"):
            with pytest.raises(Error):
                await stranger.node.ask((connection.address, worker), api.encode_request(1, GET, "/v0/"))


async def test_a_request_that_is_too_large_is_refused_unread(running):
    async with running as cloud:
        body = {1: "lab", 2: ["ada@example.com"] * 5000}
        status, answer = await cloud.client().ask("spaces", POST, "/v0/", body)
        assert (status, "bytes at most" in answer[3]) == (api.BAD_REQUEST, True)


async def test_who_asks_too_often_is_told_to_wait(running, monkeypatch):
    monkeypatch.setattr("uockam_host.cloud.services.service._MAX_REQUESTS", 2)
    async with running as cloud:
        stranger, other = cloud.client(), cloud.client()
        statuses = [await status_of(stranger, "version_info", GET, "") for _ in range(3)]
        assert statuses == [200, 200, api.FORBIDDEN]
        assert await status_of(other, "version_info", GET, "") == 200

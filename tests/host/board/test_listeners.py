"""Where a board takes secure channels beside `api`, and whom it lets in there."""

import json

import pytest

from uockam import api
from uockam.errors import RemoteError
from uockam.identifier import identifier_text
from uockam.secure.policy import Only
from uockam.services.listeners import ADDRESS, LISTENER, LISTENER_REQUEST

from .conftest import cabled, config
from .test_channels import networked, stranger
from .test_identity import ask

LISTENERS = "node/secure_channel_listener"


async def refusal(rig, method, body):
    """(status, sentence) of an answer that is none."""
    response = api.decode_response(await rig.board.manage(api.encode_request(1, method, LISTENERS, body)))
    return response.status, api.error_text(response.body)


async def addresses(rig):
    return [LISTENER.unpack(one)["address"][1] for one in (await ask(rig, api.GET, LISTENERS))[0]]


def at(name):
    return [0, name.encode()]


async def test_a_listener_for_some_lets_them_in_and_tells_others_that_they_are_not_trusted(tmp_path):
    async with stranger() as friend, stranger() as other, networked(tmp_path) as (rig, (place, _)):
        body = LISTENER_REQUEST.pack(address=at("friends"), authorized=[friend.identifier])
        await ask(rig, api.POST, LISTENERS, body)
        channel = await friend.create((place, "friends"), Only(rig.identifier))
        assert await friend.node.ask((channel.address, "uppercase"), "hello") == "HELLO"
        with pytest.raises(RemoteError, match=f"{identifier_text(other.identifier)} is not trusted here"):
            refused = await other.create((place, "friends"), Only(rig.identifier))
            while refused.open_now:
                await refused.change()
            raise refused.error
        shown = LISTENER.unpack(await ask(rig, api.GET, "node/show_secure_channel_listener", {1: at("friends")}))
        assert (shown["identifier"], shown["authorized"]) == (rig.identifier, [friend.identifier])


async def test_a_listener_is_in_the_settings_until_it_is_deleted(tmp_path):
    async with stranger() as friend, networked(tmp_path, name="attic") as (rig, (place, _)):
        await ask(
            rig, api.POST, LISTENERS, LISTENER_REQUEST.pack(address=at("friends"), authorized=[friend.identifier])
        )
        await ask(rig, api.POST, LISTENERS, LISTENER_REQUEST.pack(address=at("all")))
        kept = json.loads((rig.flash / "uockam.json").read_text())
        assert kept["listeners"] == {"friends": [identifier_text(friend.identifier)], "all": None}
        assert await addresses(rig) == [b"api", b"all", b"friends"]
        await friend.create((place, "friends"))
        for name in ("friends", "all"):
            assert await ask(rig, api.DELETE, LISTENERS, ADDRESS.pack(address=at(name))) == {1: at(name)}
            with pytest.raises(RemoteError, match=f"no worker at '{name}'"):
                await friend.create((place, name))
        assert json.loads((rig.flash / "uockam.json").read_text())["listeners"] == {}


async def test_the_settings_say_where_else_channels_are_taken(tmp_path):
    settings = config(listeners={"all": None, "echo": None, "broken": ["nonsense"]})
    async with cabled(tmp_path, uockam_json=settings) as rig:
        await rig.up()
        await rig.logged("the listener 'echo' is left out: there is already a worker at 'echo'")
        await rig.logged("the listener 'broken' is left out: not an identifier: 'nonsense'")
        assert await addresses(rig) == [b"api", b"all"]


async def test_what_cannot_be_a_listener_is_refused(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        for body, status, words in (
            ({1: at("echo")}, api.CONFLICT, "already a worker at 'echo'"),
            ({1: at("x"), 3: "alice"}, api.BAD_REQUEST, "a board has one identity"),
            ({1: at("x"), 2: [b"short"]}, api.BAD_REQUEST, "not an identifier"),
            ({1: [1, b"x"]}, api.BAD_REQUEST, "not the address of a worker"),
        ):
            found, sentence = await refusal(rig, api.POST, body)
            assert (found, words in sentence) == (status, True), sentence
        for name, status, words in (("api", api.BAD_REQUEST, "stays"), ("nope", api.NOT_FOUND, "0#nope, not found")):
            found, sentence = await refusal(rig, api.DELETE, {1: at(name)})
            assert (found, words in sentence) == (status, True), sentence
        for number in range(8):
            await ask(rig, api.POST, LISTENERS, {1: at(f"l{number}")})
        assert (await refusal(rig, api.POST, {1: at("one-more")}))[0] == api.CONFLICT
        assert not (rig.flash / "uockam.json").read_text().count("one-more")


async def test_a_listener_that_cannot_be_kept_is_none(tmp_path):
    async with cabled(tmp_path, uockam_json="{") as rig:
        await rig.up()
        assert (await refusal(rig, api.POST, {1: at("l1")}))[0] == api.INTERNAL
        assert b"l1" not in [one[2].encode() for one in (await ask(rig, api.GET, "node/workers"))[1]]

"""The identity of a board: made at its first start, kept in its vault, and refused where nothing is random."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from uockam import api
from uockam.crypto.steps import last
from uockam.errors import RemoteError
from uockam.identifier import identifier_text
from uockam.secure import identity, purpose, store, vault
from uockam.services.manager import NODE_STATUS

from .conftest import VAULT, cabled, config

LOOK_S = 0.05

REPEATS = "the random source of this board repeats itself"
# What MicroPython finds in place of its own module, which it has as uos as well. Names of workers must not be the same.
NOTHING_RANDOM = """
import uos
from uos import *
def urandom(count):
    return uos.urandom(count) if count <= 16 else bytes(count)
"""
WATCHING_MODULES = """
import asyncio, sys
async def main(node):
    before = None
    while True:
        names = sorted([name for name in sys.modules if name in ("uockam.crypto", "uockam.secure", "device.birth")])
        if names != before:
            print("loaded:", names)
        before = names
        await asyncio.sleep_ms(1)
"""


@asynccontextmanager
async def new(folder, **files):
    """A board out of its box that has these files."""
    async with cabled(folder, plugged_in=False, **files) as rig:
        (rig.flash / VAULT).unlink()
        await rig.virtual.start()
        yield rig


async def ask(rig, method, path, body=None):
    """The body of the board's answer, which must be good."""
    response = api.decode_response(await rig.board.manage(api.encode_request(1, method, path, body)))
    assert response.status == api.OK, response.body
    return response.body


async def identifier_of(rig):
    """The identifier that the board tells, or None."""
    return NODE_STATUS.unpack(await ask(rig, api.GET, "node"))["identifier"]


async def made(rig):
    """The identifier, once the board has made its identity."""
    while (found := await identifier_of(rig)) is None:
        await asyncio.sleep(LOOK_S)
    return found


def records(rig):
    """What is in the vault of a board."""
    return vault.unpack((rig.flash / VAULT).read_bytes())[1]


async def test_a_new_board_makes_an_identity_that_others_can_prove_while_it_serves(tmp_path):
    async with new(tmp_path) as rig:
        await rig.up()
        assert await rig.uppercase() == "HELLO"
        name = await made(rig)
        assert json.loads(await rig.node.ask("info", ""))["identifier"] == identifier_text(name)
        kept = records(rig)
        history = identity.decode(kept[store.IDENTITY + name])
        assert history.identifier == name
        last(identity.verify_steps(history))
        attestation = purpose.decode(kept[store.CHANNEL_KEY + name][32:])
        last(purpose.verify_steps(attestation, history, None))


async def test_it_is_the_same_after_a_reset(tmp_path):
    async with new(tmp_path) as rig:
        await rig.up()
        name = await made(rig)
        await rig.virtual.reset()
        await rig.until(False)
        await rig.until(True)
        assert await made(rig) == name
        assert list(records(rig)) == [prefix + name for prefix in (store.CHANNEL_KEY, store.IDENTITY, store.SEED)]


async def test_nothing_of_the_making_stays_in_ram(tmp_path):
    async with new(tmp_path, uockam_json=config(main="app"), app_py=WATCHING_MODULES) as rig:
        await rig.up()
        await rig.logged("'uockam.crypto'")
        await made(rig)
        await rig.logged("loaded: []")


async def test_a_board_without_a_real_random_source_says_so_has_no_identity_and_works(tmp_path):
    async with new(tmp_path, os_py=NOTHING_RANDOM) as rig:
        await rig.watch()
        assert "the random source of this board repeats itself" in await rig.logged("has no identity")
        await rig.until(True)
        assert await identifier_of(rig) is None
        found = json.loads(await rig.node.ask("info", ""))
        assert (found["identifier"], found["no_identity"]) == (None, REPEATS)
        with pytest.raises(RemoteError, match=f"this board has no identity: {REPEATS}"):
            await rig.node.ask("api", bytes(32))
        assert await rig.uppercase() == "HELLO"
        assert not (rig.flash / VAULT).exists()


async def test_a_damaged_vault_is_left_as_it_is_and_named(tmp_path):
    async with cabled(tmp_path, plugged_in=False) as rig:
        (rig.flash / VAULT).write_bytes(b"uockam vault, damaged")
        await rig.virtual.start()
        await rig.watch()
        assert f"/{VAULT} cannot be used: The vault is damaged" in await rig.logged("has no identity")
        assert (rig.flash / VAULT).read_bytes() == b"uockam vault, damaged"

"""Keys of the orchestrator's identities in its database."""

import pytest

from uockam_host.cloud.database import StoreError
from uockam_host.cloud.identities import load_identity, make_identity
from uockam_host.cloud.secrets import Secrets, load_secrets
from uockam_host.cloud.sqlite import open_sqlite


@pytest.fixture
def file(tmp_path):
    return tmp_path / "o.sqlite3"


async def test_what_was_put_is_there_at_once_and_in_the_database_when_it_is_saved(file):
    database = await open_sqlite(file)
    secrets = Secrets(database, "one")
    secrets.put({b"a": b"1", b"b": b"2"})
    secrets.put({b"b": None, b"c": b"3"})
    assert secrets.names() == [b"a", b"c"]
    await secrets.saved()
    other = await load_secrets(database, "one")
    assert {name: other.get(name) for name in other.names()} == {b"a": b"1", b"c": b"3"}
    assert (await load_secrets(database, "two")).names() == []
    await database.close()


async def test_what_the_running_node_changes_is_written_when_it_closes(file):
    database = await open_sqlite(file)
    secrets = await load_secrets(database, "one")
    secrets.put({b"a": b"1"})
    await secrets.close()
    assert (await load_secrets(database, "one")).get(b"a") == b"1"
    await database.close()


async def test_what_could_not_be_written_is_written_with_the_next_change(file, monkeypatch):
    database = await open_sqlite(file)
    secrets = Secrets(database, "one")
    whole = database.transaction

    def full(about):
        raise StoreError("the disk is full")

    monkeypatch.setattr(database, "transaction", full)
    secrets.put({b"a": b"1"})
    with pytest.raises(StoreError):
        await secrets.saved()
    monkeypatch.setattr(database, "transaction", whole)
    secrets.put({b"b": b"2"})
    await secrets.saved()
    assert (await load_secrets(database, "one")).names() == [b"a", b"b"]
    await database.close()


async def test_an_identity_is_made_once_with_all_the_keys_that_it_needs(file):
    database = await open_sqlite(file)
    assert await load_identity(database, "one") is None
    made = await make_identity(database, "one")
    found = await load_identity(database, "one")
    assert found is not None
    assert found.identifier == made.identifier
    kinds = {name.partition(b":")[0] for name in found.secrets.names()}
    assert kinds == {b"identity", b"seed", b"channel-key", b"credential-key"}
    await database.close()

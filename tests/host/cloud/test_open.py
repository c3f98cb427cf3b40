"""What URLs of databases and buses mean, and what is told of those that cannot be used."""

import socket

import pytest

from uockam_host.cloud import bus_nats
from uockam_host.cloud.bus import LocalBus
from uockam_host.cloud.database import StoreError
from uockam_host.cloud.open import open_bus, open_database
from uockam_host.cloud.place import Settings
from uockam_host.errors import HostError, InvalidArgument


@pytest.fixture
def nowhere():
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def test_without_a_bus_a_process_is_by_itself():
    assert type(await open_bus("")) is LocalBus


async def test_a_url_of_another_kind_is_refused():
    with pytest.raises(InvalidArgument, match="no bus like"):
        await open_bus("http://127.0.0.1")
    with pytest.raises(InvalidArgument, match="no database like"):
        await open_database("mysql://127.0.0.1")


async def test_a_broker_that_is_not_there_is_named_with_the_reason(nowhere, monkeypatch):
    monkeypatch.setattr(bus_nats, "_CONNECT_S", 0.5)
    with pytest.raises(HostError, match=r"The bus cannot be reached: .*Connect call failed"):
        await open_bus(f"nats://127.0.0.1:{nowhere}")


async def test_a_database_server_that_is_not_there_is_named_without_its_password(nowhere):
    with pytest.raises(StoreError, match=r"cloud at 127.0.0.1 cannot be reached") as caught:
        await open_database(f"postgresql://me:hidden@127.0.0.1:{nowhere}/cloud")
    assert "hidden" not in str(caught.value)


def test_a_bus_without_a_database_that_can_be_shared_is_refused():
    for database in ("", "sqlite:///here"):
        with pytest.raises(InvalidArgument, match="share a database"):
            Settings(bus="nats://127.0.0.1", database=database).check()
    Settings(bus="nats://127.0.0.1", database="postgresql://db/cloud").check()

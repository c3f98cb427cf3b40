"""Our words for the management service (wire.md 5.3, 5.4) are those of a real node."""

from collections.abc import Iterator

import pytest

from uockam import api
from uockam_host.errors import ApiError
from uockam_host.node import asking
from uockam_host.node.client import Client, dial
from uockam_host.node.info import NodeInfo

from .programs import address

pytestmark = pytest.mark.interop


@pytest.fixture
def manager(r1: str) -> Iterator[Client]:
    """A connection to the management of the real node, as our commands have it to ours."""
    with dial(address(r1), 5000) as client:
        yield client


def test_its_workers_are_read(manager: Client) -> None:
    assert {"echo", "uppercase", "_internal.nodemanager"} <= set(asking.workers(manager))


def test_its_resources_are_read(manager: Client, r1: str) -> None:
    details = asking.details(NodeInfo("r1", True, "host", True), manager)
    assert (details.route_short, details.route_verbose) == ("/node/r1", r1)
    assert details.transports[0].mode == "listening"
    assert details.transports[0].socket.rpartition(":")[2] == r1.rpartition("/")[2]
    assert {"echo", "uppercase"} <= {service.kind for service in details.services}


def test_it_listens_and_connects_as_it_is_told(manager: Client) -> None:
    listener = asking.create_tcp(manager, "listener", "127.0.0.1:0")
    connection = asking.create_tcp(manager, "connection", listener.socket)
    assert (listener.mode, connection.mode, connection.socket) == ("listening", "outgoing", listener.socket)
    assert listener in asking.list_tcp(manager, "listener")
    assert asking.show_tcp(manager, "connection", connection.worker) == connection


def test_its_refusal_is_an_error_with_its_sentence(manager: Client) -> None:
    with pytest.raises(ApiError, match="Hop service already exists at 0#hop") as caught:
        asking.start_hop(manager, "hop")
    assert caught.value.status == api.INTERNAL


def test_an_endpoint_that_does_not_exist_is_refused_in_our_words(manager: Client) -> None:
    with pytest.raises(ApiError, match="Invalid endpoint: GET no/such/thing") as caught:
        manager.request(api.GET, "no/such/thing")
    assert caught.value.status == api.BAD_REQUEST

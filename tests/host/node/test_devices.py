"""Routes to boards by name, before anything is known of a board."""

import pytest

from uockam_host.errors import InvalidArgument
from uockam_host.node.devices import Reach, split
from uockam_host.node.routes import begins_with_device

RELAY = Reach("/project/default/service/forward_to_pico1/secure/api", "I12")
CABLE = Reach("/node/pico1")


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("/device/pico1", ("pico1", "")),
        ("device/pico1/service/echo", ("pico1", "/service/echo")),
        ("/device/pico1/secure/api/service/echo", ("pico1", "/secure/api/service/echo")),
    ],
)
def test_a_route_to_a_board_is_its_name_and_what_comes_after_it(to, expected):
    assert begins_with_device(to)
    assert split(to) == expected


@pytest.mark.parametrize("to", ["/device", "/device/", "device//service/echo"])
def test_a_route_to_a_board_without_a_name_is_a_mistake_of_usage(to):
    assert begins_with_device(to)
    with pytest.raises(InvalidArgument, match="names no board"):
        split(to)


def test_other_routes_are_not_taken_for_one():
    for to in ("", "/node/device/service/echo", "/devices/pico1", "/service/device"):
        assert not begins_with_device(to)


def test_a_channel_with_the_board_is_made_once():
    assert CABLE.and_then("/service/echo") == "/node/pico1/service/echo"
    assert CABLE.and_then("/secure/api/service/echo") == "/node/pico1/secure/api/service/echo"
    assert RELAY.and_then("/service/echo") == f"{RELAY.route}/service/echo"
    assert RELAY.and_then("/secure/api/service/echo") == f"{RELAY.route}/service/echo"
    assert RELAY.and_then("/secure/owners").endswith("/service/forward_to_pico1/secure/owners")

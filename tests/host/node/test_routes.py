"""Routes that people write, and what becomes of them."""

import pytest

from uockam.route import format as text_of
from uockam_host.errors import InvalidArgument
from uockam_host.node.routes import Plan, of_address, plan, reachable

_LISTENERS = {
    "n1": "127.0.0.1:4001",
    "n2": "0.0.0.0:4002",
    "n3": "[::1]:4003",
    "n4": "host.example:4004",
    "n5": "[::]:4005",
}


def _plan(to, from_node=None):
    made = plan(to, from_node, lambda: "default", _LISTENERS.__getitem__)
    return made._replace(onward=text_of(made.onward))


@pytest.mark.parametrize(
    ("to", "from_node", "expected"),
    [
        ("/node/n1/service/echo", None, Plan("n1", "", "0#echo")),
        ("node/n1/service/echo", None, Plan("n1", "", "0#echo")),
        ("/node/n1/worker/a/service/b", None, Plan("n1", "", "0#a => 0#b")),
        ("/node/n1/service/echo", "n1", Plan("n1", "", "0#echo")),
        ("/node/n1/service/echo", "n2", Plan("n2", "", "1#127.0.0.1:4001 => 0#echo")),
        ("/node/n1/node/n2/service/echo", None, Plan("n1", "", "1#127.0.0.1:4002 => 0#echo")),
        ("/node/n1/node/n3/service/echo", None, Plan("n1", "", "1#[::1]:4003 => 0#echo")),
        ("/node/n1/node/n4/service/echo", None, Plan("n1", "", "1#host.example:4004 => 0#echo")),
        ("/node/n1/node/n5/service/echo", None, Plan("n1", "", "1#[::1]:4005 => 0#echo")),
        ("/service/echo", None, Plan("default", "", "0#echo")),
        ("/service/echo", "n1", Plan("n1", "", "0#echo")),
        ("/ip4/10.0.0.1/tcp/1/service/echo", None, Plan(None, "10.0.0.1:1", "0#echo")),
        ("/ip6/::1/tcp/1/service/echo", None, Plan(None, "[::1]:1", "0#echo")),
        ("/dnsaddr/a.example/tcp/1/service/a/ip4/1.2.3.4/tcp/5/service/b", None,
         Plan(None, "a.example:1", "0#a => 1#1.2.3.4:5 => 0#b")),
        ("/ip4/10.0.0.1/tcp/1/service/echo", "n1", Plan("n1", "", "1#10.0.0.1:1 => 0#echo")),
    ],
)  # fmt: skip
def test_a_route_says_who_sends_and_where_to(to, from_node, expected):
    assert _plan(to, from_node) == expected


@pytest.mark.parametrize(
    "to",
    ["", "/", "/node", "/node/", "/node/n1", "/node/n1/service", "/node/n1/tcp/1", "/ip4/1.2.3.4", "/ip4/1.2.3.4/tcp/1",
     "/ip4/1.2.3.4/tcp/99999/service/echo", "/udp/1", "/node/a b/service/c", "/secure/api", "/service/a/" * 100],
)  # fmt: skip
def test_a_route_that_leads_nowhere_is_a_mistake_of_usage(to):
    with pytest.raises(InvalidArgument) as caught:
        _plan(to)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("127.0.0.1:4000", "/dnsaddr/localhost/tcp/4000"),
        ("0.0.0.0:4000", "/dnsaddr/localhost/tcp/4000"),
        ("localhost:4000", "/dnsaddr/localhost/tcp/4000"),
        ("192.168.1.2:4000", "/ip4/192.168.1.2/tcp/4000"),
        ("[::1]:4000", "/ip6/::1/tcp/4000"),
        ("pi.example:4000", "/dnsaddr/pi.example/tcp/4000"),
    ],
)
def test_the_route_of_a_listener_is_written_as_ockam_writes_it(address, route):
    assert of_address(address) == route


def test_a_listener_on_every_address_is_reached_at_this_machines_own():
    assert reachable("0.0.0.0:1") == "127.0.0.1:1"
    assert reachable("[::]:1") == "[::1]:1"
    assert reachable("192.168.1.2:1") == "192.168.1.2:1"

"""Routes that people write, and what becomes of them."""

import pytest

from uockam import multiaddr
from uockam.route import format as text_of
from uockam_host.errors import InvalidArgument
from uockam_host.node.routes import of_address, plan, reachable, to_hops

_LISTENERS = {
    "n1": "127.0.0.1:4001",
    "n2": "0.0.0.0:4002",
    "n3": "[::1]:4003",
    "n4": "host.example:4004",
    "n5": "[::]:4005",
    "default": "127.0.0.1:4000",
}


def _plan(to, from_node=None):
    return plan(to, from_node, lambda: "default", _LISTENERS.__getitem__)


@pytest.mark.parametrize(
    ("to", "from_node", "expected"),
    [
        ("/node/n1/service/echo", None, ("n1", "", "0#echo")),
        ("node/n1/service/echo", None, ("n1", "", "0#echo")),
        ("/node/n1/worker/a/service/b", None, ("n1", "", "0#a => 0#b")),
        ("/node/n1/service/echo", "n1", ("n1", "", "0#echo")),
        ("/node/n1/service/echo", "n2", ("n2", "", "1#127.0.0.1:4001 => 0#echo")),
        ("/node/n1/node/n2/service/echo", None, ("n1", "", "1#127.0.0.1:4002 => 0#echo")),
        ("/node/n1/node/n3/service/echo", None, ("n1", "", "1#[::1]:4003 => 0#echo")),
        ("/node/n1/node/n4/service/echo", None, ("n1", "", "1#host.example:4004 => 0#echo")),
        ("/node/n1/node/n5/service/echo", None, ("n1", "", "1#[::1]:4005 => 0#echo")),
        ("/service/echo", None, ("default", "", "0#echo")),
        ("/service/echo", "n1", ("n1", "", "0#echo")),
        ("/ip4/10.0.0.1/tcp/1/service/echo", None, (None, "10.0.0.1:1", "0#echo")),
        ("/ip6/::1/tcp/1/service/echo", None, (None, "[::1]:1", "0#echo")),
        ("/dnsaddr/a.example/tcp/1/service/a/ip4/1.2.3.4/tcp/5/service/b", None,
         (None, "a.example:1", "0#a => 1#1.2.3.4:5 => 0#b")),
        ("/ip4/10.0.0.1/tcp/1/service/echo", "n1", ("n1", "", "1#10.0.0.1:1 => 0#echo")),
    ],
)  # fmt: skip
def test_a_route_says_who_sends_and_where_to(to, from_node, expected):
    made = _plan(to, from_node)
    assert (made.node, made.dial, text_of(made.onward)) == expected


@pytest.mark.parametrize(
    "to",
    ["", "/", "/node", "/node/", "/node/n1", "/node/n1/service", "/node/n1/tcp/1", "/ip4/1.2.3.4", "/ip4/1.2.3.4/tcp/1",
     "/ip4/1.2.3.4/tcp/99999/service/echo", "/udp/1", "/node/a b/service/c", "/space/s/service/a",
     "/service/a/project/p/service/b", "/project/p/project/q/service/a", "/project/p/tcp/1",
     "/service/a/" * 100],
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


@pytest.mark.parametrize(
    ("to", "from_node", "expected"),
    [
        ("/node/n1/secure/api/service/echo", None, (None, "127.0.0.1:4001", "/secure/api/service/echo")),
        ("/node/n2/service/hop/secure/api/service/echo", None,
         (None, "127.0.0.1:4002", "/service/hop/secure/api/service/echo")),
        ("/ip4/10.0.0.1/tcp/1/secure/api/service/echo", None, (None, "10.0.0.1:1", "/secure/api/service/echo")),
        ("/node/n1/node/n3/secure/api/service/echo", None,
         (None, "127.0.0.1:4001", "/ip6/::1/tcp/4003/secure/api/service/echo")),
        ("/service/relay/secure/api/service/echo", None,
         (None, "127.0.0.1:4000", "/service/relay/secure/api/service/echo")),
        ("/node/n1/secure/api/service/echo", "n1", ("n1", "", "/secure/api/service/echo")),
        ("/node/n2/secure/api/service/echo", "n1", ("n1", "", "/ip4/127.0.0.1/tcp/4002/secure/api/service/echo")),
        ("/project/p/service/echo", None, (None, "", "/project/p/service/echo")),
        ("/project/p/service/forward_to_n/secure/api/service/echo", None,
         (None, "", "/project/p/service/forward_to_n/secure/api/service/echo")),
        ("/project/p", "n1", ("n1", "", "/project/p")),
        ("/node/n1/project/p/service/echo", None, ("n1", "", "/project/p/service/echo")),
    ],
)  # fmt: skip
def test_what_is_to_be_encrypted_begins_here_or_where_a_person_says(to, from_node, expected):
    made = _plan(to, from_node)
    assert made.secure
    assert (made.node, made.dial, multiaddr.format(made.pairs)) == expected


def test_a_secure_channel_is_never_taken_for_a_plain_hop():
    with pytest.raises(InvalidArgument, match="/secure"):
        _ = _plan("/node/n1/secure/api/service/echo").onward


def test_a_route_of_a_host_and_a_port_has_one_typed_hop():
    assert text_of(to_hops((("ip6", "::1"), ("tcp", "1"), ("service", "a")))) == "1#[::1]:1 => 0#a"

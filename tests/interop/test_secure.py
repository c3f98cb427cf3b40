"""Secure channels between the real command and its node, and ours: a host's node and a board's."""

import pytest

from uockam import api, multiaddr
from uockam.services import listeners
from uockam_host.errors import ApiError
from uockam_host.node import bodies
from uockam_host.node.client import dial

from .programs import Program, address

pytestmark = pytest.mark.interop

SECURE = "secure/api/service"
SILENCE = "within 2000 ms"


def identifier_of(program: Program, name: str) -> str:
    """Makes an identity, unless it is there; both commands print its identifier into a pipe."""
    program("identity", "create", name)
    return program.ok(f"identity show {name}").strip()


# -- the real command asks ours ---------------------------------------------------------------------------------------


def test_the_real_command_speaks_to_ours_through_a_channel(ockam: Program, uockam: Program, node: str) -> None:
    assert ockam.reply("hello", f"{uockam.route(node)}/{SECURE}/uppercase") == "HELLO"
    assert ockam.reply("hello", f"{uockam.route(node)}/{SECURE}/echo") == "hello"


def test_a_real_node_makes_a_channel_to_ours_and_keeps_it(ockam: Program, uockam: Program, node: str) -> None:
    made = ockam.ok(f"secure-channel create --from r1 --to {uockam.route(node)}/service/api")
    for number in range(70):  # more than twice as many as one key is for
        assert ockam.reply(f"message {number}", f"{made}/service/echo", "--from", "r1") == f"message {number}"
    ockam.ok(f"secure-channel delete {made.rpartition('/')[2]} --at r1 --yes")


def test_a_real_node_proves_to_ours_who_it_is(ockam: Program, uockam: Program) -> None:
    """And a stranger waits in vain: the real command knows no refusal."""
    trusted = identifier_of(ockam, "trusted")
    identifier_of(ockam, "stranger")
    uockam.ok(f"secure-channel-listener create for-trusted --at n1 --authorized {trusted}")
    to = f"{uockam.route('n1')}/service/for-trusted"
    made = ockam.ok(f"secure-channel create --from r1 --to {to} --identity trusted")
    assert ockam.reply("hello", f"{made}/service/uppercase", "--from", "r1") == "HELLO"
    refused = ockam("message", "send", "hello", "--to", f"{uockam.route('n1')}/secure/for-trusted/service/uppercase",
                    "--identity", "stranger", "--timeout", "1s")  # fmt: skip
    assert refused.code != 0
    assert "HELLO" not in refused.out


def test_the_real_command_trusts_nobody_but_whom_it_is_told(ockam: Program, uockam: Program, node: str) -> None:
    ours = uockam.json(f"node show {node}")["identifier"]
    to = f"{uockam.route(node)}/service/api"
    made = ockam.ok(f"secure-channel create --from r1 --to {to} --authorized {ours}")
    assert ockam.reply("hello", f"{made}/service/uppercase", "--from", "r1") == "HELLO"
    (shown,) = [one for one in ockam.json("secure-channel list --at r1") if one["address"] == made]
    assert (shown["their_identifier"], shown["authorized_identifiers"]) == (ours, [ours])


# -- ours asks the real node ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [(), ("--from", "n1")], ids=["command", "n1"])
def test_ours_speak_to_a_real_node_through_a_channel(uockam: Program, r1: str, sender: tuple[str, ...]) -> None:
    assert uockam.reply("hello", f"{r1}/{SECURE}/uppercase", *sender) == "HELLO"
    text = "grüße 你好" * 500
    assert uockam.reply(text, f"{r1}/{SECURE}/echo", *sender) == text


def test_a_channel_inside_a_channel_leads_to_a_real_node(uockam: Program, r1: str, n1: str) -> None:
    assert uockam.reply("hello", f"{r1}/secure/api/{SECURE}/uppercase") == "HELLO"
    assert uockam.reply("hello", f"{n1}/node/n1{r1}/{SECURE}/uppercase") == "HELLO"


def test_a_node_of_ours_makes_a_channel_to_a_real_one_and_keeps_it(ockam: Program, uockam: Program, r1: str) -> None:
    made = uockam.ok(f"secure-channel create --from n1 --to {r1}/service/api")
    for number in range(70):
        assert uockam.reply(f"message {number}", f"{made}/service/echo", "--from", "n1") == f"message {number}"
    ours = uockam.json(f"secure-channel show {made} --at n1")
    theirs = ockam.ok("identity show")
    assert ours["their_identifier"] == theirs.strip()
    assert ours["their_change_history"] == ockam.ok("identity show --full --encoding hex").strip()
    uockam.ok(f"secure-channel delete {made} --at n1")


def test_a_real_listener_lets_in_whom_it_is_told_and_a_stranger_hears_of_it_in_time(
    ockam: Program, uockam: Program, r1: str
) -> None:
    alice = identifier_of(uockam, "alice")
    identifier_of(uockam, "bob")
    ockam.ok(f"secure-channel-listener create for-alice --at r1 --authorized {alice}")
    to = f"{r1}/secure/for-alice/service/uppercase"
    assert uockam.reply("hello", to, "--identity", "alice") == "HELLO"
    refused = uockam.send("hello", to, "--identity", "bob", "--timeout", "2s")
    assert (refused.code, refused.out) == (70, "")
    assert SILENCE in refused.err
    assert f"{identifier_of(uockam, 'bob')} is not trusted" in refused.err


def test_ours_trust_no_real_node_but_the_one_they_are_told(ockam: Program, uockam: Program, r1: str) -> None:
    theirs, other = ockam.ok("identity show").strip(), identifier_of(uockam, "alice")
    made = uockam.ok(f"secure-channel create --from n1 --to {r1}/service/api --authorized {theirs}")
    assert uockam.reply("hello", f"{made}/service/uppercase", "--from", "n1") == "HELLO"
    refused = uockam("secure-channel", "create", "--from", "n1", "--to", f"{r1}/service/api", "--authorized", other)
    assert (refused.code, refused.out) == (70, "")
    assert f"{theirs} is not trusted here" in refused.err


# -- the words of both ------------------------------------------------------------------------------------------------


def test_the_management_of_a_real_node_has_our_words_for_channels(r1: str) -> None:
    with dial(address(r1), 5000) as manager:
        route = multiaddr.encode((*multiaddr.parse(r1), ("service", "api")))
        made = manager.request(api.POST, "node/secure_channel", bodies.CHANNEL_REQUEST.pack(route=route))
        where = bodies.CHANNEL_MADE.unpack(made)["address"]
        body = listeners.ADDRESS.pack(address=where)
        assert where in manager.request(api.GET, "node/secure_channel")[0]
        channel = bodies.unpack_channel(manager.request(api.GET, "node/show_secure_channel", body))
        assert channel.address == f"/service/{listeners.unpack_address(where).value.decode()}"
        assert channel.route.endswith("/service/api")
        assert manager.request(api.DELETE, "node/secure_channel", body) == {
            1: channel.address.replace("/service/", "0#")
        }
        with pytest.raises(ApiError, match=r"Secure channel with address, .*, not found") as caught:
            manager.request(api.GET, "node/show_secure_channel", body)
        assert caught.value.status == api.NOT_FOUND


def test_the_management_of_a_real_node_has_our_words_for_listeners(r1: str) -> None:
    with dial(address(r1), 5000) as manager:
        body = listeners.LISTENER_REQUEST.pack(address=bodies.pack_address("words"))
        manager.request(api.POST, "node/secure_channel_listener", body)
        found = [bodies.unpack_listener(one) for one in manager.request(api.GET, "node/secure_channel_listener")[0]]
        assert {"api", "words"} <= {one.address for one in found}
        gone = listeners.ADDRESS.pack(address=bodies.pack_address("words"))
        shown = manager.request(api.GET, "node/show_secure_channel_listener", gone)
        assert bodies.unpack_listener(shown) in found
        assert manager.request(api.DELETE, "node/secure_channel_listener", gone) == {1: bodies.pack_address("words")}

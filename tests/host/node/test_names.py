"""Names of nodes and texts of addresses, as people write them, and names that are near."""

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam_host.errors import InvalidArgument, NodeNotFound
from uockam_host.names import MAX_NAME_LENGTH, check_name, check_socket_address, is_loopback, pet_name


@pytest.mark.parametrize("text", ["n1", "sharp-falconet", "A_b-9", "a" * MAX_NAME_LENGTH])
def test_a_name_comes_back_also_from_its_route(text):
    assert check_name(text) == check_name(f"/node/{text}") == text


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a/b", "a b", "a.b", "ä", "n1\n", "/node/", "/node/a/b", "a" * 65, "\0"]
)
def test_what_cannot_be_a_folder_name_everywhere_is_no_name(text):
    with pytest.raises(InvalidArgument, match="Invalid value for NAME") as caught:
        check_name(text)
    assert (caught.value.exit_code, bool(caught.value.remedy)) == (64, True)


def test_names_that_nodes_get_are_names_and_are_not_taken():
    taken = set()
    choose = random.Random(1)
    for _ in range(500):
        name = pet_name(taken, choose)
        assert check_name(name) == name
        assert name not in taken
        taken.add(name)


def test_a_name_is_found_also_when_the_words_are_used_up():
    class Words(set):
        def __contains__(self, name):
            return name.count("-") == 1

    assert pet_name(Words(), random.Random(1)).count("-") == 2


def test_no_name_at_all_is_an_error():
    class Everything(set):
        def __contains__(self, name):
            return True

    with pytest.raises(InvalidArgument, match="No free name"):
        pet_name(Everything(), random.Random(1))


@pytest.mark.parametrize("text", ["127.0.0.1:0", "localhost:4000", "[::1]:65535", "a.example:1"])
def test_a_host_and_a_port_are_an_address(text):
    assert check_socket_address(text) == text


@pytest.mark.parametrize("text", ["", ":", "4000", "host:", ":4000", "host:x", "host:-1", "host:65536", "host:٣"])
def test_what_has_no_host_or_no_port_is_no_address(text):
    with pytest.raises(InvalidArgument, match="Invalid") as caught:
        check_socket_address(text)
    assert caught.value.remedy


@given(st.text(max_size=20))
def test_whatever_is_written_is_an_address_or_the_one_error(text):
    with contextlib.suppress(InvalidArgument):
        assert check_socket_address(text) == text


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1:1", True), ("127.9.9.9:1", True), ("[::1]:1", True), ("localhost:1", True),
     ("0.0.0.0:1", False), ("[::]:1", False), ("192.168.1.2:1", False), ("a.example:1", False)],
)  # fmt: skip
def test_loopback_is_what_this_machine_alone_can_reach(address, expected):
    assert is_loopback(address) is expected


def test_an_unknown_name_suggests_the_nearest():
    error = NodeNotFound("n12", ["other", "n1", "n13"])
    assert "other" not in error.suggestions
    assert error.remedy.startswith(f"Did you mean `{error.suggestions[0]}`? ")
    assert "Did you mean" not in NodeNotFound("zzz", ["n1"]).remedy

"""The core's codecs against libraries that do the same: cbor2 for CBOR, ipaddress for addresses in MultiAddrs."""

import ipaddress
from io import BytesIO

import cbor2
from hypothesis import assume, example, given
from hypothesis import strategies as st

from uockam import cbor, multiaddr, wire
from uockam.address import MAX_VALUE, Address
from uockam.errors import InvalidAddress, ProtocolError
from uockam.message import Message
from uockam.route import MAX_HOPS

keys = st.integers(-(2**64), 2**64 - 1) | st.text() | st.binary()
plain = st.none() | st.booleans() | keys
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=12)
hops = st.builds(Address, st.integers(0, 255), st.binary(max_size=MAX_VALUE))
routes = st.lists(hops, max_size=MAX_HOPS).map(tuple)
messages = st.builds(Message, routes, routes, st.binary(), st.none() | st.text(max_size=4096), st.none())


@given(values)
def test_cbor_is_written_as_cbor2_writes_it(value: object) -> None:
    assert cbor.encode(value) == cbor2.dumps(value)


@given(values)
def test_cbor_is_read_as_cbor2_wrote_it(value: object) -> None:
    assert cbor.decode(cbor2.dumps(value)) == value


@given(st.binary(max_size=64))
@example(b"\x9f\xff")
@example(b"\xbf\x01\x02\xff")
@example(b"\x58\x01\x00")
def test_what_we_can_read_cbor2_reads_alike(data: bytes) -> None:
    assume(b"\xf7" not in data and all(byte >> 5 != cbor.TAG for byte in data))  # where cbor2 has types of its own
    try:
        ours = cbor.decode(data)
    except ProtocolError:
        return  # Ockam's part of CBOR is smaller
    assert ours == cbor2.CBORDecoder(BytesIO(data)).decode()


@given(messages)
def test_a_message_is_an_array_of_two_routes_bytes_and_text(message: Message) -> None:
    encoded = wire.encode(message)
    onward, back = ([list(hop) for hop in route] for route in (message.onward_route, message.return_route))
    assert cbor2.loads(encoded) == [onward, back, message.payload, message.tracing]
    assert wire.decode(encoded) == message


@given(st.ip_addresses(v=6))
@example(ipaddress.IPv6Address("::"))
@example(ipaddress.IPv6Address("1:0:0:2::3"))
def test_ip6_addresses_pack_and_read_as_in_the_standard_library(address: ipaddress.IPv6Address) -> None:
    for text in (str(address), address.exploded):
        packed = multiaddr.encode(multiaddr.parse(f"/ip6/{text}"))
        assert packed[1:] == address.packed
        ((_, shown),) = multiaddr.decode(packed)
        assert ipaddress.IPv6Address(shown) == address
        assert len(shown) <= len(address.compressed)


@given(st.text("0123456789abcdefABCDEF:.", max_size=40))
@example("1.2.3.4::")
@example("::1.2.3.4")
@example("::01")
def test_texts_are_ip6_addresses_here_when_they_are_there(text: str) -> None:
    assert packed_by_us("ip6", text) == packed_by_library(ipaddress.IPv6Address, text)


@given(st.text("0123456789.", max_size=16) | st.ip_addresses(v=4).map(str))
@example("1.2.3.04")
@example("256.1.1.1")
def test_texts_are_ip4_addresses_here_when_they_are_there(text: str) -> None:
    assert packed_by_us("ip4", text) == packed_by_library(ipaddress.IPv4Address, text)


def packed_by_us(name: str, text: str) -> "bytes | None":
    try:
        return multiaddr.encode(((name, text),))[1:]
    except InvalidAddress:
        return None


def packed_by_library(kind: "type[ipaddress.IPv4Address | ipaddress.IPv6Address]", text: str) -> "bytes | None":
    try:
        return kind(text).packed
    except ValueError:
        return None

"""Every parser of the core on damaged input: it gives a value, or its one error, and nothing else.

UOCKAM_FUZZ_ROUNDS and UOCKAM_FUZZ_SEED change how long it goes on, and where it begins; a failure prints its seed.
"""

import os
import random

from lib.mutate import damaged, damaged_text, noise
from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam import api, bare, cbor, log, message, multiaddr, route, wire
from uockam.errors import InvalidAddress, ProtocolError
from uockam.message import Message

_VECTORS = load("wire")
_BODIES = [from_hex(vector["frame"])[4:] for vector in _VECTORS["frames"]]
_ENVELOPES = [from_hex(vector["payload"]) for vector in _VECTORS["requests"] + _VECTORS["responses"]]
_MULTIADDRS = [from_hex(vector["hex"]) for vector in _VECTORS["multiaddr"]]
_TEXTS = [vector["text"] for vector in _VECTORS["multiaddr"]] + ["/ip6/2001:db8::1.2.3.4/tcp/1/worker/w", "/service"]
_ROUTES = ["1#127.0.0.1:4000 => 0#echo", "a => b", "echo", ""]
_STREAM = b"\x01" + b"".join([from_hex(vector["frame"]) for vector in _VECTORS["frames"]])
_MOST_NOISE = 40  # bytes: longer noise meets nothing that shorter does not


def _number(name, default):
    return int((os.getenv(name) if hasattr(os, "getenv") else None) or default)


ROUNDS = _number("UOCKAM_FUZZ_ROUNDS", 1000)
SEED = _number("UOCKAM_FUZZ_SEED", 1)


def hostile(valid):
    """Noise now and then, else one of the valid values, damaged."""
    return damaged(valid[random.randrange(len(valid))]) if random.randrange(8) else noise(_MOST_NOISE)


def pieces(data):
    """The data, split at random."""
    while data:
        size = 1 + random.randrange(min(len(data), 200))
        yield data[:size]
        data = data[size:]


class HostileInput(TestCase):
    def each(self, make, check):
        """Make an input and check it, ROUNDS times; each round has a seed of its own."""
        for seed in range(SEED, SEED + ROUNDS):
            random.seed(seed)
            data = make()
            try:
                check(data)
            except Exception as error:
                print("UOCKAM_FUZZ_SEED=%d: %r on %r" % (seed, error, data))
                raise

    def test_cbor(self):
        def check(data):
            try:
                value, end = cbor.decode_item(data, 0)
            except ProtocolError:
                return
            self.assertLessEqual(end, len(data))
            self.assertEqual(cbor.decode(cbor.encode(value)), value)

        self.each(lambda: hostile(_BODIES + [from_hex(_VECTORS["create_inlet_body"])]), check)

    def test_bare(self):
        def check(data):
            for decode in (bare.decode_uint, bare.decode_bytes, bare.decode_text):
                try:
                    decode(data)
                except ProtocolError:
                    pass

        self.each(lambda: hostile(_ENVELOPES + [bare.encode_bytes(bytes(300))]), check)

    def test_messages(self):
        def check(data):
            try:
                decoded = wire.decode(data)
            except ProtocolError:
                return
            self.assertEqual(wire.decode(wire.encode(decoded)), decoded)
            self.payload(decoded)

        self.each(lambda: hostile(_BODIES), check)

    def payload(self, decoded):
        message.error_of(decoded)
        message.wants_errors(decoded)
        try:
            decoded.text  # noqa: B018
        except ProtocolError:
            pass

    def test_a_stream_split_at_random_ends_as_it_does_in_one_piece(self):
        def check(data):
            self.assertTrue(self.read(pieces(data)) == self.read((data,)))

        self.each(lambda: _STREAM[:1] + damaged(_STREAM[1:]) if random.randrange(8) else hostile([_STREAM]), check)

    def read(self, parts):
        """The messages of a stream, and what broke it, if anything did."""
        reader = wire.StreamReader(limit=4096)
        messages = []
        try:
            for part in parts:
                messages.extend(reader.feed(part))
        except ProtocolError:
            self.assertIsNotNone(reader.error)
        return messages, str(reader.error)

    def test_requests_and_responses(self):
        def check(data):
            for decode in (api.decode_request, api.decode_response):
                try:
                    api.error_text(decode(data).body)
                except ProtocolError:
                    pass

        self.each(lambda: hostile(_ENVELOPES), check)

    def test_binary_multiaddrs(self):
        def check(data):
            try:
                pairs = multiaddr.decode(data)
            except ProtocolError:
                return
            self.assertEqual(multiaddr.decode(multiaddr.encode(pairs)), pairs)
            self.assertEqual(multiaddr.parse(multiaddr.format(pairs)) if pairs else (), pairs)

        self.each(lambda: hostile(_MULTIADDRS), check)

    def test_multiaddr_texts(self):
        def check(text):
            try:
                pairs = multiaddr.parse(text)
            except InvalidAddress:
                return
            self.assertEqual(multiaddr.parse(multiaddr.format(pairs)), pairs)
            self.assertEqual(len(multiaddr.decode(multiaddr.encode(pairs))), len(pairs))
            try:
                multiaddr.to_route(pairs)
            except InvalidAddress:
                pass

        self.each(lambda: damaged_text(_TEXTS[random.randrange(len(_TEXTS))]), check)

    def test_route_texts(self):
        def check(text):
            try:
                hops = route.parse(text)
            except InvalidAddress:
                return
            self.assertEqual(wire.decode_route(wire.encode_route(hops), 0)[0], hops)

        self.each(lambda: damaged_text(_ROUTES[random.randrange(len(_ROUTES))]), check)

    def test_text_of_peers_is_printable_after_it_was_made_safe(self):
        def check(data):
            self.assertTrue(all([" " <= char <= "~" for char in log.safe(data)]))
            reply = message.error_reply(Message((), (), b"", None, None), str(data))
            self.assertIsNotNone(message.error_of(reply))

        self.each(lambda: noise(_MOST_NOISE), check)

"""The envelope of management requests and responses (wire.md 5.3)."""

from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam import api, bare, cbor
from uockam.errors import ProtocolError

VECTORS = load("wire")


def payload(*items):
    return bare.encode_bytes(b"".join([cbor.encode(item) for item in items]))


class Vectors(TestCase):
    def test_every_published_request_is_read_and_written(self):
        for vector in VECTORS["requests"]:
            request = api.Request(vector["id"], vector["method"], vector["path"], None)
            self.assertEqual(api.decode_request(from_hex(vector["payload"])), request)
            self.assertEqual(to_hex(api.encode_request(request.id, request.method, request.path)), vector["payload"])

    def test_every_published_response_is_read(self):
        for vector in VECTORS["responses"]:
            with self.subTest(payload=vector["payload"]):
                body = None if vector["body"] is None else cbor.decode(from_hex(vector["body"]))
                want = api.Response(vector["id"], vector["re"], vector["status"], body)
                self.assertEqual(api.decode_response(from_hex(vector["payload"])), want)

    def test_responses_are_written_as_published(self):
        node_id = bytes(range(32))
        status = cbor.Map((1, "n1"), (2, node_id), (3, [0, [1234]]))
        bodies = (status, api.error_body("boom"), None, [])
        for vector, body in zip(VECTORS["responses"], bodies):
            with self.subTest(payload=vector["payload"]):
                made = api.encode_response(vector["id"], vector["re"], vector["status"], body)
                self.assertEqual(to_hex(made), vector["payload"])


class Envelope(TestCase):
    def test_a_body_travels_with_a_request(self):
        made = api.encode_request(7, api.POST, "node/services/hop", cbor.Map((1, "hop")))
        self.assertEqual(api.decode_request(made), api.Request(7, api.POST, "node/services/hop", {1: "hop"}))

    def test_a_request_without_a_method_is_read(self):
        request = api.decode_request(payload({1: 1, 2: "node", 4: False}))
        self.assertEqual(request, api.Request(1, None, "node", None))

    def test_a_header_field_of_a_later_version_is_skipped(self):
        request = api.decode_request(payload({1: 1, 2: "node", 3: 0, 4: False, 5: "{}"}))
        self.assertEqual(request.path, "node")

    def test_a_promised_body_of_no_bytes_is_nothing(self):
        answer = bare.encode_bytes(cbor.encode({1: 1, 2: 2, 3: 200, 4: True}))
        self.assertIsNone(api.decode_response(answer).body)

    def test_what_is_no_envelope_is_refused(self):
        cases = (
            b"",
            b"\x05\xa0",
            payload(1),
            payload({}),
            payload({1: 1, 2: "node"}),
            payload({1: 1, 2: b"node", 4: False}),
            payload({1: 1, 2: "node", 3: "GET", 4: False}),
            payload({1: True, 2: "node", 4: False}),
            bare.encode_bytes(cbor.encode({1: 1, 2: "node", 4: True}) + b"\xa1"),
        )
        for data in cases:
            with self.subTest(data=data):
                with self.assertRaises(ProtocolError):
                    api.decode_request(data)
                with self.assertRaises(ProtocolError):
                    api.decode_response(data)


class Errors(TestCase):
    def test_the_sentence_is_found_in_both_forms(self):
        body = cbor.decode(cbor.encode(api.error_body("boom", path="/node", method=api.GET)))
        self.assertEqual(body, {1: "/node", 2: 0, 3: "boom"})
        self.assertEqual(api.error_text(body), "boom")
        self.assertEqual(api.error_text("boom"), "boom")

    def test_a_body_without_a_sentence_says_so(self):
        for body in (None, {}, {3: 5}, 5, []):
            self.assertEqual(api.error_text(body), "no reason given")

    def test_a_rejection_carries_its_status(self):
        error = api.Reject(api.NOT_FOUND, "no such listener")
        self.assertEqual((error.status, str(error)), (404, "no such listener"))


class Paths(TestCase):
    def test_leading_slashes_do_not_count_and_the_fifth_part_keeps_the_rest(self):
        self.assertEqual(api.split_path("node"), ["node"])
        self.assertEqual(api.split_path("//node/tcp/listener"), ["node", "tcp", "listener"])
        self.assertEqual(api.split_path("a/b/c/d/e/f"), ["a", "b", "c", "d", "e/f"])
        self.assertEqual(api.split_path("/"), [""])

    def test_a_path_of_nothing_but_slashes_is_split_at_once(self):
        self.assertEqual(api.split_path("/" * 8000), [""])

"""Messages: routes step by step, payloads, and the answers that say why nothing arrived (wire.md 1.3 and 2.2)."""

from lib.unittest import TestCase
from uockam.address import Address
from uockam.errors import ProtocolError
from uockam.flow import Flow
from uockam.message import (
    WANTS_ERRORS,
    Message,
    error_of,
    error_reply,
    is_ours,
    local,
    name_of,
    payload_of,
    text_payload,
    wants_errors,
)
from uockam.route import route


def message(onward=("a", "b"), back=("c",), payload=b"\x02hi", tracing=None, origin=None):
    return Message(route(*onward), route(*back), payload, tracing, origin)


class Steps(TestCase):
    def test_a_step_drops_the_first_onward_hop_and_nothing_else(self):
        origin = Flow()
        before = message(tracing="{}", origin=origin)
        self.assertEqual(before.step(), message(onward=("b",), tracing="{}", origin=origin))
        self.assertEqual(before.onward_route, route("a", "b"))

    def test_a_step_forward_leads_answers_back_this_way(self):
        own = Address(0, b"hop")
        self.assertEqual(message().step_forward(own), message(onward=("b",), back=("hop", "c")))

    def test_who_sent_it_is_known_from_its_origin_alone(self):
        flow = Flow()
        flow.prove(bytes(32), {"role": "admin"}, owner=False)
        message = Message(route("a", "b"), route("c"), b"", None, flow)
        for each in (message, message.step(), message.step_forward(route("x")[0])):
            self.assertEqual((each.identifier, each.attributes), (bytes(32), {"role": "admin"}))
        for origin in (None, Flow()):
            plain = Message(route("a"), route("b"), b"", None, origin)
            self.assertEqual((plain.identifier, plain.attributes), (None, {}))

    def test_a_message_made_here_has_neither_origin_nor_tracing(self):
        made = local(route("a"), (), b"x")
        self.assertIsNone(made.origin)
        self.assertIsNone(made.tracing)


class Payloads(TestCase):
    def test_a_payload_is_read_as_text_or_bytes(self):
        self.assertEqual(message().text, "hi")
        self.assertEqual(message().body, b"hi")

    def test_a_payload_that_is_neither_is_a_protocol_error(self):
        for payload in (b"", b"\x05hi", b"\x01\xff"):
            with self.assertRaises(ProtocolError):
                message(payload=payload).text  # noqa: B018

    def test_text_gets_a_length_and_bytes_stay_as_they_are(self):
        self.assertEqual(payload_of("hi"), b"\x02hi")
        self.assertEqual(payload_of(b"hi"), b"hi")
        self.assertEqual(payload_of(bytearray(b"hi")), b"hi")
        self.assertEqual(payload_of(memoryview(b"hi")), b"hi")

    def test_what_is_neither_bytes_nor_text_is_no_payload(self):
        for value in (5, None, ["hi"], {}):
            with self.assertRaises(TypeError) as caught:
                payload_of(value)
            self.assertEqual(str(caught.exception), "a payload is bytes or str, not %s" % type(value).__name__)
        self.assertEqual(text_payload(b"hi"), b"\x02hi")

    def test_people_see_the_bare_name_of_a_local_hop(self):
        self.assertEqual(name_of(Address(0, b"echo")), "echo")
        self.assertEqual(name_of(Address(1, b"h:1")), "1#h:1")


class ErrorReplies(TestCase):
    def asked(self):
        return message(tracing=WANTS_ERRORS)

    def test_only_who_asked_and_can_be_reached_is_told(self):
        self.assertTrue(wants_errors(self.asked()))
        self.assertTrue(wants_errors(message(tracing='{"traceparent":"00","uockam":"1"}')))
        self.assertFalse(wants_errors(message()))
        self.assertFalse(wants_errors(message(tracing="{}")))
        self.assertFalse(wants_errors(message(back=(), tracing=WANTS_ERRORS)))

    def test_the_reason_travels_on_the_return_route_and_asks_for_no_answer(self):
        reply = error_reply(self.asked(), "there is no worker at 'a'")
        self.assertEqual(reply.onward_route, route("c"))
        self.assertEqual((reply.return_route, reply.payload, reply.origin), ((), b"", None))
        self.assertEqual(error_of(reply), "there is no worker at 'a'")
        self.assertFalse(wants_errors(reply))

    def test_a_reason_cannot_break_out_of_its_text(self):
        reply = error_reply(self.asked(), 'a"\\\n\x1b[31m","uockam":"1\u00e9')
        self.assertFalse(wants_errors(message(back=("x",), tracing=reply.tracing)))
        self.assertEqual(error_of(reply), "a[31m,uockam:1")

    def test_a_long_reason_is_cut(self):
        self.assertEqual(error_of(error_reply(self.asked(), "x" * 500)), "x" * 160)
        self.assertEqual(error_of(message(tracing='{"uockam-error":"' + "x" * 500 + '"}')), "x" * 160)

    def test_what_is_for_nodes_of_this_kind_is_known(self):
        asking = Message(route("a"), route("b"), b"", WANTS_ERRORS, None)
        self.assertEqual([is_ours(asking), is_ours(error_reply(asking, "no"))], [True, True])
        for tracing in (None, "{}", '{"traceparent":"x","uockam":"1"}'):
            self.assertFalse(is_ours(Message(route("a"), route("b"), b"", tracing, None)))

    def test_any_other_message_has_no_reason(self):
        for tracing in (None, "", "{}", WANTS_ERRORS, '{"uockam-error":"unfinished', '{"uockam-error":"'):
            self.assertIsNone(error_of(message(tracing=tracing)), tracing)

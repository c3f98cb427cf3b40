"""Connections: routes as in wire.md 1.3, who may reach what, back-pressure, and peers that misbehave."""

import asyncio

from lib.nodes import Gated, Recorder, gather, join, outcome, until
from lib.raw import ConnectionTest, frames, request
from uockam import Node, Worker, wire
from uockam.errors import ConnectionLost, LimitError, NoSuchAddress, RemoteError
from uockam.message import WANTS_ERRORS, error_of
from uockam.port import MAILBOX_LIMIT
from uockam.route import route
from uockam.services.echo import Echo
from uockam.services.hop import Hop
from uockam.transport import connection as connection_module

CLIENT = "00112233445566778899aabbccddeeff"
REQUEST = bytes.fromhex(  # wire.md 10: echo request, and the version byte in front
    "010000003684818200446563686f81820058203030313132323333343435353636373738383939616162626363646465656666460568656c6c6ff6"
)


class Routes(ConnectionTest):
    async def test_both_sides_speak_first(self):
        self.assertEqual(self.raw()[0].written, wire.VERSION)

    async def test_the_hops_of_a_request_and_its_answer_are_those_of_the_table(self):
        recorder = Recorder()
        await self.node.start_worker("recorder", recorder)
        near, far = join(self.other, self.node)
        await self.other.send((near.address, "recorder"), b"hi", route("C"))
        await until(lambda: recorder.messages)
        message = recorder.messages[0]
        self.assertEqual(message.onward_route, route("recorder"))
        self.assertEqual(message.return_route, (far.address,) + route("C"))
        answer = await self.other.ask_message((near.address, "echo"), b"hi")
        self.assertEqual(len(answer.onward_route), 1)
        self.assertEqual(answer.return_route, (near.address,) + route("echo"))

    async def test_the_bytes_are_those_of_the_recorded_exchange(self):
        link, _ = self.raw()
        link.connection.received(REQUEST)
        (answer,) = link.messages()
        self.assertEqual(answer.onward_route, route(CLIENT))
        self.assertEqual(answer.return_route, route("echo"))
        self.assertEqual(answer.payload, b"\x05hello")

    async def test_a_stream_split_at_every_byte_gives_the_same_answers(self):
        expected, _ = self.raw()
        expected.connection.received(REQUEST + REQUEST[1:])
        for split in range(1, len(REQUEST) + 60):
            link, _ = self.raw()
            link.connection.received((REQUEST + REQUEST[1:])[:split])
            link.connection.received((REQUEST + REQUEST[1:])[split:])
            self.assertEqual(link.written, expected.written)
        link, _ = self.raw()
        for byte in REQUEST + REQUEST[1:]:
            link.connection.received(bytes([byte]))
        self.assertEqual(link.written, expected.written)

    async def test_a_heartbeat_is_ignored(self):
        link, _ = self.raw()
        link.connection.received(b"\x01" + bytes.fromhex("0000000584808040f6") + REQUEST[1:])
        self.assertEqual(len(link.messages()), 1)

    async def test_hops_before_and_after_a_connection_are_passed_both_ways(self):
        near, _ = join(self.other, self.node)
        await self.node.start_worker("hop", Hop())
        await self.other.start_worker("h1", Hop())
        self.assertEqual(await self.other.ask(("h1", near.address, "hop", "hop", "echo"), b"far"), b"far")

    async def test_three_nodes_in_a_row_answer(self):
        third = Node("n3")
        self.addAsyncCleanup(third.stop)
        await third.start_worker("echo3", Echo())
        await self.node.start_worker("hop", Hop())
        near, _ = join(self.other, self.node)
        onward, _ = join(self.node, third)
        self.assertEqual(await self.other.ask((near.address, "hop", onward.address, "echo3"), b"x"), b"x")
        with self.assertRaisesRegex(RemoteError, "no worker at 'nowhere'"):
            await self.other.ask((near.address, "hop", onward.address, "nowhere"), b"x")

    async def test_a_route_that_ends_at_a_connection_is_an_error(self):
        near, _ = join(self.other, self.node)
        with self.assertRaisesRegex(NoSuchAddress, "the route ends"):
            await self.other.send(near.address, b"")


class Errors(ConnectionTest):
    async def test_only_who_asked_is_told_what_could_not_be_delivered(self):
        link, _ = self.raw()
        texts = (None, "{}", '{"traceparent":"00-1"}')
        link.connection.received(frames(*[request("nowhere", "C", b"", tracing) for tracing in texts]))
        self.assertEqual(link.messages(), [])
        link.connection.received(wire.frame(request("nowhere", "C", b"", WANTS_ERRORS)))
        (told,) = link.messages()
        self.assertEqual((told.onward_route, told.payload), (route("C"), b""))
        self.assertEqual(error_of(told), "there is no worker at 'nowhere'")
        self.assertTrue(link.connection.open_now)

    async def test_a_worker_that_fails_far_away_ends_the_ask(self):
        class Broken(Worker):
            async def handle_message(self, context, message):
                raise ValueError("secret")

        await self.node.start_worker("broken", Broken())
        near, _ = join(self.other, self.node)
        with self.assertRaisesRegex(RemoteError, "^the worker 'broken' failed$"):
            await self.other.ask((near.address, "broken"), b"")

    async def test_a_message_of_a_byte_too_many_is_refused_here_and_the_limit_is_not(self):
        near, _ = join(self.other, self.node)
        near._limit = 200
        size = 200 - len(wire.encode(request("echo", "0" * 32, b"", WANTS_ERRORS)))
        self.assertEqual(await self.other.ask((near.address, "echo"), bytes(size - 1)), bytes(size - 1))
        with self.assertRaisesRegex(LimitError, "201 bytes"):
            await self.other.ask((near.address, "echo"), bytes(size))
        self.assertFalse(near.askers)
        self.assertEqual(await self.other.ask((near.address, "echo"), b"still up"), b"still up")


BAD = (
    ("an unknown version", b"\x02", "protocol version 2"),
    ("a length that is too large", b"\x01\x00\x00\x10\x01", "4097 bytes"),
    ("CBOR of something else", b"\x01\x00\x00\x00\x01\x05", "not a message"),
    ("an empty frame", b"\x01\x00\x00\x00\x00", ""),
    ("CBOR that ends early", b"\x01\x00\x00\x00\x02\x84\x81", ""),
)


class BadPeers(ConnectionTest):
    async def test_a_peer_that_breaks_the_protocol_is_cut_off_and_named(self):
        for what, data, text in BAD:
            with self.subTest(what):
                link, connection = self.raw()
                link.connection.received(data)
                self.assertTrue(link.closed)
                self.assertFalse(connection.open_now)
                self.assertNotIn(connection.address.value, self.node.router.endpoints)
                self.assertIn("the peer sent", self.log.lines[-1])
                self.assertIn(text, self.log.lines[-1])

    async def test_what_was_whole_before_is_answered(self):
        for what, data, _ in BAD[1:]:
            with self.subTest(what):
                link, _ = self.raw()
                link.connection.received(REQUEST + data[1:])
                self.assertEqual(len(link.messages()), 1)
                self.assertTrue(link.closed)

    async def test_what_was_whole_before_is_delivered_past_a_full_mailbox(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        link, _ = self.raw()
        count = MAILBOX_LIMIT + 5
        link.connection.received(
            frames(*[request("slow", (), b"%d" % number) for number in range(count)]) + b"\xff" * 4
        )
        self.assertTrue(link.closed)
        worker.gate.set()
        await until(lambda: len(worker.payloads) == count)
        self.assertEqual(worker.payloads, [b"%d" % number for number in range(count)])

    async def test_half_a_frame_of_many_peers_holds_nobody_up(self):
        for _ in range(50):
            link, _ = self.raw()
            link.connection.received(REQUEST[:20])
        link, _ = self.raw()
        link.connection.received(REQUEST)
        self.assertEqual(len(link.messages()), 1)

    async def test_a_peer_that_does_not_read_is_cut_off_and_frees_the_worker(self):
        self.addCleanup(setattr, connection_module, "STALL_MS", connection_module.STALL_MS)
        connection_module.STALL_MS = 1
        link, connection = self.raw()
        link.is_full = True
        link.connection.received(REQUEST)  # echo waits to answer
        self.assertTrue(connection.open_now)
        self.assertEqual(await self.node.ask("echo", b"next"), b"next")
        self.assertTrue(link.closed)
        self.assertIn("does not read", connection.reason)

    async def test_a_peer_that_reads_in_time_is_not_cut_off(self):
        link, connection = self.raw()
        link.is_full = True
        link.connection.received(REQUEST)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.assertIsNotNone(connection._stalled)
        link.empty()
        await until(lambda: link.messages())
        self.assertIsNone(connection._stalled)

    async def test_errors_for_a_peer_that_does_not_read_stop_its_sending(self):
        link, _ = self.raw()
        link.is_full = True
        link.connection.received(frames(request("nowhere", "C", b"", WANTS_ERRORS)))
        self.assertEqual((link.paused, link.resumed), (1, 0))
        link.empty()
        await until(lambda: link.resumed and link.messages())


class Pressure(ConnectionTest):
    async def test_a_full_mailbox_pauses_the_link_and_keeps_the_order(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        link, _ = self.raw()
        count = 3 * MAILBOX_LIMIT
        link.connection.received(frames(*[request("slow", (), b"%d" % number) for number in range(count)]))
        self.assertEqual((link.paused, link.resumed), (1, 0))
        worker.gate.set()
        await until(lambda: link.resumed)
        await until(lambda: len(worker.payloads) == count)
        self.assertEqual(worker.payloads, [b"%d" % number for number in range(count)])

    async def test_a_sender_that_never_lets_go_of_the_loop_is_made_to_wait(self):
        near, _ = join(self.other, self.node)
        near.link.hold()
        recorder = Recorder()
        await self.node.start_worker("recorder", recorder)

        async def send():
            for _ in range(300):
                await self.other.send((near.address, "recorder"), bytes(1000))

        sending = asyncio.create_task(send())
        await until(lambda: near.link.full())
        self.assertFalse(sending.done())
        self.assertLess(len(near.link._queue), 100_000)
        near.link.release()
        await sending
        await until(lambda: len(recorder.payloads) == 300)

    async def test_answers_to_one_delivery_go_out_together(self):
        link, connection = self.raw()
        writes = []
        link.write = writes.append
        connection.received(REQUEST + REQUEST[1:] * 9)
        self.assertEqual(len(writes), 1)


class Ends(ConnectionTest):
    async def test_a_lost_connection_ends_every_ask_and_takes_its_address_along(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        near, far = join(self.other, self.node)
        asks = [self.other.ask((near.address, "slow"), b"") for _ in range(3)]
        asking = asyncio.create_task(gather(*asks))
        await until(lambda: worker.here.is_set())
        far.close()
        text = "the connection to memory was lost: the peer closed it"
        self.assertEqual(await asking, [("ConnectionLost", text)] * 3)
        with self.assertRaises(NoSuchAddress):
            await self.other.ask((near.address, "slow"), b"")
        self.assertEqual((len(self.other.connections), len(self.node.connections)), (0, 0))

    async def test_closing_tells_at_once(self):
        near, _ = join(self.other, self.node)
        reasons = []
        near.on_lost = reasons.append
        near.close()
        near.close()
        self.assertEqual(reasons, ["the connection to memory was closed"])
        with self.assertRaises(ConnectionLost):
            near.offer(request(("x", "echo")))

    async def test_what_was_sent_before_closing_arrives(self):
        recorder = Recorder()
        await self.node.start_worker("recorder", recorder)
        near, _ = join(self.other, self.node)
        for number in range(3):
            await self.other.send((near.address, "recorder"), b"%d" % number)
        near.close()
        await until(lambda: len(recorder.payloads) == 3)

    async def test_a_handler_may_close_the_connection_its_message_came_by(self):
        class Closing(Worker):
            async def handle_message(self, context, message):
                context.node.router.endpoints[message.return_route[0].value].close()

        await self.node.start_worker("closing", Closing())
        near, _ = join(self.other, self.node)
        self.assertEqual((await outcome(self.other.ask((near.address, "closing"), b"")))[0], "ConnectionLost")

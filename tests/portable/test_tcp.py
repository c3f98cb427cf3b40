"""TCP over the loopback interface: listening, connecting, dialled hops, and hostile peers."""

import asyncio
import socket

from lib.nodes import Gated, Lines, Recorder, gather, grace, outcome, until
from lib.unittest import TestCase
from uockam import Node, wire
from uockam.address import Address
from uockam.errors import ConnectionLost, InvalidAddress, LimitError
from uockam.flow import Flow
from uockam.message import WANTS_ERRORS, Message
from uockam.port import MICROPYTHON, random_bytes
from uockam.route import route
from uockam.services import start_default
from uockam.services.hop import Hop
from uockam.transport import connection as connection_module
from uockam.transport import tcp as tcp_module
from uockam.transport.tcp import Tcp, split

REQUEST = wire.frame(Message(route("echo"), route("C"), b"\x05hello", None, None))
ANSWER = wire.frame(Message(route("C"), route("echo"), b"\x05hello", None, None))


def free_address():
    """`127.0.0.1:PORT` where nobody listens."""
    while True:
        number = 20_000 + int.from_bytes(random_bytes(2), "big") % 40_000
        trial = socket.socket()
        try:
            trial.bind(socket.getaddrinfo("127.0.0.1", number)[0][-1])
            return "127.0.0.1:%d" % number
        except OSError:
            pass
        finally:
            trial.close()


def any_port():
    """An address to listen at: MicroPython does not tell which port 0 became, so it gets a free one."""
    return free_address() if MICROPYTHON else "127.0.0.1:0"


class Peer:
    """A peer that the test plays over a socket of its own."""

    async def connect(self, address):
        host, port = address.split(":")
        self.reader, self.writer = await asyncio.open_connection(host, int(port))
        return self

    async def write(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def read(self, count):
        data = b""
        while len(data) < count:
            piece = await self.reader.read(count - len(data))
            if not piece:
                break
            data += piece
        return data

    async def close(self):
        self.writer.close()
        await outcome(self.writer.wait_closed())


class TcpTest(TestCase):
    async def asyncSetUp(self):
        grace(self)
        self.log = Lines()
        self.addCleanup(self.log.done)
        self.node, self.tcp = self.make("server")
        self.client, self.dialler = self.make("client")
        await start_default(self.node)
        await self.node.start_worker("hop", Hop())
        self.listener = await self.tcp.listen(any_port())

    def make(self, name, *limit):
        node = Node(name)
        self.addAsyncCleanup(node.stop)
        return node, Tcp(node, *limit)

    async def peer(self):
        peer = await Peer().connect(self.listener.address)
        self.addAsyncCleanup(peer.close)
        return peer


class Talking(TcpTest):
    async def test_a_node_asks_a_service_of_another(self):
        connection = await self.dialler.connect(self.listener.address)
        self.assertEqual(await self.client.ask((connection.address, "uppercase"), "hello"), "HELLO")
        self.assertEqual(connection.link.peer, self.listener.address)
        self.assertEqual((len(self.tcp.connections), len(self.dialler.connections)), (1, 1))

    async def test_many_asks_share_a_connection(self):
        connection = await self.dialler.connect(self.listener.address)
        asks = [self.client.ask((connection.address, "echo"), b"%d" % number) for number in range(100)]
        self.assertEqual(await gather(*asks), [("", b"%d" % number) for number in range(100)])

    async def test_the_bytes_are_those_of_the_specification(self):
        peer = await self.peer()
        for byte in wire.VERSION + REQUEST:
            await peer.write(bytes([byte]))
        self.assertEqual(await peer.read(1 + len(ANSWER)), wire.VERSION + ANSWER)

    async def test_a_large_message_comes_back_whole_and_in_order_with_small_ones(self):
        connection = await self.dialler.connect(self.listener.address)
        large = bytes(range(256)) * (24 if MICROPYTHON else 20_000)
        asks = [self.client.ask((connection.address, "echo"), payload) for payload in (large, b"s", large, b"t") * 3]
        self.assertEqual(await gather(*asks), [("", payload) for payload in (large, b"s", large, b"t") * 3])

    async def test_the_limit_is_told_here_and_cuts_off_over_there(self):
        node, tcp = self.make("small", 300)
        await start_default(node)
        listener = await tcp.listen(any_port())
        connection = await self.dialler.connect(listener.address)
        frame = wire.encode(Message(route("echo"), route("0" * 32), b"", WANTS_ERRORS, None))
        most = 300 - len(frame) - 2  # the head of a payload of 256 bytes or more is two bytes longer
        if most < 256:
            most += 1
        self.assertEqual(await self.client.ask((connection.address, "echo"), bytes(most)), bytes(most))
        self.assertEqual(
            (await outcome(self.client.ask((connection.address, "echo"), bytes(most + 1))))[0], "ConnectionLost"
        )
        small, dialler = self.make("small client", 300)
        connection = await dialler.connect(self.listener.address)
        with self.assertRaisesRegex(LimitError, "301 bytes"):
            await small.ask((connection.address, "echo"), bytes(most + 1))

    async def test_hops_lead_over_several_connections(self):
        middle, tcp = self.make("middle")
        await middle.start_worker("hop", Hop())
        listener = await tcp.listen(any_port())
        far = "1#" + self.listener.address
        near = "1#" + listener.address
        self.assertEqual(await self.client.ask((near, "hop", far, "hop", near, "hop", far, "echo"), b"far"), b"far")
        self.assertEqual(
            await outcome(self.client.ask((near, "hop", far, "nowhere"), b"")),
            ("RemoteError", "there is no worker at 'nowhere'"),
        )

    async def test_a_typed_hop_dials_once_and_the_node_itself_can_be_dialled(self):
        hop = "1#" + self.listener.address
        for _ in range(3):
            self.assertEqual(await self.node.ask((hop, "echo"), b"me"), b"me")
        self.assertEqual(len(self.tcp.connections), 2)

    async def test_a_dialled_peer_is_served_nothing(self):
        connection = await self.dialler.connect(self.listener.address)
        recorder = Recorder()
        await self.client.start_worker("private", recorder)
        (incoming,) = self.tcp.connections
        await self.node.send((incoming.address, "private"), b"attack")
        self.assertEqual(await self.client.ask((connection.address, "echo"), b"x"), b"x")
        self.assertEqual(recorder.payloads, [])


class Refusals(TcpTest):
    async def test_a_port_nobody_listens_at_is_named_with_the_cause(self):
        address = free_address()
        with self.assertRaises(ConnectionLost) as caught:
            await self.dialler.connect(address)
        self.assertEqual(str(caught.exception), "connection refused by %s" % address)
        self.assertTrue(caught.exception.remedy)
        with self.assertRaisesRegex(ConnectionLost, "connection refused"):
            await self.client.ask(("1#" + address, "echo"), b"")
        self.assertEqual((self.dialler.connections, self.dialler._dialed), ([], {}))

    async def test_a_used_port_is_named_with_the_cause(self):
        with self.assertRaises(ConnectionLost) as caught:
            await self.dialler.listen(self.listener.address)
        text = "cannot listen at %s: address already in use" % self.listener.address
        self.assertEqual(str(caught.exception), text)
        self.assertIn("another port", caught.exception.remedy)
        self.assertEqual(self.dialler.listeners, [])

    async def test_what_is_no_tcp_address_is_refused(self):
        for text in ("", "host", "host:", "host:x", "host:65536", "host:-1", "::1:80", "a:b:80", "h:1.0"):
            with self.assertRaisesRegex(InvalidAddress, "not a TCP address"):
                split(text)
        self.assertEqual(split("80"), ("127.0.0.1", 80))
        self.assertEqual(split(":80"), ("127.0.0.1", 80))
        self.assertEqual(split("[::1]:80"), ("::1", 80))
        self.assertEqual(split("example.com:4000"), ("example.com", 4000))

    async def test_hostile_typed_hops_are_told_and_harm_nothing(self):
        for value in (b"\xff\xfe", b"\x00:1", b"a" * 300 + b":1", b"127.0.0.1", b"127.0.0.1:99999"):
            with self.subTest(value=value):
                message = Message((Address(1, value),) + route("x"), route("C"), b"", WANTS_ERRORS, Flow(dials=True))
                self.client.take(message)
        self.assertEqual(await self.client.ask(("1#" + self.listener.address, "echo"), b"x"), b"x")
        await until(lambda: len(self.dialler._dialed) == 1)
        self.assertEqual(self.log.lines, [])

    async def test_after_the_end_nothing_is_opened(self):
        await self.client.stop()
        self.assertEqual((await outcome(self.dialler.connect(self.listener.address)))[0], "NodeStopped")
        self.assertEqual((await outcome(self.dialler.listen(any_port())))[0], "NodeStopped")
        self.assertEqual((self.dialler.listeners, self.dialler.connections), ([], []))

    async def test_more_connections_than_allowed_are_turned_away(self):
        self.addCleanup(setattr, tcp_module, "CONNECTION_LIMIT", tcp_module.CONNECTION_LIMIT)
        tcp_module.CONNECTION_LIMIT = 1
        first = await self.peer()
        self.assertEqual(await first.read(1), b"\x01")
        second = await self.peer()
        self.assertEqual(await second.read(1), b"")
        self.assertIn("was turned away", self.log.lines[-1])
        await first.write(wire.VERSION + REQUEST)
        self.assertEqual(await first.read(len(ANSWER)), ANSWER)


class Ends(TcpTest):
    async def test_a_peer_that_leaves_ends_the_asks_that_wait_for_it(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        connection = await self.dialler.connect(self.listener.address)
        asking = asyncio.create_task(outcome(self.client.ask((connection.address, "slow"), b"")))
        await worker.here.wait()
        self.tcp.connections[0].close()
        self.assertEqual((await asking)[0], "ConnectionLost")
        worker.gate.set()
        self.assertEqual(self.dialler.connections, [])
        self.assertNotIn(connection.address.value, self.client.router.endpoints)

    async def test_a_peer_that_closes_at_once_is_noticed(self):
        self.addCleanup(setattr, tcp_module, "CONNECTION_LIMIT", tcp_module.CONNECTION_LIMIT)
        tcp_module.CONNECTION_LIMIT = 0
        await outcome(self.dialler.connect(self.listener.address))
        await until(lambda: not self.dialler.connections)

    async def test_the_end_of_a_node_closes_its_listeners_and_connections(self):
        await self.dialler.connect(self.listener.address)
        await until(lambda: self.tcp.connections)
        await self.node.stop()
        self.assertEqual((self.tcp.listeners, self.tcp.connections), ([], []))
        await until(lambda: not self.dialler.connections)
        with self.assertRaises(ConnectionLost):
            await self.dialler.connect(self.listener.address)

    async def test_a_closed_listener_accepts_nobody_and_leaves_those_there_alone(self):
        connection = await self.dialler.connect(self.listener.address)
        await until(lambda: self.tcp.connections)
        self.listener.close()
        self.listener.close()
        await asyncio.sleep(0)
        with self.assertRaises(ConnectionLost):
            await self.dialler.connect(self.listener.address)
        self.assertEqual(await self.client.ask((connection.address, "echo"), b"x"), b"x")


class HostilePeers(TcpTest):
    async def test_those_that_say_nothing_or_half_a_frame_hold_nobody_up(self):
        peers = []
        for _ in range(6):
            peers.append(await self.peer())
        for peer in peers[:3]:
            await peer.write(wire.VERSION + REQUEST[:20])
        connection = await self.dialler.connect(self.listener.address)
        self.assertEqual(await self.client.ask((connection.address, "echo"), b"x"), b"x")
        for peer in peers[:3]:
            await peer.write(REQUEST[20:])
            self.assertEqual(await peer.read(1 + len(ANSWER)), wire.VERSION + ANSWER)

    async def test_nonsense_closes_the_connection_after_what_was_whole(self):
        for bad in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x00\x00\x00\x01\x00"):
            peer = await self.peer()
            await peer.write(wire.VERSION + REQUEST + bad)
            self.assertEqual(await peer.read(1000), wire.VERSION + ANSWER)
        peer = await self.peer()
        await peer.write(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(await peer.read(1000), wire.VERSION)
        await until(lambda: not self.tcp.connections)

    async def test_one_that_never_reads_is_cut_off_and_others_are_served(self):
        self.addCleanup(setattr, connection_module, "STALL_MS", connection_module.STALL_MS)
        connection_module.STALL_MS = 50
        peer = await self.peer()
        message = Message(route("echo"), route("C"), bytes(4000), None, None)
        flood = asyncio.create_task(outcome(self.flood(peer, wire.frame(message))))
        await until(lambda: "does not read" in self.reason)
        flood.cancel()
        connection = await self.dialler.connect(self.listener.address)
        self.assertEqual(await self.client.ask((connection.address, "echo"), b"x"), b"x")

    async def flood(self, peer, data):
        await peer.write(wire.VERSION)
        (incoming,) = self.tcp.connections
        incoming.on_lost = self.note
        while True:
            await peer.write(data)

    reason = ""

    def note(self, reason):
        self.reason = reason

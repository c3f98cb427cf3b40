"""What a peer may reach over a connection, and what no detour gives it."""

import asyncio

from lib.nodes import Gated, Recorder, join, outcome, until
from lib.raw import ConnectionTest, frames, request
from uockam.access import OWNER
from uockam.address import Address
from uockam.errors import NoSuchAddress, RemoteError
from uockam.flow import Flow
from uockam.message import WANTS_ERRORS
from uockam.route import route
from uockam.services.echo import Echo
from uockam.services.hop import Hop
from uockam.transport.connection import Gateway


class Rights(ConnectionTest):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.seen = {}
        for name, access in (("service", None), ("_local", None), ("managed", OWNER)):
            self.seen[name] = Recorder()
            await self.node.start_worker(name, self.seen[name], access)
        await self.node.start_worker("hop", Hop())

    def reached(self, flow, onward):
        for recorder in self.seen.values():
            recorder.payloads = []
        link, _ = self.raw(flow)
        link.connection.received(frames(request(onward)))
        return [name for name, recorder in self.seen.items() if recorder.payloads]

    async def test_what_a_peer_may_reach_depends_on_its_flow(self):
        for flow, names in (
            (Flow(), ()),
            (Flow(serves=True), ("service",)),
            (Flow(owner=True), ("managed",)),
            (Flow(serves=True, owner=True), ("service", "managed")),
        ):
            for name in self.seen:
                expected = [name] if name in names else []
                self.assertEqual(self.reached(flow, name), expected, (names, name))

    async def test_nobody_reaches_more_by_way_of_a_hop(self):
        for flow in (Flow(serves=True), Flow(serves=True, owner=True), Flow(serves=True, dials=True)):
            for name in ("managed", "_local"):
                self.assertEqual(self.reached(flow, ("hop", name)), [])
                self.assertEqual(self.reached(flow, ("hop", "hop", name)), [])
            self.assertEqual(self.reached(flow, ("hop", "service")), ["service"])

    async def test_an_echo_is_no_way_in_either(self):
        link, _ = self.raw()
        link.connection.received(frames(request("echo", "managed", b"x"), request("echo", "_local", b"x")))
        self.assertEqual([item for recorder in self.seen.values() for item in recorder.payloads], [])
        self.assertEqual([item.onward_route for item in link.messages()], [route("managed"), route("_local")])

    async def test_nor_is_an_error_that_is_sent_back(self):
        link, _ = self.raw()
        link.connection.received(frames(request("nowhere", "managed", b"x", WANTS_ERRORS)))
        self.assertEqual(self.seen["managed"].payloads, [])
        self.assertEqual(link.messages()[0].onward_route, route("managed"))

    async def test_a_server_may_answer_who_wrote_to_it_and_nobody_else(self):
        near, _ = join(self.node, self.other, Flow(), Flow(serves=True))
        service = Recorder()
        await self.other.start_worker("peer", service)
        await self.node.send((near.address, "peer"), b"", route("_local"))
        await until(lambda: service.messages)
        back = service.messages[0].return_route
        await self.other.send(back, b"answer")
        await self.other.send(back[:1] + route("service"), b"attack")
        await until(lambda: self.seen["_local"].payloads)
        self.assertEqual(self.seen["_local"].payloads, [b"answer"])
        self.assertEqual(self.seen["service"].payloads, [])

    async def test_many_asks_do_not_make_it_forget_who_else_is_answered(self):
        near, _ = join(self.node, self.other, Flow(), Flow(serves=True))
        service = Recorder()
        await self.other.start_worker("peer", service)
        await self.other.start_worker("echo", Echo())
        await self.node.send((near.address, "peer"), b"", route("_local"))
        await until(lambda: service.messages)
        for _ in range(600):
            await self.node.ask((near.address, "echo"), b"")
        await self.other.send(service.messages[0].return_route, b"late")
        await until(lambda: self.seen["_local"].payloads)

    async def test_only_who_may_dial_has_the_node_dial(self):
        class Dialer:
            def dial(self, value):
                dialled.append(value)
                raise NoSuchAddress("engaged")

        dialled = []
        self.node.router.dialers[1] = Dialer()
        for flow, count in ((Flow(serves=True), 0), (Flow(owner=True), 0), (Flow(serves=True, dials=True), 2)):
            self.reached(flow, ("1#127.0.0.1:1", "echo"))
            self.reached(flow, ("hop", "1#127.0.0.1:1", "echo"))
            self.assertEqual(len(dialled), count)


class Gateways(ConnectionTest):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        host_side, self.board_side = join(self.node, self.other, Flow(serves=True), Flow(serves=True, owner=True))
        self.node.router.gateway = Gateway(host_side)
        self.managed = Recorder()
        await self.other.start_worker("managed", self.managed, OWNER)
        await self.other.start_worker("board-echo", Echo())
        await self.other.start_worker("hop", Hop())

    async def test_what_the_node_has_no_worker_for_goes_on_to_the_board(self):
        self.assertEqual(await self.node.ask("board-echo", b"x"), b"x")
        with self.assertRaisesRegex(RemoteError, "no worker at 'nowhere'"):
            await self.node.ask("nowhere", b"")

    async def test_the_asks_of_a_board_that_is_lost_end(self):
        worker = Gated()
        await self.other.start_worker("slow", worker)
        asking = asyncio.create_task(outcome(self.node.ask("slow", b"")))
        await worker.here.wait()
        self.board_side.close()
        self.assertEqual((await asking)[0], "ConnectionLost")

    async def test_a_stranger_gets_past_neither_the_host_nor_a_hop_of_the_board(self):
        link, _ = self.raw(Flow(serves=True))
        link.connection.received(frames(request(("hop", "managed")), request("_internal.nodemanager")))
        self.assertEqual(await self.node.ask("board-echo", b"x"), b"x")
        self.assertEqual(self.managed.payloads, [])

    async def test_an_address_type_is_not_taken_for_a_name(self):
        with self.assertRaises(NoSuchAddress):
            await self.node.send(Address(7, b"board-echo"), b"")

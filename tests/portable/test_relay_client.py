"""Keeping a relay registered: pings, losses and new tries, with time that the test passes."""

import asyncio

from lib.nodes import Lines, Recorder, join, outcome, until
from lib.unittest import TestCase
from uockam import Node, Worker
from uockam.bare import encode_text
from uockam.errors import ConnectionLost, InvalidAddress
from uockam.flow import Flow
from uockam.message import Message
from uockam.route import route
from uockam.services.echo import Echo
from uockam.services.relay import RelayService
from uockam.services.relay_client import OPEN_MS, PING_MS, REGISTER_MS, Along, RelayClient, Way
from uockam.transport.backoff import Backoff

_TURNS = 30  # of the event loop: far more than a ping and its answer take


class FakeTime:
    """Timers whose time passes when the test says so."""

    def __init__(self):
        self.now = 0
        self.timers = []

    def after(self, delay_ms, callback):
        timer = _Timer(self.now + delay_ms, callback)
        self.timers.append(timer)
        return timer

    def waiting(self):
        return [timer for timer in self.timers if timer.callback]

    def pass_ms(self, delay_ms):
        self.now += delay_ms
        due = [timer for timer in self.waiting() if timer.due <= self.now]
        self.timers = [timer for timer in self.waiting() if timer.due > self.now]
        for timer in due:
            timer.callback()


class _Timer:
    def __init__(self, due, callback):
        self.due = due
        self.callback = callback

    def cancel(self):
        self.callback = None


class Joining(Way):
    """Connects a node to another one, while that is `up`."""

    def __init__(self, node, other):
        self.up = True
        self.opened = 0
        self.near = None
        self._node = node
        self._other = other

    async def open(self):
        self.opened += 1
        if not self.up:
            raise ConnectionLost("nobody there")
        self.near, self.far = join(self._node, self._other, Flow(), Flow(serves=True))
        return (self.near.address,)

    def close(self):
        if self.near is not None:
            self.near.close()


class Endless(Way):
    """Leads nowhere, and takes for ever."""

    def __init__(self):
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    async def open(self):
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


class Answering(Worker):
    """A relay service of another make: confirms as told, from the relay's address."""

    def __init__(self, address, confirmation):
        self.address = address
        self.confirmation = confirmation
        self.message = None

    async def handle_message(self, context, message):
        self.message = message
        back = Message(message.return_route, route(self.address), encode_text(self.confirmation), None, None)
        await context.forward(back)


class Deaf(Worker):
    """Counts what it hears and answers nothing."""

    def __init__(self):
        self.count = 0

    async def handle_message(self, context, message):
        self.count += 1


class ClientTest(TestCase):
    async def asyncSetUp(self):
        self.log = Lines()
        self.addCleanup(self.log.done)
        self.cloud = Node("cloud")
        self.node = Node("device")
        self.addAsyncCleanup(self.cloud.stop)
        self.addAsyncCleanup(self.node.stop)
        await self.node.start_worker("echo", Echo())
        self.time = FakeTime()
        self.way = Joining(self.node, self.cloud)

    async def serve(self):
        await self.cloud.start_worker("echo", Echo())
        self.service = RelayService(self.cloud)
        await self.service.start()

    async def start(self, name="alice"):
        self.client = RelayClient(self.node, name, self.way, self.time.after, Backoff(100, 400))
        await self.client.start()
        return self.client

    async def up(self, name="alice"):
        await self.serve()
        await self.start(name)
        await self.client.wait_up()

    async def through(self):
        return await outcome(self.cloud.ask(("forward_to_alice", "echo"), b"x"))

    async def ping(self):
        """Let a ping's time pass, and all that follows from it."""
        self.time.pass_ms(PING_MS)
        for _ in range(_TURNS):
            await asyncio.sleep(0)


class Registers(ClientTest):
    async def test_it_registers_by_itself_and_what_the_node_offers_is_reached(self):
        await self.up()
        self.assertEqual((self.client.reason, str(self.client.address)), ("", "0#forward_to_alice"))
        self.assertEqual(await self.through(), ("", b"x"))

    async def test_before_the_confirmation_the_other_node_reaches_nothing(self):
        await self.cloud.start_worker("static_forwarding_service", Deaf())
        await self.start()
        await until(lambda: self.way.near is not None)
        self.assertFalse(self.way.near.flow.serves)
        self.assertEqual(self.client.reason, "not registered yet")

    async def test_a_name_that_cannot_be_one_is_refused_at_once(self):
        for name in ("", "register", "a#b"):
            with self.assertRaises(InvalidAddress):
                RelayClient(self.node, name, self.way)

    async def test_a_confirmation_with_the_bare_name_is_understood_and_messages_that_name_its_worker(self):
        elixir = Answering("forward_to_alice", "alice")
        await self.cloud.start_worker("static_forwarding_service", elixir)
        await self.start()
        await self.client.wait_up()
        self.assertEqual(str(self.client.address), "0#forward_to_alice")
        recorder = Recorder()
        await self.node.start_worker("recorder", recorder)
        whole = elixir.message.return_route  # an Elixir node keeps the worker that registered in the way
        await self.cloud.deliver(Message(whole + route("recorder", "x"), route("C"), b"p", None, None))
        await until(lambda: recorder.messages)
        self.assertEqual(recorder.messages[0].onward_route, route("recorder", "x"))
        await self.cloud.deliver(Message(whole + route(whole[-1]), (), b"loop", None, None))
        await self.cloud.deliver(Message(whole + route("recorder"), (), b"q", None, None))
        await until(lambda: len(recorder.messages) == 2)

    async def test_a_confirmation_of_another_name_is_none(self):
        await self.cloud.start_worker("static_forwarding_service", Answering("forward_to_bob", "forward_to_bob"))
        await self.start()
        await until(lambda: self.way.near is not None and self.way.near.moved == 2)
        self.time.pass_ms(REGISTER_MS)
        self.assertIn("does not answer", self.client.reason)

    async def test_a_refusal_is_told_at_once_by_our_nodes(self):
        await self.serve()
        self.service._may_relay = lambda message, name: False
        await self.start()
        await self.client.tried()
        self.assertIn("the relay 'alice' is not allowed", self.client.reason)

    async def test_a_service_that_is_silent_is_given_some_time(self):
        await self.cloud.start_worker("static_forwarding_service", Deaf())
        await self.start()
        await until(lambda: self.way.near is not None and self.way.near.moved == 1)
        self.time.pass_ms(REGISTER_MS - 1)
        self.assertEqual(self.client.reason, "not registered yet")
        self.time.pass_ms(1)
        self.assertIn("does not answer", self.client.reason)

    async def test_a_way_that_does_not_end_is_given_up(self):
        way = Endless()
        client = RelayClient(self.node, "alice", way, self.time.after)
        await client.start()
        await way.begun.wait()
        self.time.pass_ms(OPEN_MS)
        self.assertIn("was not reached within 60 s", client.reason)
        await way.ended.wait()

    async def test_it_can_register_along_a_route_that_stays(self):
        await self.serve()
        await self.way.open()
        client = RelayClient(self.node, "alice", Along(self.way.near.address), self.time.after)
        await client.start()
        await client.wait_up()
        self.assertEqual(await self.through(), ("", b"x"))
        client.close()
        self.assertFalse(self.way.near.flow.serves)
        self.assertTrue(self.way.near.open_now)


class Watches(ClientTest):
    async def test_a_ping_that_is_answered_changes_nothing(self):
        await self.up()
        for _ in range(5):
            await self.ping()
        self.assertEqual((self.client.reason, self.way.opened), ("", 1))

    async def test_a_ping_is_a_cbor_integer_for_the_echo_service(self):
        recorder = Recorder()
        await self.cloud.start_worker("echo", recorder)
        await self.cloud.start_worker("static_forwarding_service", Answering("forward_to_alice", "alice"))
        await self.start()
        await self.client.wait_up()
        await self.ping()
        (payload,) = recorder.payloads
        self.assertEqual((len(payload), payload[0]), (9, 0x1B))

    async def test_a_loss_that_nobody_tells_is_known_within_half_a_minute(self):
        await self.up()
        await self.ping()
        self.way.near.link.hold()
        await self.ping()
        await self.ping()
        self.assertEqual(self.client.reason, "")
        await self.ping()
        self.assertEqual(self.client.reason, "2 pings were not answered")

    async def test_an_answer_makes_up_for_a_missing_one(self):
        await self.up()
        await self.cloud.stop_worker("echo")
        deaf = Deaf()
        await self.cloud.start_worker("echo", deaf)
        await self.ping()
        await self.cloud.stop_worker("echo")
        await self.cloud.start_worker("echo", Echo())
        for _ in range(3):
            await self.ping()
        self.assertEqual((self.client.reason, deaf.count), ("", 1))

    async def test_a_connection_that_ends_is_noticed_at_once(self):
        await self.up()
        self.way.far.close()
        await until(lambda: self.client.reason)
        self.assertIn("was lost", self.client.reason)


class ComesBack(ClientTest):
    async def test_it_registers_anew_over_a_new_connection(self):
        await self.up()
        for count in (2, 3):
            self.way.far.close()
            await until(lambda: self.client.reason)
            self.time.pass_ms(400)
            await self.client.wait_up()
            self.assertEqual((self.way.opened, await self.through()), (count, ("", b"x")))

    async def test_it_takes_its_name_over_from_a_connection_that_only_it_knows_to_be_dead(self):
        await self.up()
        self.way.near.link.other = None  # a half-open connection
        for _ in range(3):
            await self.ping()
        self.assertIn("alice", self.service.relays)
        self.time.pass_ms(400)
        await self.client.wait_up()
        self.assertEqual(await self.through(), ("", b"x"))

    async def test_pauses_grow_until_it_lasts(self):
        self.way.up = False
        await self.start()
        await self.client.tried()
        pauses = []
        for _ in range(3):
            (timer,) = self.time.waiting()
            pauses.append(timer.due - self.time.now)
            change = self.client._change
            self.time.pass_ms(pauses[-1])
            await change.wait()
        for pause, ceiling in zip(pauses, (100, 200, 400)):
            self.assertTrue(ceiling // 2 <= pause <= ceiling)
        self.way.up = True
        await self.serve()
        self.time.pass_ms(400)
        await self.client.wait_up()
        await self.ping()
        self.way.far.close()
        await until(lambda: self.client.reason)
        (timer,) = self.time.waiting()
        self.assertTrue(timer.due - self.time.now <= 100)

    async def test_it_gives_up_when_it_is_closed_and_leaves_nothing(self):
        await self.up()
        self.client.close()
        await until(lambda: len(self.node.router.endpoints) == 1)  # the echo
        self.assertEqual((self.client.reason, self.time.waiting(), self.node.closers), ("closed", [], []))
        await until(lambda: not self.service.relays)

    async def test_it_can_be_closed_while_it_pauses(self):
        self.way.up = False
        await self.start()
        await self.client.tried()
        self.client.close()
        self.assertEqual(self.time.waiting(), [])

    async def test_the_end_of_the_node_ends_it(self):
        await self.up()
        await self.node.stop()
        self.assertEqual((self.client.reason, self.node.router.endpoints), ("closed", {}))

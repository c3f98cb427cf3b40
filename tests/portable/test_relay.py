"""The relay service: who gets a relay, where it leads, and when it ends (wire.md 6)."""

from lib.nodes import Gated, Lines, Recorder, join, outcome, until
from lib.unittest import TestCase
from uockam import Node
from uockam.access import LOCAL, allowed
from uockam.bare import encode_text
from uockam.flow import Flow
from uockam.message import WANTS_ERRORS, Message, error_of
from uockam.port import MAILBOX_LIMIT
from uockam.route import route
from uockam.services.echo import Echo
from uockam.services.relay import RelayService
from uockam.services.relay_names import EPHEMERAL, STATIC


def proven(identifier):
    """The flow of somebody with this identity."""
    flow = Flow(serves=True)
    flow.identifier = identifier
    return flow


class RelayTest(TestCase):
    async def asyncSetUp(self):
        self.log = Lines()
        self.addCleanup(self.log.done)
        self.node = Node("cloud")
        self.addAsyncCleanup(self.node.stop)
        self.service = await self.serve()

    async def serve(self, **settings):
        service = RelayService(self.node, **settings)
        await service.start()
        return service

    async def anew(self, **settings):
        await self.node.stop_worker(STATIC)
        self.service = await self.serve(**settings)

    async def device(self, flow=None):
        """A node with an echo, a recorder `R` and a connection to the node with the service."""
        device = Node("device")
        self.addAsyncCleanup(device.stop)
        await device.start_worker("echo", Echo())
        device.heard = Recorder()
        await device.start_worker("R", device.heard)
        device.near, device.far = join(device, self.node, Flow(serves=True), flow)
        return device

    async def register(self, device, name, service=STATIC, tracing=WANTS_ERRORS):
        """Send the registration, and the first message that comes back."""
        count = len(device.heard.messages)
        onward = route(device.near.address, service)
        await device.deliver(Message(onward, route("R"), encode_text(name), tracing, None))
        await until(lambda: len(device.heard.messages) > count)
        return device.heard.messages[-1]

    async def refused(self, device, name):
        return error_of(await self.register(device, name))


class Registration(RelayTest):
    async def test_the_confirmation_comes_from_the_relay_with_its_whole_address(self):
        device = await self.device()
        message = await self.register(device, "alice")
        self.assertEqual(message.text, "forward_to_alice")
        self.assertEqual(message.return_route, route(device.near.address, "forward_to_alice"))

    async def test_both_addresses_lead_to_the_same_service(self):
        device = await self.device()
        await self.register(device, "alice")
        await self.register(device, "bob", EPHEMERAL)
        self.assertCountEqual(self.service.relays, ["alice", "bob"])

    async def test_the_word_register_asks_for_a_random_name(self):
        device = await self.device()
        one = (await self.register(device, "register", EPHEMERAL)).text
        two = (await self.register(device, "register", STATIC)).text
        self.assertEqual((len(one), len(two)), (len("forward_to_") + 32,) * 2)
        self.assertNotEqual(one, two)

    async def test_the_node_itself_can_have_a_relay(self):
        recorder = Recorder()
        await self.node.start_worker("R", recorder)
        await self.node.send(STATIC, "self", route("R"))
        self.assertEqual(recorder.messages[0].text, "forward_to_self")
        await self.node.send(("forward_to_self", "api"), b"x")
        self.assertEqual(recorder.messages[1].onward_route, route("R", "api"))
        await self.node.stop_worker("R")
        self.assertEqual(self.service.relays, {})

    async def test_names_that_are_no_address_are_refused(self):
        device = await self.device()
        for name in ("a#b", "x" * 600):
            self.assertIn("not an address", await self.refused(device, name))
        self.assertEqual(self.service.relays, {})

    async def test_a_payload_that_is_no_text_is_refused(self):
        device = await self.device()
        await device.deliver(Message(route(device.near.address, STATIC), route("R"), b"\xff", WANTS_ERRORS, None))
        await until(lambda: device.heard.messages)
        self.assertIn("cut short", error_of(device.heard.messages[0]))

    async def test_an_address_that_a_worker_has_is_refused(self):
        await self.node.start_worker("forward_to_x", Echo())
        self.assertIn("already a worker", await self.refused(await self.device(), "x"))

    async def test_more_relays_than_the_limit_are_refused(self):
        await self.anew(limit=1)
        device = await self.device()
        await self.register(device, "alice")
        self.assertIn("takes no more", await self.refused(device, "bob"))
        self.assertIsNone(await self.refused(device, "alice"))


class Rights(RelayTest):
    async def test_who_may_have_which_name_is_asked(self):
        asked = []

        def may_relay(message, name):
            asked.append((message.origin.identifier, name))
            return name == "mine"

        await self.anew(may_relay=may_relay)
        device = await self.device(proven(b"a" * 32))
        self.assertIn("the relay 'other' is not allowed", await self.refused(device, "other"))
        self.assertIsNone(await self.refused(device, "mine"))
        self.assertEqual(asked, [(b"a" * 32, "other"), (b"a" * 32, "mine")])

    async def test_a_refusal_is_logged_and_silent_to_who_did_not_ask_for_errors(self):
        await self.anew(may_relay=lambda message, name: name != "other")
        device = await self.device()
        onward = route(device.near.address, STATIC)
        await device.deliver(Message(onward, route("R"), encode_text("other"), None, None))
        await self.register(device, "mine")  # which comes after it
        self.assertEqual([message.text for message in device.heard.messages], ["forward_to_mine"])
        self.assertEqual(len([line for line in self.log.lines if "refused 'other'" in line]), 1)

    async def test_an_identity_that_comes_again_gets_its_relay_anew(self):
        old = await self.device(proven(b"a" * 32))
        new = await self.device(proven(b"a" * 32))
        await self.register(old, "alice")
        self.assertIsNone(await self.refused(new, "alice"))
        await self.node.send(("forward_to_alice", "R"), b"x")
        await until(lambda: len(new.heard.messages) == 2)
        self.assertEqual(len(old.heard.messages), 1)

    async def test_a_late_end_of_the_former_connection_does_not_end_the_new_relay(self):
        old = await self.device(proven(b"a" * 32))
        new = await self.device(proven(b"a" * 32))
        await self.register(old, "alice")
        await self.register(new, "alice")
        old.near.close()
        await until(lambda: not old.far.open_now)
        self.assertEqual(await self.node.ask(("forward_to_alice", "echo"), b"x"), b"x")

    async def test_another_identity_gets_no_name_that_is_taken(self):
        await self.register(await self.device(proven(b"a" * 32)), "alice")
        await self.register(await self.device(), "plain")
        for identifier, name in ((b"b" * 32, "alice"), (None, "alice"), (b"a" * 32, "plain")):
            device = await self.device(proven(identifier))
            self.assertIn("belongs to another identity", await self.refused(device, name))

    async def test_relays_have_the_rule_of_the_service(self):
        await self.anew(access=LOCAL)
        await self.node.start_worker("R", Recorder())
        await self.node.send(STATIC, "x", route("R"))
        stranger = Flow(serves=True)
        endpoint = self.node.router.endpoints[b"forward_to_x"]
        self.assertFalse(allowed(endpoint.access, stranger, b"forward_to_x"))


class Forwarding(RelayTest):
    async def test_the_worker_that_registered_is_left_out_of_the_way(self):
        device = await self.device()
        await self.register(device, "alice")
        await self.node.deliver(Message(route("forward_to_alice", "R", "more"), route("C"), b"p", None, None))
        await until(lambda: len(device.heard.messages) == 2)
        got = device.heard.messages[1]
        self.assertEqual(got.onward_route, route("R", "more"))
        self.assertEqual(got.return_route, route(device.near.address, "C"))

    async def test_what_comes_from_strangers_goes_into_the_channel_that_registered(self):
        channel = Recorder()
        await self.node.start_worker("channel", channel, access=LOCAL)
        owner, stranger = proven(b"a" * 32), Flow(serves=True)
        owner.back = b"channel"
        await self.node.deliver(Message(route(STATIC), route("channel", "R"), encode_text("alice"), None, owner))
        await self.node.deliver(Message(route("forward_to_alice", "echo"), route("C"), b"p", None, stranger))
        await until(lambda: len(channel.messages) == 2)
        self.assertEqual(channel.messages[1].onward_route, route("channel", "echo"))
        await self.node.deliver(Message(route(STATIC), route("channel", "R"), encode_text("bob"), None, stranger))
        await until(lambda: [line for line in self.log.lines if "'bob'" in line])
        self.assertNotIn("bob", self.service.relays)

    async def test_answers_come_back_past_the_relay(self):
        await self.register(await self.device(), "alice")
        asker = await self.device()
        self.assertEqual(await asker.ask((asker.near.address, "forward_to_alice", "echo"), b"x"), b"x")

    async def test_a_route_that_ends_at_the_relay_is_an_error(self):
        await self.register(await self.device(), "alice")
        self.assertEqual((await outcome(self.node.ask("forward_to_alice", b"")))[0], "NoSuchAddress")

    async def test_who_asks_through_a_relay_hears_at_once_that_its_connection_is_lost(self):
        device = await self.device()
        gated = Gated()
        await device.start_worker("gated", gated)
        await self.register(device, "alice")
        answer = []

        async def ask():
            answer.append(await outcome(self.node.ask(("forward_to_alice", "gated"), b"x")))

        self.node.spawn("ask", ask())
        await gated.here.wait()
        device.near.close()
        await until(lambda: answer)
        self.assertEqual(answer[0][0], "ConnectionLost")

    async def test_pressure_goes_back_to_the_sender(self):
        device = await self.device()
        await self.register(device, "alice")
        device.far.link.hold()
        relay = self.service.relays["alice"]
        big = Message(route("forward_to_alice", "R"), (), bytes(8000), None, None)
        taken = 0
        while relay.offer(big):
            taken += 1
        device.far.link.release()
        await relay.room()
        self.assertTrue(relay.offer(big))
        await until(lambda: len(device.heard.messages) == taken + 2)


class Ending(RelayTest):
    async def test_a_relay_ends_with_its_connection(self):
        device = await self.device()
        await self.register(device, "alice")
        device.near.close()
        await until(lambda: not self.service.relays)
        name, text = await outcome(self.node.ask(("forward_to_alice", "echo"), b""))
        self.assertEqual((name, text), ("NoSuchAddress", "there is no worker at 'forward_to_alice'"))

    async def test_a_relay_ends_with_the_service(self):
        device = await self.device()
        await self.register(device, "alice")
        await self.node.stop_worker(EPHEMERAL)
        self.assertNotIn(b"forward_to_alice", self.node.router.endpoints)
        self.assertEqual(device.far.askers, set())

    async def test_nothing_is_left_when_the_node_stops(self):
        await self.register(await self.device(), "alice")
        await self.node.stop()
        self.assertEqual(self.node.router.endpoints, {})

    async def test_an_owner_that_does_not_read_gets_no_relay(self):
        recorder = Gated()
        await self.node.start_worker("full", recorder)
        for _ in range(MAILBOX_LIMIT + 1):
            await self.node.send("full", b"")
        await self.node.send(STATIC, "x", route("full"))
        self.assertEqual(self.service.relays, {})
        self.assertIn("the way back is full", self.log.lines[-1])
        recorder.gate.set()

"""The router: which endpoint takes a message (wire.md 3.1)."""

from lib.unittest import TestCase
from uockam.access import ANYONE, CHANNEL, LOCAL, OWNER, REPLY
from uockam.errors import AddressInUse, NoSuchAddress
from uockam.flow import Flow
from uockam.message import Message
from uockam.route import route
from uockam.router import Router


class Endpoint:
    def __init__(self, access=ANYONE):
        self.access = access


def to(*onward, origin=None):
    return Message(route(*onward), (), b"", None, origin)


class Routing(TestCase):
    def setUp(self):
        self.router = Router()
        self.echo = Endpoint()
        self.router.add(b"echo", self.echo)

    def refused(self, message, text):
        with self.assertRaises(NoSuchAddress) as caught:
            self.router.find(message)
        self.assertIn(text, str(caught.exception))

    def test_the_first_hop_decides(self):
        self.assertIs(self.router.find(to("echo", "nowhere")), self.echo)

    def test_an_address_can_be_taken_once(self):
        with self.assertRaisesRegex(AddressInUse, "'echo'"):
            self.router.add(b"echo", Endpoint())
        self.assertIs(self.router.find(to("echo")), self.echo)

    def test_an_address_nobody_has_is_named(self):
        self.refused(to("nowhere"), "no worker at 'nowhere'")

    def test_an_empty_route_leads_nowhere(self):
        self.refused(to(), "empty route")

    def test_another_type_is_another_address(self):
        self.refused(to("7#echo"), "7#echo")

    def test_an_endpoint_is_removed_by_itself_only(self):
        self.router.remove(b"echo", Endpoint())
        self.assertIs(self.router.find(to("echo")), self.echo)
        self.router.remove(b"echo", self.echo)
        self.refused(to("echo"), "'echo'")
        self.router.remove(b"echo", self.echo)

    def test_a_stranger_cannot_tell_a_closed_worker_from_a_missing_one(self):
        self.router.add(b"closed", Endpoint(LOCAL))
        stranger = Flow(serves=True)
        texts = []
        for name in ("closed", "absent"):
            with self.assertRaises(NoSuchAddress) as caught:
                self.router.find(to(name, origin=stranger))
            texts.append(str(caught.exception).replace(name, "NAME"))
        self.assertEqual(texts[0], texts[1])
        self.assertIs(self.router.find(to("closed")).access, LOCAL)

    def test_the_owner_reaches_what_peers_do_not(self):
        manager = Endpoint(OWNER)
        self.router.add(b"_internal.nodemanager", manager)
        message = to("_internal.nodemanager", origin=Flow(serves=True, owner=True))
        self.assertIs(self.router.find(message), manager)
        self.refused(to("_internal.nodemanager", origin=Flow(serves=True)), "no worker at")

    def test_a_listed_service_says_what_it_demands_and_this_node_must_prove_it_too(self):
        guarded = Endpoint(CHANNEL)
        guarded.kind = "guarded"
        self.router.add(b"guarded", guarded)
        for origin in (None, Flow(serves=True)):
            self.refused(to("guarded", origin=origin), "'guarded' answers over a secure channel only")
        flow = Flow()
        flow.prove(bytes(32), {}, owner=False)
        self.assertIs(self.router.find(to("guarded", origin=flow)), guarded)


class Answers(TestCase):
    def setUp(self):
        self.router = Router()
        self.flow = Flow()
        self.router.add(b"worker", Endpoint())
        self.router.add(b"reply", Endpoint(REPLY))

    def expected(self, *back, origin=None):
        self.router.expect_answer(self.flow, Message(route("x"), route(*back) if back else (), b"", None, origin))
        names = (b"worker", b"reply", b"elsewhere", b"channel")
        return [name for name in names if self.flow.expects(name)]

    def test_who_is_first_on_the_way_back_may_be_answered(self):
        self.assertEqual(self.expected(), [])
        self.assertEqual(self.expected("worker", "elsewhere"), [b"worker"])

    def test_one_shot_addresses_are_not_remembered(self):
        self.assertEqual(self.expected("reply"), [])

    def test_the_channel_that_a_message_came_from_is_answered_through_workers(self):
        origin = Flow()
        origin.back = b"channel"
        self.assertEqual(self.expected("worker", "channel"), [b"worker"])
        self.assertEqual(self.expected("worker", "channel", origin=origin), [b"worker", b"channel"])


class Table(TestCase):
    def test_several_addresses_are_added_all_or_none(self):
        router = Router()
        taken, worker = Endpoint(), Endpoint()
        router.add(b"b", taken)
        with self.assertRaises(AddressInUse):
            router.add_all([b"a", b"b", b"c"], worker)
        self.assertEqual(router.endpoints, {b"b": taken})
        router.add_all([b"a", b"c"], worker)
        self.assertIs(router.find(to("c")), worker)


class Dialing(TestCase):
    def setUp(self):
        self.router = Router()
        self.dialed = []
        self.router.dialers[1] = self

    def dial(self, value):
        self.dialed.append(value)
        return self

    def test_an_address_of_another_type_goes_to_its_dialer(self):
        self.assertIs(self.router.find(to("1#h:1")), self)
        self.assertIs(self.router.find(to("1#h:2", origin=Flow(dials=True))), self)
        self.assertEqual(self.dialed, [b"h:1", b"h:2"])

    def test_a_peer_without_the_right_cannot_have_the_node_dial(self):
        for origin in (Flow(), Flow(serves=True), Flow(owner=True)):
            with self.assertRaisesRegex(NoSuchAddress, "1#h:1"):
                self.router.find(to("1#h:1", origin=origin))
        self.assertEqual(self.dialed, [])

    def test_a_peer_may_have_connections_to_certain_addresses_only(self):
        for origin in (Flow(dials={b"h:1"}), Flow(owner=True, dials={b"h:1"}).guest()):
            self.assertIs(self.router.find(to("1#h:1", origin=origin)), self)
            with self.assertRaisesRegex(NoSuchAddress, "1#h:2"):
                self.router.find(to("1#h:2", origin=origin))
        self.assertEqual(self.dialed, [b"h:1", b"h:1"])


class Gateway(TestCase):
    def setUp(self):
        self.router = Router()
        self.router.gateway = Endpoint()

    def test_takes_what_nobody_here_has(self):
        self.assertIs(self.router.find(to("sensor")), self.router.gateway)
        self.assertIs(self.router.find(to("sensor", origin=Flow(serves=True))), self.router.gateway)

    def test_gets_nothing_that_is_here(self):
        here = Endpoint()
        self.router.add(b"echo", here)
        self.assertIs(self.router.find(to("echo")), here)

    def test_gets_no_internal_name_from_a_peer_and_no_other_type(self):
        for message in (to("_internal.nodemanager", origin=Flow(serves=True)), to("7#x")):
            with self.assertRaises(NoSuchAddress):
                self.router.find(message)

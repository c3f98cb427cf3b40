"""uockam.secure.channel: the table of states and events, handshakes, and what passes afterwards."""

from lib.parties import (
    CLIENT,
    ISSUER,
    NOW,
    SERVER,
    WORKED,
    attestation,
    channels,
    expect,
    fire,
    history,
    party,
    seed,
    shake,
    static,
)
from lib.unittest import TestCase
from lib.vectors import from_hex
from uockam import cbor
from uockam.address import Address
from uockam.crypto.steps import last
from uockam.errors import ConnectionLost, LimitError, ProtocolError
from uockam.message import local
from uockam.port import MICROPYTHON
from uockam.route import MAX_HOPS, route
from uockam.secure import credential, making, purpose
from uockam.secure.channel import (
    CLOSE,
    CLOSED,
    EVENTS,
    MESSAGE,
    OPEN,
    READY,
    RECEIVED,
    REFRESH,
    STATES,
    TABLE,
    WORKING,
    Channel,
    Closed,
    Delivered,
    Opened,
    Refreshed,
    Send,
)
from uockam.secure.peer import Party, Rules
from uockam.secure.policy import Only

HELLO = local(route("echo"), route("asker"), b"\x05hello")
BACK = Address(0, b"encryptor")


def ready(**options):
    """Two channels after their handshake."""
    sides = channels(**options)
    shake(*sides)
    return sides


class Table(TestCase):
    def test_each_event_in_each_state_does_what_the_table_says_or_is_refused(self):
        for state in STATES:
            for event in EVENTS:
                with self.subTest(state=state, event=event):
                    side = channels()[0]
                    side.state = state
                    if (state, event) not in TABLE:
                        error = ProtocolError if event == RECEIVED else ConnectionLost
                        with self.assertRaisesRegex(error, state):
                            fire(side, event, b"")
                        self.assertEqual(side.state, state)
                    else:
                        self.assertTrue(hasattr(side, TABLE[state, event][0]))

    def test_a_channel_can_be_closed_in_every_state(self):
        for state in STATES:
            self.assertEqual(TABLE[state, CLOSE][1], CLOSED)

    def test_while_a_handshake_is_worked_on_only_closing_is_possible(self):
        for closes in (False, True):
            initiator, responder = channels(responder_rules=Slow({}))
            (second,) = fire(responder, RECEIVED, fire(initiator, OPEN)[0].data)
            third = fire(initiator, RECEIVED, second.data)[0]
            steps = responder.fire_steps(RECEIVED, third.data, NOW)
            while responder.state != WORKING or not responder._rules.waits:
                next(steps)
            expect(self, responder.fire_steps, RECEIVED, third.data)
            if closes:
                self.assertEqual(fire(responder, CLOSE), ())
            outputs = last(steps)
            self.assertEqual(responder.state, CLOSED if closes else READY)
            self.assertEqual(len(outputs), 0 if closes else 1)


class Slow(Rules):
    """Rules that take a step on either interpreter."""

    waits = False

    def admit_steps(self, payload, static, now):
        """As those of Rules."""
        self.waits = True
        yield
        return (yield from Rules.admit_steps(self, payload, static, now))


class Handshakes(TestCase):
    def test_both_sides_of_the_worked_example_say_what_it_says(self):
        keys = {name: static(from_hex(value)) for name, value in WORKED["keys"].items()}
        shown = credential.decode(from_hex(WORKED["initiator_credential_and_purpose_key"]))
        cases = (("without", (), ()), ("with", (shown,), None))
        for name, ours, theirs in cases:
            example = WORKED["handshake_%s_credentials" % name]
            if theirs is None:
                theirs = _shown(from_hex(example["m2_payload"]))
            sides = []
            for role, whose, credentials in (("initiator", CLIENT, ours), ("responder", SERVER, theirs)):
                attested = purpose.decode(from_hex(WORKED[role + "_attestation"]))
                own = Party(keys[role + "_static_x25519"], whose, attested, credentials)
                rules = Rules({}, Only(CLIENT.identifier, SERVER.identifier), {ISSUER.identifier: ISSUER})
                sides.append(Channel(role == "initiator", own, keys[role + "_ephemeral_x25519"], rules))
            messages = shake(*sides)
            self.assertEqual(messages, tuple([from_hex(example["m%d" % number]) for number in (1, 2, 3)]))
            self.assertEqual([len(side.peer.credentials) for side in sides], [len(theirs), len(ours)])
            self.assertEqual(sides[0].peer.identifier, SERVER.identifier)

    def test_each_side_learns_who_the_other_is(self):
        initiator, responder = ready()
        self.assertEqual(initiator.peer.identifier, history(2).identifier)
        self.assertEqual(responder.peer.identifier, history(1).identifier)
        self.assertEqual((initiator.state, responder.state), (READY, READY))

    def test_a_peer_that_is_not_trusted_is_refused_and_the_channel_closed(self):
        initiator, responder = channels(initiator_rules=Rules({}, Only(history(3).identifier)))
        (first,) = fire(initiator, OPEN)
        (second,) = fire(responder, RECEIVED, first.data)
        self.assertIn("not trusted", expect(self, initiator.fire_steps, RECEIVED, second.data, NOW))
        self.assertEqual((initiator.state, initiator.peer), (CLOSED, None))

    def test_a_responder_refuses_who_is_not_trusted(self):
        known = {}
        initiator, responder = channels(responder_rules=Rules(known, Only(history(3).identifier)))
        with self.assertRaisesRegex(ProtocolError, "not trusted"):
            shake(initiator, responder)
        self.assertEqual((responder.state, responder.peer, known), (CLOSED, None, {}))

    def test_a_trusted_peer_is_known_from_then_on(self):
        known = {}
        ready(responder_rules=Rules(known))
        self.assertEqual(known, {history(1).identifier: history(1).encode()})

    def test_an_old_history_of_a_known_peer_is_refused(self):
        newer = last(making.rotate_steps(history(1), seed(1), seed(9), NOW))
        with self.assertRaisesRegex(ProtocolError, "older"):
            ready(responder_rules=Rules({newer.identifier: newer.encode()}))

    def test_an_attestation_of_another_key_or_identity_or_time_is_refused(self):
        for own, now in (
            (Party(static(seed(3)), history(1), attestation(1, static(seed(4)).public)), NOW),
            (Party(static(seed(3)), history(1), attestation(5, static(seed(3)).public)), NOW),
            (party(1), NOW - 61),
            (party(1), NOW + 6 * making.YEAR_S),
        ):
            responder = channels()[1]
            initiator = Channel(True, own, static(seed(201)), Rules({}))
            (first,) = fire(initiator, OPEN)
            (second,) = fire(responder, RECEIVED, first.data)
            third = fire(initiator, RECEIVED, second.data)[0]
            expect(self, responder.fire_steps, RECEIVED, third.data, now)
            self.assertEqual((responder.state, responder.peer), (CLOSED, None))


def _shown(payload):
    """The credentials in a handshake payload."""
    return tuple([credential.read(item) for item in cbor.decode(payload)[2]])


class Messages(TestCase):
    def test_messages_pass_in_both_directions_over_many_keys(self):
        sides = ready(via=(BACK,))
        for number in range(33 if MICROPYTHON else 1000):
            for sender, receiver in (sides, (sides[1], sides[0])):
                (sent,) = fire(sender, MESSAGE, HELLO)
                (got,) = fire(receiver, RECEIVED, sent.data)
                self.assertIsInstance(got, Delivered)
                self.assertEqual(got.message.onward_route, HELLO.onward_route)
                self.assertEqual(got.message.return_route, (BACK,) + HELLO.return_route)
                self.assertEqual(got.message.payload, HELLO.payload, number)

    def test_a_message_carries_the_origin_of_its_channel_and_no_other(self):
        origin = object()
        initiator, responder = ready(origin=origin)
        (sent,) = fire(initiator, MESSAGE, HELLO)
        self.assertIs(fire(responder, RECEIVED, sent.data)[0].message.origin, origin)

    def test_a_message_repeated_or_of_another_channel_is_refused_and_the_next_one_passes(self):
        initiator, responder = ready()
        (sent,) = fire(initiator, MESSAGE, HELLO)
        fire(responder, RECEIVED, sent.data)
        expect(self, responder.fire_steps, RECEIVED, sent.data)
        expect(self, initiator.fire_steps, RECEIVED, fire(initiator, MESSAGE, HELLO)[0].data)
        self.assertEqual(len(fire(responder, RECEIVED, fire(initiator, MESSAGE, HELLO)[0].data)), 1)

    def test_a_route_that_is_too_long_is_refused_before_it_is_sealed(self):
        initiator, responder = ready()
        for message in (local((BACK,) * (MAX_HOPS + 1), (), b""), local((), (BACK,) * (MAX_HOPS + 1), b"")):
            with self.assertRaises(LimitError):
                fire(initiator, MESSAGE, message)
        fire(responder, RECEIVED, fire(initiator, MESSAGE, HELLO)[0].data)

    def test_a_farewell_closes_the_other_side_without_an_answer(self):
        initiator, responder = ready()
        (farewell,) = fire(initiator, CLOSE)
        self.assertIsInstance(farewell, Send)
        self.assertEqual(fire(responder, RECEIVED, farewell.data), (Closed(),))
        for side in (initiator, responder):
            self.assertEqual((side.state, fire(side, CLOSE)), (CLOSED, ()))
            with self.assertRaises(ConnectionLost):
                fire(side, MESSAGE, HELLO)
            expect(self, side.fire_steps, RECEIVED, farewell.data)

    def test_a_channel_inside_a_channel(self):
        outer, inner = ready(), channels(initiator=3, responder=4)

        def across(sides, data):
            carried = fire(sides[0], MESSAGE, local(route("api"), (), data))[0].data
            return fire(sides[1], RECEIVED, carried)[0].message.payload

        (first,) = fire(inner[0], OPEN)
        (second,) = fire(inner[1], RECEIVED, across(outer, first.data))
        third = fire(inner[0], RECEIVED, across((outer[1], outer[0]), second.data))[0]
        (opened,) = fire(inner[1], RECEIVED, across(outer, third.data))
        self.assertEqual(opened, Opened(inner[1].peer))
        self.assertEqual(across(outer, across(inner, b"text")), b"text")


class Credentials(TestCase):
    def setUp(self):
        self.shown = credential.decode(from_hex(WORKED["initiator_credential_and_purpose_key"]))

        key = static(from_hex(WORKED["keys"]["initiator_static_x25519"]))
        attested = purpose.decode(from_hex(WORKED["initiator_attestation"]))
        self.silent = Party(key, CLIENT, attested)
        self.showing = Party(key, CLIENT, attested, (self.shown,))

    def sides(self, authorities):
        """A channel from the client of the worked example."""
        initiator = Channel(True, self.silent, static(seed(201)), Rules({}))
        responder = channels(responder_rules=Rules({}, authorities=authorities))[1]
        shake(initiator, responder)
        return initiator, responder

    def test_a_refresh_shows_credentials_of_an_authority(self):
        initiator, responder = self.sides({ISSUER.identifier: ISSUER})
        (sent,) = fire(initiator, REFRESH, self.showing)
        (refreshed,) = fire(responder, RECEIVED, sent.data)
        self.assertIsInstance(refreshed, Refreshed)
        self.assertEqual(refreshed.peer.credentials, (self.shown.credential,))
        self.assertEqual(responder.peer, refreshed.peer)

    def test_without_an_authority_credentials_are_not_looked_at(self):
        initiator, responder = self.sides({})
        (refreshed,) = fire(responder, RECEIVED, fire(initiator, REFRESH, self.showing)[0].data)
        self.assertEqual(refreshed.peer.credentials, ())

    def test_a_credential_of_somebody_else_counts_for_nothing(self):
        initiator, responder = ready(responder_rules=Rules({}, authorities={ISSUER.identifier: ISSUER}))
        showing = Party(party(1).static, history(1), attestation(1, party(1).static.public), (self.shown,))
        (refreshed,) = fire(responder, RECEIVED, fire(initiator, REFRESH, showing)[0].data)
        self.assertEqual(refreshed.peer.credentials, ())
        self.assertEqual(responder.state, READY)

    def test_a_refresh_with_the_history_of_another_identity_is_refused(self):
        for forgotten in (False, True):
            known = {}
            initiator, responder = ready(responder_rules=Rules(known))
            if forgotten:
                known.clear()
            expect(self, responder.fire_steps, RECEIVED, fire(initiator, REFRESH, party(3))[0].data, NOW)
            self.assertEqual((responder.state, responder.peer.identifier), (READY, history(1).identifier))
            self.assertNotIn(history(3).identifier, known)

    def test_a_refresh_with_a_new_key_is_known_from_then_on(self):
        known = {}
        initiator, responder = ready(responder_rules=Rules(known))
        newer = last(making.rotate_steps(history(1), seed(1), seed(9), NOW))
        renewed = Party(party(1).static, newer, attestation(1, party(1).static.public))
        fire(responder, RECEIVED, fire(initiator, REFRESH, renewed)[0].data)
        self.assertEqual(known, {newer.identifier: newer.encode()})

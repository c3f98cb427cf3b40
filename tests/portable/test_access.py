"""Who may send to whom: every rule against every kind of sender."""

from lib.unittest import TestCase
from uockam.access import (
    ANYONE,
    CHANNEL,
    LOCAL,
    OWNER,
    REPLY,
    Credential,
    Identities,
    allowed,
    default_rule,
    rule_name,
)
from uockam.errors import InvalidAddress
from uockam.flow import Flow

NAME = b"worker"


def peer(**rights):
    return Flow(**rights)


class Rules(TestCase):
    def test_every_rule_meets_every_sender(self):
        senders = (None, peer(), peer(serves=True), peer(owner=True), peer(serves=True, owner=True))
        table = (
            (ANYONE, (True, False, True, False, True)),
            (LOCAL, (True, False, False, False, False)),
            (OWNER, (True, False, False, True, True)),
            (REPLY, (True, True, True, True, True)),
        )
        for rule, answers in table:
            for sender, answer in zip(senders, answers):
                with self.subTest(rule=rule, sender=sender):
                    self.assertIs(bool(allowed(rule, sender, NAME)), answer)

    def test_the_right_to_dial_opens_no_worker(self):
        for rule in (ANYONE, LOCAL, OWNER):
            self.assertFalse(allowed(rule, peer(dials=True), NAME))

    def test_whoever_was_asked_may_answer(self):
        for rule in (ANYONE, LOCAL, OWNER):
            sender = peer()
            sender.expect(NAME)
            self.assertTrue(allowed(rule, sender, NAME))
            self.assertFalse(allowed(rule, sender, b"another"))

    def test_a_name_that_starts_with_an_underscore_is_local(self):
        self.assertEqual(default_rule(b"_internal.nodemanager"), LOCAL)
        self.assertEqual(default_rule(b"echo"), ANYONE)
        self.assertEqual(default_rule(b""), ANYONE)


ONE = bytes(range(32))
TWO = bytes(32)


def proven(identifier=ONE, **attributes):
    """The flow of a channel with somebody."""
    flow = Flow(serves=True)
    flow.prove(identifier, attributes, owner=True)
    return flow


class Demands(TestCase):
    def test_every_demand_meets_every_proof(self):
        senders = (proven(), proven(TWO, role="admin"), proven(role="admin", site="roof"))
        table = (
            (CHANNEL, (True, True, True)),
            (Identities(ONE), (True, False, True)),
            (Identities(ONE, TWO), (True, True, True)),
            (Identities("I" + "00" * 32), (False, True, False)),
            (Identities(), (False, False, False)),
            (Credential(role="admin"), (False, True, True)),
            (Credential(role="admin", site="roof"), (False, False, True)),
            (Credential(role="guest"), (False, False, False)),
        )
        for rule, answers in table:
            for sender, answer in zip(senders, answers):
                with self.subTest(rule=str(rule), sender=sender):
                    self.assertIs(allowed(rule, sender, NAME), answer)

    def test_nothing_but_a_proof_meets_a_demand(self):
        asked = Flow(serves=True, owner=True)
        asked.expect(NAME)
        for rule in (CHANNEL, Identities(ONE), Credential()):
            for sender in (None, peer(serves=True, owner=True), asked):
                self.assertFalse(allowed(rule, sender, NAME))

    def test_a_text_that_is_no_identifier_is_refused(self):
        with self.assertRaises(InvalidAddress):
            Identities("I123")

    def test_the_log_names_every_rule(self):
        rules = (ANYONE, LOCAL, OWNER, CHANNEL, Identities(TWO), Credential(site="roof", role="admin"))
        names = ["AllowAll", "LocalOnly", "OwnerOnly", "AnyIdentity", "Identities(I%s)" % ("00" * 32)]
        self.assertEqual([rule_name(rule) for rule in rules], names + ["Credential(role=admin, site=roof)"])

"""Who may send to whom: every rule against every kind of sender."""

from lib.unittest import TestCase
from uockam.access import ANYONE, LOCAL, OWNER, REPLY, allowed, default_rule
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

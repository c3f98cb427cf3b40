"""uockam.secure.policy: whom a channel may be with."""

from lib.parties import history
from lib.unittest import TestCase
from uockam.secure.identity import identifier_text
from uockam.secure.policy import ANYONE, Only


class Policies(TestCase):
    def test_anyone_is_trusted(self):
        self.assertIs(ANYONE.trusts(bytes(32)), True)

    def test_only_the_exact_identifiers_are_trusted(self):
        one, two, other = [history(number).identifier for number in (1, 2, 3)]
        policy = Only(one, two)
        self.assertEqual([policy.trusts(each) for each in (one, two, other)], [True, True, False])
        self.assertEqual(str(policy), "%s, %s" % (identifier_text(one), identifier_text(two)))

    def test_a_list_without_identifiers_trusts_nobody(self):
        self.assertIs(Only().trusts(bytes(32)), False)
        self.assertEqual(str(Only()), "nobody")

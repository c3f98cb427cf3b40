"""uockam.secure.known: what is written of peers, what is only kept for a while, and how much of both."""

from lib.nodes import Lines
from lib.parties import NOW, expect, history, seed
from lib.unittest import TestCase
from uockam.crypto.steps import last
from uockam.secure import identity, making
from uockam.secure import known as module
from uockam.secure.known import Known
from uockam.secure.store import KNOWN, MemoryStore


def rotated(number):
    """The identity of seed(number) with a second key."""
    return last(making.rotate_steps(history(number), seed(number), seed(50 + number), NOW))


class Kept(TestCase):
    def setUp(self):
        self.store = MemoryStore()
        self.known = Known(self.store)

    def keep(self, each):
        self.known[each.identifier] = each.encode()

    def limit(self, name, most):
        self.addCleanup(setattr, module, name, getattr(module, name))
        setattr(module, name, most)

    def test_a_history_of_one_change_is_known_and_not_written(self):
        self.keep(history(1))
        self.assertEqual(self.known.get(history(1).identifier), history(1).encode())
        self.assertIs(self.known.get(history(2).identifier), None)
        self.assertEqual(self.store.names(), [])

    def test_a_rotated_one_is_written_and_the_older_one_refused_after_a_restart(self):
        self.keep(history(1))
        newer = rotated(1)
        self.keep(newer)
        again = Known(self.store)
        self.assertEqual([each.get(newer.identifier) for each in (self.known, again)], [newer.encode()] * 2)
        text = expect(self, identity.admit_steps, history(1), again.get(newer.identifier))
        self.assertIn("an older history", text)

    def test_those_kept_for_a_while_are_bounded_and_the_newest_stay(self):
        self.limit("MOST_RECENT", 2)
        for number in (1, 2, 1, 3):
            self.keep(history(number))
        found = [self.known.get(history(number).identifier) is not None for number in (1, 2, 3)]
        self.assertEqual(found, [True, False, True])

    def test_those_written_are_bounded_and_the_first_ones_stay(self):
        self.limit("MOST_STORED", 1)
        lines = Lines()
        self.addCleanup(lines.done)
        for number in (1, 2):
            self.keep(rotated(number))
        self.assertEqual(self.store.names(), [KNOWN + history(1).identifier])
        self.assertIn("%s is not remembered" % identity.identifier_text(history(2).identifier), lines.lines[0])

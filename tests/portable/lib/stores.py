"""What every store has to do: derive a class from Contract for each, with `make`."""

from uockam.secure.store import Store

from .unittest import TestCase


class Contract(TestCase):
    """The tests, which run in each class that has a `make` of its own; import this module, not the class itself."""

    def make(self):
        """An empty store."""
        raise NotImplementedError

    def setUp(self):
        self.store = self.make()

    def test_what_was_put_is_there(self):
        self.assertIsInstance(self.store, Store)
        self.store.put({b"one": b"1", b"two": b"\x00\xff"})
        self.assertEqual([self.store.get(name) for name in (b"one", b"two", b"three")], [b"1", b"\x00\xff", None])

    def test_an_empty_value_is_a_value(self):
        self.store.put({b"empty": b""})
        self.assertEqual((self.store.get(b"empty"), self.store.names()), (b"", [b"empty"]))

    def test_a_later_value_replaces_an_earlier_one_and_none_removes_it(self):
        self.store.put({b"a": b"1", b"b": b"2"})
        self.store.put({b"a": b"3", b"b": None, b"never": None})
        self.assertEqual((self.store.get(b"a"), self.store.get(b"b"), self.store.names()), (b"3", None, [b"a"]))

    def test_names_come_in_order_by_how_they_start(self):
        names = [b"seed:" + bytes((number,)) * 32 for number in (255, 0, 128, 5)]
        self.store.put(dict.fromkeys(names + [b"seed", b"other:"], b"x"))
        self.assertEqual(self.store.names(b"seed:"), sorted(names))
        self.assertEqual(self.store.names(b"none"), [])
        self.assertEqual(len(self.store.names()), 6)

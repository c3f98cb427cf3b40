"""uockam.identifier: identifiers as people write them."""

from lib.unittest import TestCase
from lib.vectors import load
from uockam.errors import InvalidAddress
from uockam.identifier import identifier_text, parse_identifier

VECTORS = [vector for vector in load("identities")["vectors"] if "identifier" in vector]


class Identifiers(TestCase):
    def test_text_and_bytes_are_turned_into_each_other(self):
        text = VECTORS[0]["identifier"]
        self.assertEqual(identifier_text(parse_identifier(" %s\n" % text)), text)
        self.assertEqual(parse_identifier("I" + text[1:].upper()), parse_identifier(text))

    def test_other_text_is_no_identifier(self):
        text = VECTORS[0]["identifier"]
        for bad in ("", "I", text[1:], text[:-1], text + "0", "i" + text[1:], text[:-1] + "g", text[:-1] + "\u0664"):
            with self.assertRaises(InvalidAddress):
                parse_identifier(bad)

"""Vectors shared by both interpreters: the JSON files of tests/vectors."""

import json
from binascii import hexlify, unhexlify

_FOLDER = __file__.rpartition("/")[0] + "/../../vectors/"


def load(name):
    """The content of tests/vectors/NAME.json."""
    with open(_FOLDER + name + ".json") as file:
        return json.load(file)


def from_hex(text):
    """The bytes of hex digits."""
    return unhexlify(text.encode())


def to_hex(data):
    """The hex digits of bytes."""
    return hexlify(data).decode()

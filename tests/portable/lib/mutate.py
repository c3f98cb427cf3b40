"""Hostile input: valid bytes or text, damaged at random. Seed with random.seed to get the same again."""

import random

_EDGES = (0, 1, 23, 24, 25, 27, 31, 95, 127, 128, 155, 159, 191, 246, 247, 255)  # where a format's meaning changes
_MOST_STEPS = 4
_CHARACTERS = "/#=> 0123456789.:abf\u00e9\u0664\x00\x1b"


def noise(most):
    """Up to `most` random bytes."""
    return bytes([random.getrandbits(8) for _ in range(random.randrange(most + 1))])


def damaged(data):
    """`data` after a few random changes."""
    for _ in range(1 + random.randrange(_MOST_STEPS)):
        data = _STEPS[random.randrange(len(_STEPS))](data)
    return data


def damaged_text(text):
    """`text` after a few random changes."""
    for _ in range(1 + random.randrange(_MOST_STEPS)):
        at = random.randrange(len(text) + 1)
        char = _CHARACTERS[random.randrange(len(_CHARACTERS))]
        text = text[:at] + char * random.randrange(3) + text[at + random.randrange(3) :]
    return text


def _span(data):
    start = random.randrange(len(data) + 1)
    return start, start + random.randrange(len(data) - start + 1)


def _replace(data):
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes((_EDGES[random.randrange(len(_EDGES))],)) + data[at + 1 :]


def _flip(data):
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << random.randrange(8),)) + data[at + 1 :]


def _cut(data):
    return data[: random.randrange(len(data) + 1)]


def _delete(data):
    start, end = _span(data)
    return data[:start] + data[end:]


def _repeat(data):
    start, end = _span(data)
    return data[:end] + data[start:]


def _insert(data):
    at = random.randrange(len(data) + 1)
    return data[:at] + noise(9) + data[at:]


_STEPS = (_replace, _replace, _flip, _flip, _cut, _delete, _repeat, _insert)

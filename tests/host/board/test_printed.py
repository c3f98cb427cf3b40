"""What a board prints, as lines of a log."""

import asyncio
import random

from uockam_host.node.printed import Printed


def lines_of(pieces, flush=True):
    """The texts that are logged for these pieces of output."""
    lines = []

    async def main():
        printed = Printed(lambda level, text: lines.append(text))
        for piece in pieces:
            printed.add(piece)
        if flush:
            printed.flush()

    asyncio.run(main())
    return lines


def test_lines_are_the_same_however_their_bytes_are_split():
    text = "one\r\ntwo ü\n\nthree".encode()
    whole = lines_of([text])
    assert whole == ["board: one", "board: two ü", "board: three"]
    assert lines_of([text[at : at + 1] for at in range(len(text))]) == whole
    for at in range(len(text)):
        assert lines_of([text[:at], text[at:]]) == whole


def test_a_long_line_comes_in_pieces_without_a_gap():
    long = "".join(chr(97 + number % 26) for number in range(1000))
    for pieces in ([long.encode()], [long.encode(), b"\n"], [long.encode()[:333], long.encode()[333:]]):
        assert "".join(line.removeprefix("board: ") for line in lines_of(pieces)) == long


def test_what_would_steer_a_terminal_is_made_harmless():
    (line,) = lines_of([b"\x1b]0;title\x07\x9b31m\xff"])
    assert line.isprintable()


def test_any_bytes_at_all_make_printable_lines():
    chance = random.Random(7)
    for _ in range(300):
        pieces = [chance.randbytes(chance.randrange(400)) for _ in range(3)]
        assert all(line.isprintable() for line in lines_of(pieces)), pieces


def test_a_line_that_does_not_end_is_logged_after_a_while():
    async def main():
        arrived = asyncio.get_running_loop().create_future()
        printed = Printed(lambda level, text: arrived.set_result(text))
        printed.add(b">>> ")
        return await arrived

    assert asyncio.run(main()) == "board: >>> "

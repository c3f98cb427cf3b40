"""Noise on a serial line: whatever comes is text, or a dropped frame, or an event; nothing raises, nothing grows."""

from hypothesis import given
from hypothesis import strategies as st

from uockam.transport import segment as wire
from uockam.transport.arq import DATA, DOWN, UP, Arq
from uockam.transport.framing import FRAME, TEXT, Deframer, decode, encode
from uockam.transport.segment import Limits, Syn

LIMIT = 64
OWN, PEER = 7, 9
TAG = wire.tag(PEER, OWN)
LIMITS = Limits(payload=LIMIT, window=4, buffer=100)

marks = st.sampled_from([b"\xf5", b"\xf6", b"\xf7", b"\r\n", b"\x03", b"text"])
bodies = st.binary(min_size=1, max_size=LIMIT)
noise = st.lists(st.binary(max_size=20) | marks | bodies.map(encode)).map(b"".join)

u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
calls = st.builds(Syn, u8, st.sampled_from([PEER, OWN]) | u32, st.sampled_from([0, OWN]) | u32, u16, u8, u16)
heads = st.tuples(
    u8 | st.sampled_from(b"DAPF"), st.sampled_from([TAG]) | u32, u16 | st.integers(0, 5), u16 | st.just(0), u8
)
frames = calls.map(wire.encode_syn) | st.builds(wire.encode_segment, heads, st.binary(max_size=LIMIT)) | bodies
inputs = frames.map(encode) | noise
steps = st.lists(st.tuples(st.sampled_from(["feed", "write", "pause", "resume", "close", "open"]), inputs, u16))


def merged(events: "list[tuple[int, bytes]]") -> "list[tuple[int, bytes]]":
    result: list[tuple[int, bytes]] = []
    for kind, data in events:
        if kind == TEXT and result and result[-1][0] == TEXT:
            data = result.pop()[1] + data
        result.append((kind, data))
    return result


@given(st.binary(min_size=1, max_size=300))
def test_every_body_comes_back(body: bytes) -> None:
    assert decode(encode(body)[1:-1]) == body
    assert not set(encode(body)[1:-1]) & set(b"\x01\x02\x03\x04\x05\r\n\x11\x13\xf5\xf6")


@given(noise, st.lists(st.integers(0, 400)))
def test_noise_gives_the_same_events_however_it_is_split(data: bytes, cuts: "list[int]") -> None:
    deframer = Deframer(LIMIT)
    events = []
    start = 0
    for cut in [*sorted(cuts), len(data)]:
        events += deframer.feed(data[start:cut])
        start = max(start, cut)
    assert merged(events) == merged(Deframer(LIMIT).feed(data))
    assert all(len(body) <= LIMIT for kind, body in events if kind == FRAME)


@given(st.binary(max_size=200))
def test_a_body_is_a_frame_of_ours_or_none(body: bytes) -> None:
    if body:
        wire.decode(body)


@given(st.text(), bodies)
def test_text_around_a_frame_is_not_touched(text: str, body: bytes) -> None:
    printed = text.encode()
    events = merged(Deframer(LIMIT).feed(printed + encode(body) + printed))
    around = [(TEXT, printed)] if printed else []
    assert events == [*around, (FRAME, body), *around]


@given(steps)
def test_no_input_makes_a_link_raise_or_grow(actions: "list[tuple[str, bytes, int]]") -> None:
    now = 0
    arq = Arq(OWN, now, LIMITS)
    up = False
    for name, data, pause_ms in actions:
        for kind, _ in act(arq, name, data, now):
            assert kind in (TEXT, DATA, UP, DOWN)
            assert kind == TEXT or up == (kind in (DATA, DOWN))
            up = kind in (DATA, UP) or (up and kind == TEXT)
        now = (now + pause_ms) & 0x3FFFFFFF
        arq.output(now)
        wait = arq.wait_ms(now)
        assert wait is None or wait >= 0
        assert len(arq._received.ready) + len(arq._received._early) <= LIMITS.window


def act(arq: Arq, name: str, data: bytes, now: int) -> "list[tuple[int, bytes | str | int]]":
    if name == "write":
        arq.write(data)
    elif name == "pause":
        arq.pause()
    elif name != "feed":
        getattr(arq, name)(now)
    return arq.feed(data if name == "feed" else b"", now)

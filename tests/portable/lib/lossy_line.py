"""Two sides of a serial link on one lossy line, with a simulated clock: the same run for the same seed.

Messages say who wrote them, for whom, and which of them they are; a Side checks each that it gets. So a byte of a
former life, a gap, a repetition or a change of order is an error, whatever the line does.
"""

from uockam.port import ticks_add, ticks_diff
from uockam.transport.arq import DATA, DOWN, UP, Arq
from uockam.transport.framing import TEXT

START = 0x3FFF_F000  # soon before the clock wraps


class Random:
    """xorshift32, because MicroPython's random has no instances."""

    def __init__(self, seed):
        self._state = (seed * 2654435761 + 88172645) & 0xFFFFFFFF or 1

    def below(self, limit):
        state = self._state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        self._state = state
        return (state >> 3) % limit

    def chance(self, thousandths):
        return self.below(1000) < thousandths

    def choice(self, items):
        return items[self.below(len(items))]

    def bytes(self, count):
        return bytes([self.below(256) for _ in range(count)])


class Faults:
    """Thousandths of the pieces on the line that suffer each fault."""

    def __init__(self, drop=0, corrupt=0, duplicate=0, delay=0, truncate=0, text=0):
        self.drop = drop
        self.corrupt = corrupt
        self.duplicate = duplicate
        self.delay = delay
        self.truncate = truncate
        self.text = text


CLEAN = Faults()


class Line:
    """One direction: cuts what is sent into pieces and brings them later, in order unless one is delayed.

    `byte_us`: how long a byte takes, 0 for no time. `sent` counts the bytes.
    """

    byte_us = 0

    def __init__(self, random, faults, latency_ms, piece):
        self.random = random
        self.faults = faults
        self.printed = b""
        self.sent = 0
        self._latency_ms = latency_ms
        self._piece = piece
        self._coming = []  # (ticks, number, bytes)
        self._count = 0
        self._last = START
        self._spent_us = 0

    def send(self, data, now):
        while data:
            size = 1 + self.random.below(self._piece)
            self._send_piece(data[:size], now)
            data = data[size:]

    def _send_piece(self, data, now):
        faults = self.faults
        chance = self.random.chance
        if chance(faults.text):
            self.print_line(now)
        if chance(faults.drop):
            return
        if chance(faults.corrupt):
            at = self.random.below(len(data))
            data = data[:at] + bytes([data[at] ^ (1 << self.random.below(8))]) + data[at + 1 :]
        if chance(faults.truncate):
            data = data[: self.random.below(len(data))]
        late = self.random.below(60) if chance(faults.delay) else 0
        self._put(data, now, late)
        if chance(faults.duplicate):
            self._put(data, now, late)

    def print_line(self, now):
        """Text of a person or a program lands between two pieces."""
        text = b"line %d of the program\r\n" % self._count
        self.printed += text
        self._put(text, now, 0)

    def _put(self, data, now, late):
        self.sent += len(data)
        at = ticks_add(now, self._latency_ms)
        if late:
            at = ticks_add(at, late)
        else:
            if ticks_diff(self._last, at) > 0:
                at = self._last
            self._spent_us += len(data) * self.byte_us
            at = ticks_add(at, self._spent_us // 1000)
            self._spent_us %= 1000
            self._last = at
        self._coming.append((at, self._count, data))
        self._count += 1

    def wait_ms(self, now):
        return min([ticks_diff(item[0], now) for item in self._coming]) if self._coming else None

    def arrived(self, now):
        here = [item for item in self._coming if ticks_diff(item[0], now) <= 0]
        if here:
            self._coming = [item for item in self._coming if ticks_diff(item[0], now) > 0]
            here.sort(key=lambda item: (ticks_diff(item[0], now), item[1]))
        return [item[2] for item in here]


class Side:
    """One side: an Arq, an application that writes numbered messages, and the judge of what comes."""

    def __init__(self, name, random, limits):
        self.name = name
        self.random = random
        self.limits = limits
        self.downs = []
        self.text = b""
        self.boot(START)

    def boot(self, now):
        """A fresh start of the program; nothing of the life before is known."""
        self.arq = Arq(int.from_bytes(self.random.bytes(4), "big"), now, self.limits)
        self.up = False
        self._end()

    def _end(self):
        self.life = 0
        self.written = 0
        self.got = 0
        self._buffer = b""

    def write(self, size):
        """A message, if the link is up."""
        if not self.up or self.arq.life != self.life:
            return
        head = b"%08x%08x%08x" % (self.life, self.arq._peer.epoch, self.written)
        self.arq.write(len(head + b"." * size).to_bytes(2, "big") + head + self._filling(size))
        self.written += 1

    def _filling(self, size):
        return bytes([at * 7 & 0xFF for at in range(size)])

    def feed(self, data, now):
        for kind, value in self.arq.feed(data, now):
            if kind == TEXT:
                self.text += value
            elif kind == UP:
                check(not self.up, "up twice")
                self.up = True
                self.life = value
            elif kind == DOWN:
                check(self.up, "down while down")
                self.downs.append(value)
                self.up = False
                self._end()
            elif kind == DATA:
                check(self.up, "data while down")
                self._take(value)

    def _take(self, data):
        self._buffer += data
        while len(self._buffer) >= 2:
            size = int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < 2 + size:
                return
            self._judge(self._buffer[2 : 2 + size])
            self._buffer = self._buffer[2 + size :]

    def _judge(self, message):
        receiver = int(message[8:16], 16)
        number = int(message[16:24], 16)
        check(receiver == self.life, "a message for another life")
        check(number == self.got, "message %d where %d was due" % (number, self.got))
        check(message[24:] == self._filling(len(message) - 24), "a message of other bytes")
        self.got += 1


def check(good, text):
    if not good:
        raise AssertionError(text)


class World:
    """Two sides and the two directions between them."""

    def __init__(self, random, faults, limits, latency_ms=2, piece=64):
        self.now = START
        self.random = random
        self.sides = [Side("a", random, limits[0]), Side("b", random, limits[1])]
        self.lines = [Line(random, faults, latency_ms, piece) for _ in range(2)]

    def heal(self):
        for line in self.lines:
            line.faults = CLEAN

    def reboot(self, index):
        """One side starts anew; the bytes on their way stay on their way."""
        self.sides[index].boot(self.now)

    def step(self, most_ms):
        """Let time pass to the next thing that happens, at most so long, and do it."""
        self._talk()
        waits = [side.arq.wait_ms(self.now) for side in self.sides] + [line.wait_ms(self.now) for line in self.lines]
        waits = [max(wait, 0) for wait in waits if wait is not None]
        self.now = ticks_add(self.now, min(min(waits), most_ms) if waits else most_ms)
        for index, side in enumerate(self.sides):
            for data in self.lines[1 - index].arrived(self.now):
                side.feed(data, self.now)
            side.feed(b"", self.now)

    def _talk(self):
        for side, line in zip(self.sides, self.lines):
            while True:
                data = side.arq.output(self.now)
                if not data:
                    break
                line.send(data, self.now)

    def run(self, duration_ms):
        end = ticks_add(self.now, duration_ms)
        while ticks_diff(end, self.now) > 0:
            self.step(ticks_diff(end, self.now))

    def run_until(self, condition, limit_ms):
        """Whether the condition came true in time."""
        end = ticks_add(self.now, limit_ms)
        while not condition():
            if ticks_diff(end, self.now) <= 0:
                return False
            self.step(ticks_diff(end, self.now))
        return True

    def both_up(self):
        a, b = self.sides
        return a.up and b.up and a.arq._peer.epoch == b.life and b.arq._peer.epoch == a.life

    def settled(self):
        """Both are up, with each other, and have got all that was written since."""
        a, b = self.sides
        return self.both_up() and a.got == b.written and b.got == a.written

"""The cable between this computer and a board: its port, opened again whenever it is there, and the link over it."""

import asyncio
import logging
from collections.abc import Callable

from uockam.tasks import Runner
from uockam.transport.connection import Connection
from uockam.transport.framing import START
from uockam.transport.serial import Serial, SerialLink

from ..device.repl import CTRL_C, FRIENDLY, PROMPT, Repl
from ..errors import HostError, NoRuntime
from ..link import ports
from ..link.serial import SerialLine, open_port
from .printed import Printed
from .rescue import Rescue

_SHOW_S = 0.1  # a prompt shows itself within this time
_ANSWER_S = 1.5  # a node that runs answers one of the first calls, made within 0.8 s, unless it is busy
_START_S = 30.0  # from a soft reset to the node's first call: compiling it from source on a slow chip
_INTERRUPT_S = 1.0  # a node that a Ctrl-C stops has said farewell by then, and its prompt has come
_LOOK_S = 0.25  # how often a port that is gone is looked for
_RETRY_S = 1.0  # how often a port that is there is tried that could not be opened

_PROBES = 5  # the line may damage one, and what is answered

# Asks MicroPython whether the firmware is there, without loading it: frozen, it has no file, and needs no main.py. A
# boot.py that was interrupted has not mounted the pack.
_PROBE = """
import os
def there(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True
try:
    import device
    print("yes" if there("main.py") or not there(device.__file__) else "no")
except ImportError:
    print("yes" if there("main.py") and there("uockam.pack") else "no")
"""

OnLink = Callable[[SerialLink], Connection]
OnDown = Callable[[str], None]
OnProblem = Callable[[HostError], None]


class Cable:
    """Runs until cancelled. on_link: a link is there; on_down: it is gone, and why; on_problem: what keeps it away.

    What is printed goes to `log`, a function of a level of `logging` and a line.
    """

    def __init__(
        self,
        port: str,
        runner: Runner,
        on_link: OnLink,
        on_down: OnDown,
        on_problem: OnProblem,
        log: Callable[[int, str], object],
    ) -> None:
        self.port = port
        self.on_text: Callable[[bytes], object] = lambda data: None  # what the board prints, as it comes
        self._runner = runner
        self._on_link = on_link
        self._on_down = on_down
        self._on_problem = on_problem
        self._log = log
        self._printed = Printed(log)
        self._rescue = Rescue(self._start_again, self._abandoned)
        self._line: SerialLine | None = None
        self._quiet: _QuietLine | None = None
        self._may_reset = True
        self._leaving = False
        self._prompted = asyncio.Event()
        self._linked = asyncio.Event()
        self._unlinked = asyncio.Event()

    async def run(self) -> None:
        """Keep a link for as long as this runs; the port is free when it has returned.

        The first time a board at its prompt is told to start its node. Later it is left alone as long as somebody may
        be there (rescue.py).
        """
        try:
            while True:
                self._line = await self._opened()
                await self._use(self._line)
        finally:
            await self._release()

    def leave_at_end(self) -> None:
        """The board's node is about to be stopped: do not call it again."""
        self._leaving = True

    async def left(self, timeout_ms: int) -> None:
        """Returns when the board is at its prompt. Raises HostError when that takes too long."""
        try:
            await asyncio.wait_for(self._wait_prompt(), timeout_ms / 1000)
        except asyncio.TimeoutError:
            raise HostError(f"The board at {self.port} did not come to its prompt", "Press its reset button") from None

    @property
    def linked(self) -> bool:
        """Whether the board's node is at the other end."""
        return self._linked.is_set()

    def type(self, keys: bytes) -> bool:
        """Send what a person types; whether the board is his now: nothing else is said to it until its node speaks."""
        if self._line is None or self._quiet is None:
            return False
        interrupts = CTRL_C in keys
        mine = interrupts or not self.linked
        if mine:
            self._quiet.hold(_INTERRUPT_S if interrupts else 0)
        self._line.write(keys)
        return mine

    def hold(self) -> None:
        """Say nothing until the board's node does: it will be busy, and what it cannot read would hold up a Ctrl-C."""
        if self._quiet is not None:
            self._quiet.hold()

    async def bring_back(self) -> None:
        """Start the board's node again after a person was at its prompt, whatever was left running there."""
        line = self._line
        quiet = self._quiet
        if line is None or quiet is None or line.ended.is_set() or (self.linked and not quiet.prompt):
            return
        line.write(CTRL_C)  # of what was typed and not entered, or still runs, nothing is left
        await self._start_again()

    async def _start_again(self) -> None:
        self._stop_calling()
        if self._line is not None:
            await self._try_to_bring_up(self._line)

    def _abandoned(self) -> bool:
        """Whether the board's node does not run, though nobody of whom this computer knows wants that."""
        line, quiet = self._line, self._quiet
        if line is None or quiet is None or line.ended.is_set():
            return False
        return (quiet.prompt or not self.linked) and not quiet.taken and not self._leaving

    async def _wait_prompt(self) -> None:
        while self._linked.is_set():
            await self._unlinked.wait()
        await self._prompted.wait()

    async def _opened(self) -> SerialLine:
        while True:
            try:
                return await open_port(self.port)
            except HostError as error:
                self._on_problem(error)
            if ports.exists(self.port):
                await asyncio.sleep(_RETRY_S)
            while not ports.exists(self.port):
                await asyncio.sleep(_LOOK_S)

    async def _use(self, line: SerialLine) -> None:
        """From an open port to its end."""
        if self._may_reset:
            await self._try_to_bring_up(line)
        else:
            self._call(line)
        await line.ended.wait()
        self._on_down(line.gone)
        self._printed.flush()

    async def _try_to_bring_up(self, line: SerialLine) -> None:
        try:
            await self._bring_up(line)
        except HostError as error:
            self._on_problem(error)
        else:
            self._tell_prompt()
        self._may_reset = False

    async def _bring_up(self, line: SerialLine) -> None:
        """Have the board's node running. Raises HostError with what stands against it."""
        line.write(FRIENDLY)  # makes a prompt show itself; a node takes no notice
        quiet = self._call(line, hold=True)
        if await self._within(_SHOW_S):
            return
        if not self._prompted.is_set():
            quiet.release()
            if await self._within(_ANSWER_S):
                return
        await self._start_node(line)

    async def _within(self, seconds: float) -> bool:
        """Whether there is a link in time; a port that goes away counts as one, since that is seen to elsewhere.

        A prompt ends the waiting at once.
        """
        assert self._line is not None
        good = [asyncio.ensure_future(event.wait()) for event in (self._linked, self._line.ended)]
        prompt = asyncio.ensure_future(self._prompted.wait())
        done, pending = await asyncio.wait([*good, prompt], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return any(task in done for task in good)

    async def _start_node(self, line: SerialLine) -> None:
        """Get the prompt, look whether there is a node to start, and start it. Raises HostError."""
        self._stop_calling()
        repl = Repl(line, self._text)
        try:
            await self._reset_into_node(repl)
        finally:
            self._call(line, hold=True)
        if not await self._within(_START_S):
            raise _not_started(self.port)

    async def _reset_into_node(self, repl: Repl) -> None:
        answer = await self._probe(repl)
        if answer is None or b"yes" not in answer:
            raise _no_micropython(self.port) if answer is None else _no_uockam(self.port)
        self._log(logging.INFO, "the board was at its prompt: starting its node")
        repl.soft_reset()

    async def _probe(self, repl: Repl) -> "bytes | None":
        for _ in range(_PROBES):
            if not await repl.interrupt():
                return None
            answer = await repl.run(_PROBE)
            if answer in (b"yes\r\n", b"no\r\n", b"yes\n", b"no\n"):
                return answer
        return None

    async def _release(self) -> None:
        self._stop_calling()
        if self._line is not None:
            self._line.close()
            await self._line.ended.wait()
        self._printed.flush()

    # -- the link -----------------------------------------------------------------------------------------------------

    def _call(self, line: SerialLine, hold: bool = False) -> "_QuietLine":
        self._prompted.clear()
        self._quiet = quiet = _QuietLine(line, self._text, self._at_prompt, hold)
        quiet.serial = Serial(self._runner, quiet, self._up, self._text, self._down)
        quiet.serial.start()
        return quiet

    def _text(self, data: bytes) -> None:
        self._printed.add(data)
        self._rescue.heard(data)
        self.on_text(data)

    def _stop_calling(self) -> None:
        if self._quiet is not None:
            self._quiet.hang_up("the port is being released")

    def _up(self, link: SerialLink) -> Connection:
        self._linked.set()
        self._unlinked.clear()
        self._rescue.forget()
        if self._quiet is not None:
            self._quiet.taken = False
        return self._on_link(link)

    def _down(self, reason: str) -> None:
        self._linked.clear()
        self._unlinked.set()
        self._on_down(reason.replace("the other side", "the board"))
        if self._leaving:
            self._stop_calling()

    def _at_prompt(self) -> None:
        self._prompted.set()
        if not self._may_reset:
            self._tell_prompt()
            self._runner.spawn("rescue", self._rescue.at_prompt())

    def _tell_prompt(self) -> None:
        if self._prompted.is_set() and not self._linked.is_set():
            self._on_problem(_left_at_prompt(self.port))


class _QuietLine:
    """A line on which nothing is said while MicroPython's prompt is at the other end: it would be typed there.

    hold: say nothing either until a frame comes, or release().
    """

    def __init__(
        self, line: SerialLine, on_text: Callable[[bytes], None], on_prompt: Callable[[], None], hold: bool
    ) -> None:
        self.name = line.name
        self.write = line.write
        self.serial: Serial | None = None
        self._line = line
        self._on_text = on_text
        self._on_prompt = on_prompt
        self._last = b""  # how the last line of what came begins
        self.prompt = False  # whether the board is at its prompt
        self._hold = hold
        self.taken = False  # whether somebody else has the board, until its node calls again
        self._deaf_until = 0.0
        line.receiver = self

    def hang_up(self, reason: str) -> None:
        """End the Serial; what comes from now on is text."""
        serial, self.serial = self.serial, None
        if serial is not None:
            serial.lost(reason)

    def hold(self, farewell_s: float = 0) -> None:
        """The line is somebody else's: say nothing until a frame comes, other than those that a node sends while it
        ends, within farewell_s.
        """
        self._hold = self.taken = True
        self._deaf_until = asyncio.get_running_loop().time() + farewell_s

    @property
    def held(self) -> bool:
        """Whether nothing is said until a frame comes."""
        return self._hold

    def release(self) -> None:
        """There seems to be no prompt: speak."""
        self._hold = False
        self.room()

    # For the Serial.

    def full(self) -> bool:
        return self.prompt or self._hold or self._line.full()

    def close(self) -> None:
        """The Cable closes the line."""

    # From the line.

    def received(self, data: bytes) -> None:
        last = (self._last + data).rpartition(b"\n")[2]
        self._last = START if START in last else last[: len(PROMPT)]
        before, self.prompt = self.prompt, self._last == PROMPT
        if START in data and self._hold:
            self._hold = asyncio.get_running_loop().time() < self._deaf_until
        if self.serial is None:
            self._on_text(data)
        else:
            self.serial.received(data)
        if self.prompt and not before:
            self._deaf_until = 0
            self._on_prompt()

    def room(self) -> None:
        if self.serial is not None:
            self.serial.room()

    def lost(self, reason: str) -> None:
        self.hang_up(reason)


def _no_micropython(port: str) -> HostError:
    return HostError(
        f"What is at {port} does not answer as a MicroPython board does",
        "Look whether it is the right port; press the board's reset button, or flash MicroPython onto it",
    )


def _no_uockam(port: str) -> HostError:
    return NoRuntime(f"There is no uockam on the board at {port}", f"Run `uockam device install --port {port}`")


def _not_started(port: str) -> HostError:
    return HostError(
        f"The node of the board at {port} does not start",
        f"Look at what the board prints: `mpremote connect {port} repl`, then Ctrl-D",
    )


def _left_at_prompt(port: str) -> HostError:
    return HostError(f"The board at {port} is at its prompt", "Stop the node and start it again: it starts the board's")

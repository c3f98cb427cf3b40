"""Running coroutines: at once up to their first wait, in the background, and after a time; on both asyncios.

The stock way to run a coroutine is a task, and a task costs a turn of the event loop (0.3 ms on an RP2040). A Runner's
`start` takes the first step of a coroutine inside the caller's own step and makes a task only of what is left.

What runs again and again is a strand: `step` takes its next step in the same way. Where making a coroutine is dear, it
is made once, and waits at `await PARK` for the next step; where PARKS is false, it ends instead, and is made anew.
"""

from .port import MICROPYTHON, TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    class Task(Protocol):
        """What `spawn` and `current` give."""

        def cancel(self) -> object:
            """End the coroutine at its wait."""

    class Timer(Protocol):
        """What `after` gives."""

        def cancel(self) -> object:
            """Do not call back."""


if MICROPYTHON:
    from .tasks_micropython import PARK, PARKS, Runner
else:
    from .tasks_cpython import PARK, PARKS, Runner

__all__ = ("PARK", "PARKS", "Runner")

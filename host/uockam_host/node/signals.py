"""How the user or the system says that a process has to end."""

import asyncio
import signal
from collections.abc import Callable

_SIGNALS = tuple(number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)))


def on_signals(stop: Callable[[], None]) -> None:
    """Call it, on the loop that runs now, when this process is told to end."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))

"""The hardware watchdog, on boards that have one. It cannot be stopped, so somebody has to feed it from boot on.

Before the node runs, and after it has handed the prompt back, a timer feeds; while it runs, the node's own loop does,
so that a loop that hangs ends in a reset.
"""

_timer = None
_dog = None
_timeout_ms = 0


def hold(timeout_ms: int) -> None:
    """Start the watchdog, unless timeout_ms is 0 or the board has none, and let a timer feed it."""
    global _dog, _timeout_ms, _timer
    if not timeout_ms or _timer is not None:
        return
    try:
        from machine import WDT, Timer
    except ImportError:
        return
    if _dog is None:
        _dog = WDT(timeout=timeout_ms)
        _timeout_ms = timeout_ms
    _timer = Timer(-1)
    _timer.init(period=timeout_ms // 4, callback=_feed)


def rest() -> None:
    """Let a timer feed for as long as something blocks the loop that is known to end, until take_over()."""
    if _dog is not None:
        hold(_timeout_ms)


def take_over() -> bool:
    """End the timer: whoever calls this feeds from now on. Whether there is a watchdog."""
    global _timer
    if _timer is not None:
        _timer.deinit()
        _timer = None
    return _dog is not None


def feed() -> None:
    """Tell the watchdog that all is well."""
    _dog.feed()


def _feed(timer: object) -> None:
    _dog.feed()

"""What runs before main.py, also when a person's tool has reset the board to use its prompt."""

from . import config, watchdog


def run() -> None:
    """Keep a watchdog quiet until the node takes it over: one that was started cannot be stopped."""
    watchdog.hold(config.load().get("watchdog_ms", 0))

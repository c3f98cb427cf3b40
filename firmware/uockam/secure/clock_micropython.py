"""The time on a board: its program alone knows whether the clock is set, and gives it to SecureChannels."""


def unix_time() -> "int | None":
    """Nobody knows."""
    return None

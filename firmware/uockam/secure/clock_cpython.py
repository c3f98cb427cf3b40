"""The time on a host, by which it judges what others signed."""

import time


def unix_time() -> "int | None":
    """Seconds since 1970."""
    return int(time.time())

"""Host tools of uockam: node processes, their state, and what the command line calls."""

from uockam import __version__

__all__ = ("__version__",)

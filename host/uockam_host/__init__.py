"""Host tools of uockam: node processes, their state, and what the command line calls."""

__version__ = "0.1.0"

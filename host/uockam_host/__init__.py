"""Host tools of uockam: node processes, their state, and what the command line calls."""

"""What makes a MicroPython board a uockam node; it may use what only boards have."""

on_trial = None  # the mounted version, while start/boot.py runs it once, until somebody has found it well
